"""What others make of the same stacks of layers as one layer: their slips are known by name, and told in docs/compat.md.

None of them reads the layers: buildah and podman pack what their storage unpacked, umoci what it unpacked itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.compat.builders import BuildahBuilder, JettisonBuilder, running_docker
from tests.compat.stacks import STACKS, side_by_side, write_archive
from tests.compat.test_layouts import Podman, need, podman, run, short_folder
from tests.compat.test_squash import unpacked

pytestmark = pytest.mark.root
__all__ = ["podman"]  # a fixture

Squash = Callable[[Path, Path], dict[str, str]]
"""Is given the archive and a folder to work in, leaves `after.tar` there, and tells the paths that it gets wrong."""

OF_A_FOLDER = "of a folder that the upper layer does not name: mode and time"
OF_LINKS = "the mode of a file with several names that is copied up"
BELOW = "deleted and written in one layer: what lies below is back"
EARLY = "times before 1970"

IN_STORAGE = {
    "links copied up/a": OF_LINKS,
    "links copied up/b": OF_LINKS,
    "times/before 1970": EARLY,
    "deleted twice/d": OF_A_FOLDER,
    "deleted/d": OF_A_FOLDER,
}
IN_OVERLAY = IN_STORAGE | {f"deleted and written in one layer/d/{name}": BELOW for name in ("keep", "old")}


def by_umoci(before: Path, folder: Path) -> dict[str, str]:
    """Unpacked, and put into an empty image as one layer."""
    unpacked(before, folder / "unpacked")
    image = f"{folder}/layout:x"
    run("umoci", "init", "--layout", f"{folder}/layout")
    run("umoci", "new", "--image", image)
    run("umoci", "insert", "--image", image, f"{folder}/unpacked/bundle/rootfs", "/")
    run("skopeo", "copy", "--insecure-policy", f"oci:{image}", f"docker-archive:{folder}/after.tar:app:after")
    return {}


@pytest.fixture
def by_buildah(buildah: BuildahBuilder) -> Squash:
    """``buildah build --squash`` of a Dockerfile that adds nothing."""

    def squash(before: Path, folder: Path) -> dict[str, str]:
        buildah.load(before)
        (folder / "Dockerfile").write_text("FROM localhost/app:before\n")
        options = ("--pull-never", "--format", "docker", "--identity-label=false", "--squash", "-t", "app:after")
        buildah.call("build", *options, str(folder))
        buildah.call("push", "-q", "app:after", f"docker-archive:{folder}/after.tar:app:after")
        return IN_OVERLAY

    return squash


@pytest.fixture
def by_podman(podman: Podman) -> Squash:
    """``podman build --squash-all`` likewise, with the storage that copies every layer."""

    def squash(before: Path, folder: Path) -> dict[str, str]:
        podman("load", "-q", "-i", before)
        (folder / "Dockerfile").write_text(f"FROM {podman('images', '-q').split()[0]}\n")
        podman("build", "--pull-never", "--format", "docker", "--squash-all", "-t", "app:after", folder)
        podman("save", "-q", "-o", folder / "after.tar", "localhost/app:after")
        return IN_STORAGE

    return squash


@pytest.mark.parametrize("tool", ["umoci", "buildah", "podman"])
def test_the_files_of_a_squashed_image(tool: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """As umoci unpacks them before and after: all but those that the tool is known to get wrong."""
    need("skopeo", "umoci", tool)
    squash: Squash = by_umoci if tool == "umoci" else request.getfixturevalue(f"by_{tool}")
    before = write_archive(tmp_path / "before.tar", side_by_side(STACKS))
    known = squash(before, tmp_path)
    expected, found = unpacked(before, tmp_path / "one"), unpacked(tmp_path / "after.tar", tmp_path / "two")
    differing = {path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path)}
    assert differing == known.keys(), {path: (expected.get(path), found.get(path)) for path in differing - known.keys()}


OF_COMMANDS = r"""
FROM busybox:test
RUN mkdir /d /e && echo old > /d/old && echo a > /a && ln /a /b && chmod 4711 /a && echo keep > /e/keep
RUN rm -r /d && mkdir /d && echo new > /d/new && rm /a
RUN rm -r /e && echo file > /e && rm /bin/wget && mkdir /bin/wget && touch -d @1 /bin/wget/in
RUN rm /e && mkdir /e && chmod 600 /b && rm -r /bin/wget && ln -s x /bin/wget
RUN mkfifo /p && mknod /n c 1 3 && chown 5:6 /p && touch -d '1960-01-01 00:00:00' /early
RUN rm /bin/wget /d/new
"""


def test_the_classic_builder_squashes_what_commands_did(base_archives: tuple[Path, ...], tmp_path: Path) -> None:
    """``docker build --squash``: the layers that a daemon's overlayfs made; ours of the same layers lose nothing."""
    need("skopeo", "umoci")
    (tmp_path / "Dockerfile").write_text(OF_COMMANDS)
    before, after = tmp_path / "before.tar", tmp_path / "after.tar"
    with short_folder() as folder, running_docker(folder, "--experimental") as docker:
        for archive in base_archives:
            docker.load(archive)
        classic = replace(docker, kit=False)
        classic.build(str(tmp_path), before)
        classic.build(str(tmp_path), after, "--squash")
    expected, theirs = unpacked(before, tmp_path / "one"), unpacked(after, tmp_path / "two")
    assert {path for path in expected.keys() | theirs.keys() if expected.get(path) != theirs.get(path)} == {"early"}
    jettison = JettisonBuilder(home=tmp_path / "home")
    jettison.call("squash", "-q", "--all", "-t", "app:after", str(before))
    jettison.call("save", "-o", str(after), "app:after")
    assert unpacked(after, tmp_path / "three") == expected
