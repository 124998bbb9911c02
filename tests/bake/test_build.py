"""Bake files are built: together, linked, with what their attributes say, and only as far as they are allowed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Run

BUSYBOX = shutil.which("busybox") or ""
NEEDS_BUSYBOX = pytest.mark.skipif(not BUSYBOX, reason="busybox-static is not installed")

SHARED = """\
FROM scratch AS shared
COPY busybox /bin/sh
RUN echo built >> /times
FROM shared AS one
RUN echo one > /one
FROM scratch AS two
COPY --from=shared /times /times
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def files_in(folder: Path) -> dict[str, str]:
    """Path -> content."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.root
@NEEDS_BUSYBOX
def test_a_stage_that_targets_have_in_common_is_built_once(run: Run, folder: Path) -> None:
    """One graph for all targets: its RUN runs once, and each target gets what it says."""
    shutil.copy(BUSYBOX, folder / "busybox")
    (folder / "Dockerfile").write_text(SHARED)
    (folder / "docker-bake.hcl").write_text(
        """
        group "default" { targets = ["one", "two"] }
        target "one" {
          target = "one"
          tags = ["one:${TAG}"]
        }
        target "two" {
          target = "two"
          output = ["type=local,dest=out"]
        }
        variable "TAG" { default = "latest" }
        """
    )
    result = run("bake", "--progress", "plain", "--metadata-file", "meta.json", environment={"TAG": "7"})
    assert result.code == 0, result.err
    assert len({line.split()[0] for line in result.err.splitlines() if "RUN echo built" in line}) == 1
    assert files_in(folder / "out") == {"times": "built\n"}
    assert "one" in run("images", "--format", "{{.Repository}}:{{.Tag}}").out
    metadata = json.loads((folder / "meta.json").read_text())
    assert metadata["one"]["image.name"] == "docker.io/library/one:7"
    assert metadata.keys() == {"one", "two"}


def test_a_linked_target_is_the_base_of_another_one(run: Run, folder: Path) -> None:
    """Its files are there, and nothing but the cache keeps it."""
    (folder / "f").write_text("f\n")
    (folder / "docker-bake.hcl").write_text(
        """
        target "base" {
          dockerfile-inline = "FROM scratch\\nCOPY f /from-base\\n"
        }
        target "app" {
          contexts = { base = "target:base" }
          dockerfile-inline = "FROM base\\nCOPY f /own\\n"
          output = ["out"]
        }
        """
    )
    result = run("bake", "--progress", "plain", "app")
    assert result.code == 0, result.err
    assert files_in(folder / "out") == {"from-base": "f\n", "own": "f\n"}
    assert run("images", "-q").out == ""


def test_a_target_means_what_its_attributes_say(run: Run, folder: Path) -> None:
    """Context, Dockerfile beside it, arguments, labels, a named context, a stage."""
    (folder / "app").mkdir()
    (folder / "other").mkdir()
    (folder / "other/x").write_text("x\n")
    (folder / "app/Deep").write_text("FROM scratch AS a\nARG N\nCOPY --from=more $N /\nFROM a\nCOPY nothing /\n")
    (folder / "docker-bake.json").write_text(
        json.dumps(
            {
                "target": {
                    "default": {
                        "context": "app",
                        "dockerfile": "Deep",
                        "args": {"N": "x"},
                        "contexts": {"more": "other"},
                        "labels": {"team": "red"},
                        "target": "a",
                        "tags": ["app:1"],
                    }
                }
            }
        )
    )
    result = run("bake", "--progress", "plain")
    assert result.code == 0, result.err
    (image,) = json.loads(run("inspect", "app:1").out)
    assert image["Config"]["Labels"] == {"team": "red"}


def test_services_of_compose_files_are_built(run: Run, folder: Path) -> None:
    """By their names, with ``extends``, variables and the image's name as tag."""
    (folder / "compose.yaml").write_text(
        """
services:
  web:
    image: web:${TAG:-none}
    build:
      dockerfile_inline: |
        FROM scratch
        COPY ${NAME} /
"""
    )
    (folder / "f").write_text("f\n")
    (folder / ".env").write_text("NAME=f\nTAG=3\n")
    result = run("bake", "--progress", "plain")
    assert result.code == 0, result.err
    assert run("images", "--format", "{{.Repository}}:{{.Tag}}").out == "web:3\n"


@pytest.mark.parametrize(
    ("attribute", "reason", "flag"),
    [
        pytest.param('context = ".."', "default: read '..'", "--allow fs.read=..", id="context"),
        pytest.param('contexts = { x = "link" }', "default: read 'link'", "--allow fs.read=link", id="link"),
        pytest.param(
            'secret = ["id=x,src=/etc/shadow"]', "read '/etc/shadow'", "--allow fs.read=/etc/shadow", id="secret"
        ),
        pytest.param('dockerfile = "../D"', "default: read '../D'", "--allow fs.read=../D", id="dockerfile"),
        pytest.param('output = ["../out"]', "default: write '../out'", "--allow fs.write=../out", id="output"),
        pytest.param('network = "host"', "on the machine's network", "--allow network.host", id="network"),
        pytest.param(
            'entitlements = ["security.insecure"]', "privileged", "--allow security.insecure", id="privileges"
        ),
    ],
)
def test_what_a_file_may_not_do_is_named_with_the_flag_that_allows_it(
    attribute: str, reason: str, flag: str, run: Run, folder: Path
) -> None:
    """And with the flag it is no longer named."""
    (folder / "link").symlink_to("/etc")
    (folder / "docker-bake.hcl").write_text(
        f'target "default" {{\n  {attribute}\n  dockerfile-inline = "FROM scratch"\n}}\n'
    )
    if attribute.startswith("dockerfile"):
        (folder / "docker-bake.hcl").write_text(f'target "default" {{\n  {attribute}\n}}\n')
    result = run("bake")
    assert result.code == 2
    assert reason in result.err
    assert flag in result.err
    assert reason not in run("bake", *flag.split(), "--check").err


