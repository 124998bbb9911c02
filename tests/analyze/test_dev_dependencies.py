"""Packages that are there for development only."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from tests.packages.trees import link, made_tree

from jettison.analyze.dev_dependencies import development_packages
from jettison.analyze.need import Needs, find_needs
from jettison.model.config import RunConfig
from jettison.model.entry import Entry
from jettison.packages.scan import scan


def package(name: str, **document: object) -> str:
    """The text of an installed package's ``package.json``."""
    return json.dumps({"name": name, "version": "1.0.0", **document})


def found(contents: dict[str, str | Entry], cmd: Sequence[str] = ()) -> dict[str, str]:
    """The folders of the packages that are for development only, with their kinds."""
    tree, read_at = made_tree(contents, 0o755)
    needs = find_needs(tree, RunConfig(cmd=tuple(cmd), working_dir="/app"), read_at) if cmd else Needs()
    packages = development_packages(scan(tree, read_at).packages, tree, needs, read_at)
    return {source.removesuffix("/package.json"): kind for source, kind in packages.items()}


PROGRAM = json.dumps({"dependencies": {"web": "1"}, "devDependencies": {"bundler": "1", "types": "1"}})
INSTALLED: dict[str, str | Entry] = {
    "app/package.json": PROGRAM,
    "app/node_modules/web/package.json": package("web", dependencies={"both": "1", "older": "1"}),
    "app/node_modules/web/node_modules/older/package.json": package("older"),
    "app/node_modules/older/package.json": package("older", peerDependencies={"deep": "1"}),
    "app/node_modules/both/package.json": package("both"),
    "app/node_modules/bundler/package.json": package("bundler", dependencies={"both": "1", "older": "1"}, bin="cli.js"),
    "app/node_modules/bundler/cli.js": "#!/usr/bin/node\n",
    "app/node_modules/deep/package.json": package("deep"),
    "app/node_modules/types/package.json": package("types"),
    "app/node_modules/added/package.json": package("added"),
    "usr/bin/node": "",
}


def test_what_only_development_leads_to() -> None:
    """Not what both lead to, not what nothing leads to; a nested package has the place of one of the same name."""
    assert set(found(INSTALLED)) == {f"app/node_modules/{name}" for name in ("bundler", "older", "deep", "types")}


def test_what_the_command_starts_stays() -> None:
    """A server that was declared for development only is needed all the same, with what it requires."""
    assert set(found(INSTALLED, ["node", "node_modules/bundler/cli.js"])) == {"app/node_modules/types"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app/index.js", "npm-development"),
        ("app/yarn.lock", "yarn-development"),
        ("app/pnpm-lock.yaml", "pnpm-development"),
        ("app/node_modules/.yarn-state.yml", "yarn-development"),
    ],
)
def test_who_installed_them(path: str, kind: str) -> None:
    """By what each leaves beside the packages: the change is a command of that one."""
    assert set(found({**INSTALLED, path: ""}).values()) == {kind}


def test_the_links_of_pnpm_are_followed() -> None:
    """Each package lies in a folder of its own, beside links to what it requires."""
    store = "app/node_modules/.pnpm"
    contents: dict[str, str | Entry] = {
        "app/package.json": PROGRAM,
        "app/node_modules/web": link("app/node_modules/web", ".pnpm/web@1/node_modules/web"),
        "app/node_modules/bundler": link("app/node_modules/bundler", ".pnpm/bundler@1/node_modules/bundler"),
        f"{store}/web@1/node_modules/web/package.json": package("web", dependencies={"both": "1"}),
        f"{store}/web@1/node_modules/both": link(f"{store}/web@1/node_modules/both", "../../both@1/node_modules/both"),
        f"{store}/both@1/node_modules/both/package.json": package("both"),
        f"{store}/bundler@1/node_modules/bundler/package.json": package("bundler", dependencies={"both": "1"}),
        "app/node_modules/loop": link("app/node_modules/loop", "loop"),
    }
    assert found(contents) == {f"{store}/bundler@1/node_modules/bundler": "pnpm-development"}


def test_several_programs_in_one_image() -> None:
    """Each has its own packages, told by who installed them; one that lies in another is looked at with that one."""
    inner = {path.replace("app/", "app/ui/", 1): content for path, content in INSTALLED.items() if path[:4] == "app/"}
    other = {path.replace("app/", "srv/", 1): content for path, content in INSTALLED.items() if path[:4] == "app/"}
    kinds = found({**INSTALLED, **inner, **other, "srv/yarn.lock": ""})
    assert {folder.partition("/node_modules/")[0] for folder in kinds} == {"app", "app/ui", "srv"}
    assert {kind for folder, kind in kinds.items() if folder.startswith("srv/")} == {"yarn-development"}
    assert len(kinds) == 3 * len(found(INSTALLED))


def test_programs_in_folders_of_a_project_count() -> None:
    """What a workspace depends on stays, though the project only wants it for development."""
    workspace = json.dumps({"dependencies": {"older": "1"}, "devDependencies": ["no", "object"]})
    contents = {**INSTALLED, "app/packages/a/package.json": workspace, "app/packages/b/package.json": "{"}
    assert set(found(contents)) == {"app/node_modules/bundler", "app/node_modules/types"}


def test_without_a_manifest_nothing_is_said() -> None:
    """Also where the manifest is no JSON, and for what is installed below the root of the image."""
    for text in ("", "[]", "[" * 100_000):
        assert found({**INSTALLED, "app/package.json": text}) == {}
    assert found({**INSTALLED, "node_modules/tool/package.json": package("tool")}) == found(INSTALLED)
    at_root: dict[str, str | Entry] = {
        "package.json": PROGRAM,
        "node_modules/bundler/package.json": package("bundler"),
    }
    assert found(at_root) == {"node_modules/bundler": "npm-development"}
