"""What docker-squash makes of stacks of layers: where it keeps the files, and where it slips.

The program is the one that DOCKER_SQUASH names. Where it slips is told in docs/compat.md as well; that ``jettison
squash`` keeps the files of all these stacks is in :mod:`tests.compat.test_squash`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.compat.builders import BuildFailedError, DockerBuilder, run
from tests.compat.stacks import NAME, SLIPPERY, STACKS, Stack, side_by_side, write_archive
from tests.compat.test_layouts import need
from tests.compat.test_squash import unpacked

PROGRAM = os.environ.get("DOCKER_SQUASH", "")
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not PROGRAM, reason="DOCKER_SQUASH does not name the program docker-squash"),
]

LOST, BACK, OTHER = "lost", "back again", "another file's"
UNREADABLE = "cannot be unpacked"
ALL = 0

SLIPS: dict[tuple[str, int], dict[str, str] | str] = {
    ("linked name deleted", ALL): {"b": LOST},
    ("linked name replaced", ALL): {"b": OTHER, "names of one file": OTHER},
    ("file in the place of a folder", ALL): UNREADABLE,
    ("file, folder, file", ALL): UNREADABLE,
    ("folder deleted and made again", 1): {"d/old": BACK, "d/keep": BACK},
    ("folder, file, folder", ALL): {"d/old": BACK, "d/keep": BACK},
    ("folder, file, folder", 1): {"d/old": BACK, "d/keep": BACK},
    ("deleted and written in one layer", ALL): {"d": LOST, "d/new": LOST},
    ("deleted and written in one layer", 1): {"d": LOST, "d/new": LOST},
    ("folder in the place of a link", ALL): {"link": LOST, "link/x": LOST},
    ("a name like a whiteout's", ALL): {"x.wh.y": LOST},
}
"""A stack, how many of its lowest layers stay, and what becomes of which path."""


def squash_by_docker(docker: DockerBuilder, before: Path, after: Path, folded: int) -> None:
    """Load an image, fold its uppermost layers, write an archive."""
    docker.load(before)
    options = ("-f", str(folded), "--load-image", "false", "--output-path", str(after), "-t", "app:after")
    run([PROGRAM, *options, NAME], DOCKER_HOST=f"unix://{docker.folder}/d.sock")


def differences(docker: DockerBuilder, layers: Stack, kept: int, folder: Path) -> dict[str, str] | str:
    """What docker-squash does to the files of an image, as umoci unpacks it before and after."""
    need("skopeo", "umoci")
    before, after = write_archive(folder / "before.tar", layers), folder / "after.tar"
    squash_by_docker(docker, before, after, len(layers) - kept)
    expected = unpacked(before, folder / "one")
    try:
        found = unpacked(after, folder / "two")
    except AssertionError as error:
        assert "not a directory" in str(error)
        return UNREADABLE
    return {
        path: LOST if path not in found else BACK if path not in expected else OTHER
        for path in expected.keys() | found.keys()
        if found.get(path) != expected.get(path)
    }


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip[0]}, {slip[1] or 'nothing'} stays")
def test_where_docker_squash_slips(slip: tuple[str, int], docker: DockerBuilder, tmp_path: Path) -> None:
    """A docker-squash that does not slip any more fails here, and the documentation is to be changed."""
    stack, kept = slip
    assert differences(docker, STACKS[stack], kept, tmp_path) == SLIPS[slip]


def test_docker_refuses_what_it_cannot_unpack(docker: DockerBuilder, tmp_path: Path) -> None:
    """Files below a file: the image is not loaded, and the program says that all went well."""
    before, after = write_archive(tmp_path / "before.tar", STACKS["file in the place of a folder"]), tmp_path / "a.tar"
    squash_by_docker(docker, before, after, 3)
    with pytest.raises(BuildFailedError, match="not a directory"):
        docker.load(after)


@pytest.mark.parametrize("kept", [ALL, 1, 2])
def test_where_it_does_not(kept: int, docker: DockerBuilder, tmp_path: Path) -> None:
    """Everything else, side by side in one image."""
    kept_well = {name: layers for name, layers in STACKS.items() if name not in SLIPPERY}
    assert differences(docker, side_by_side(kept_well), kept, tmp_path) == {}