def test_what_the_command_line_gives_is_allowed(run: Run, folder: Path) -> None:
    """The user said so."""
    (folder / "docker-bake.hcl").write_text('target "default" { dockerfile-inline = "FROM scratch\\nENV A=b\\n" }\n')
    result = run("bake", "--progress", "plain", "--set", f"default.output=type=oci,dest={folder.parent}/x.tar")
    assert result.code == 0, result.err
    assert (folder.parent / "x.tar").exists()


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        pytest.param(
            'resources = { memory = "1g" }', "target 'default': resources are not supported yet", id="resources"
        ),
        pytest.param('policy = ["filename=x"]', "target 'default': policy is not supported yet", id="policy"),
        pytest.param(
            'output = ["type=frob"]', "target 'default': --output type=frob: unknown type 'frob'", id="output"
        ),
        pytest.param('context = "-"', "target 'default': a context from standard input is not possible", id="stdin"),
        pytest.param('target = "nowhere"', "nowhere", id="stage"),
    ],
)
def test_what_has_no_effect_is_refused_with_the_targets_name(
    attribute: str, message: str, run: Run, folder: Path
) -> None:
    """Not passed over."""
    (folder / "Dockerfile").write_text("FROM scratch\nENV A=b\n")
    (folder / "docker-bake.hcl").write_text(f'target "default" {{ {attribute} }}\n')
    result = run("bake", "--progress", "plain")
    assert result.code in (1, 2)
    assert message in result.err


def test_questions_are_answered_for_each_target(run: Run, folder: Path) -> None:
    """``--check`` and ``--call``: the target's name, its description, the answer."""
    (folder / "docker-bake.hcl").write_text(
        """
        group "default" { targets = ["a", "b"] }
        target "base" { dockerfile-inline = "FROM scratch AS x\\nENV A=b\\n" }
        target "a" {
          description = "the first"
          contexts = { base = "target:base" }
          dockerfile-inline = "FROM base\\nARG N=1\\nENV B=$N\\n"
        }
        target "b" { dockerfile-inline = "from scratch\\nENV A b\\n" }
        """
    )
    result = run("bake", "--check")
    assert result.code == 1
    assert "a\nthe first\n\nCheck complete, no warnings found." in result.out
    assert "LegacyKeyValueFormat" in result.out
    outline = run("bake", "--call", "outline", "a")
    assert outline.code == 0
    assert "N" in outline.out


def test_definitions_from_the_network_are_refused(run: Run, folder: Path) -> None:
    """With what to do."""
    result = run("bake", "https://example.org/repository.git")
    assert result.code == 2
    assert "definitions from the network are not supported yet" in result.err
    assert "clone it first" in result.err


@pytest.mark.parametrize(
    ("flags", "manifests"),
    [
        pytest.param((), 2, id="asked for"),
        pytest.param(("--provenance=false",), 1, id="taken away"),
    ],
)
def test_attestations_are_those_that_the_target_asks_for(
    flags: tuple[str, ...], manifests: int, run: Run, folder: Path
) -> None:
    """And the command line has the last word."""
    (folder / "docker-bake.hcl").write_text(
        """
        target "default" {
          dockerfile-inline = "FROM scratch\\nENV A=b\\n"
          attest = ["type=provenance,mode=max"]
          output = ["type=oci,dest=out,tar=false"]
        }
        """
    )
    result = run("bake", "--progress", "plain", *flags)
    assert result.code == 0, result.err
    (top,) = json.loads((folder / "out/index.json").read_text())["manifests"]
    blob = json.loads((folder / "out/blobs/sha256" / top["digest"].removeprefix("sha256:")).read_text())
    assert len(blob.get("manifests", [blob])) == manifests


def test_attestations_of_targets(run: Run, folder: Path) -> None:
    """Each target has what it says, and what the command line says for all."""
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    (folder / "docker-bake.hcl").write_text(
        """
        group "default" { targets = ["told", "quiet"] }
        target "told" {
          attest = ["type=sbom", { type = "provenance", mode = "min" }]
          output = ["type=local,dest=told"]
        }
        target "quiet" {
          attest = ["type=provenance,disabled=true"]
          output = ["type=local,dest=quiet"]
        }
        """
    )
    result = run("bake")
    assert result.code == 0, result.err
    assert set(files_in(folder / "told")) == {"Dockerfile", "sbom.spdx.json", "provenance.json"}
    assert set(files_in(folder / "quiet")) == {"Dockerfile"}
    result = run("bake", "--sbom=true", "quiet")
    assert result.code == 0, result.err
    assert set(files_in(folder / "quiet")) == {"Dockerfile", "sbom.spdx.json"}
