"""Squashed images unpack to the same files as before by umoci's hand, and to what GNU tar makes of the layers."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.compat.stacks import CAPABILITY, NAME, SECOND, STACKS, Stack, side_by_side, write_archive
from tests.compat.test_layouts import need, run
from tests.layer.archives import File, directory, file, hard_link, opaque, symlink, whiteout

from jettison.engine.image_diff import diff_images
from jettison.engine.image_layers import open_image
from jettison.engine.layers import Layers
from jettison.engine.request import Machine
from jettison.engine.squash_image import SquashRequest, squash_image
from jettison.engine.transfer import load, save
from jettison.model.entry import Entry
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.sandbox.probe import choose
from jettison.store.store import Store

pytestmark = pytest.mark.root

LAYERS: tuple[list[Entry | File], ...] = (
    [
        directory("etc", mtime_ns=1_400_000_000 * SECOND),
        file("etc/passwd", b"root", uid=1, gid=2, mtime_ns=1_500_000_000 * SECOND),
        directory("opt", mode=0o1777),
        file("opt/a", b"shared" * 1000, mode=0o4755),
        hard_link("opt/b", "opt/a"),
        file("opt/gone", b"x" * 5000),
        directory("hide"),
        file("hide/one", b"1"),
        file("turn", b"file"),
        symlink("lib", "opt"),
    ],
    [
        whiteout("opt/gone"),
        directory("hide", mode=0o700),
        opaque("hide"),
        file("hide/two", b"2", xattrs=(CAPABILITY, ("user.note", b"hi"))),
        whiteout("turn"),
        directory("turn"),
        file("turn/inside", b"i"),
    ],
    [
        directory("opt", mode=0o755),
        whiteout("opt/a"),
        file("opt/c", b"new"),
        hard_link("opt/d", "opt/c"),
        whiteout("turn"),
        file("turn", b"file again", mtime_ns=1_600_000_000 * SECOND),
        whiteout("hide"),
        whiteout("hide"),
        directory("new"),
        directory("new/deep", gid=7),
    ],
)


def silent(part: str, done: int, total: int | None) -> None:
    """Nobody is told."""


def looks(root: Path) -> dict[str, object]:
    """Everything below a folder, as lstat and the contents tell it; which names are one file, too."""
    found: dict[str, object] = {}
    names: dict[int, list[str]] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder) / name
            status = path.lstat()
            relative = str(path.relative_to(root))
            content = path.readlink() if path.is_symlink() else ""
            if stat.S_ISREG(status.st_mode):
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                names.setdefault(status.st_ino, []).append(relative)
            attributes = {} if path.is_symlink() else {key: os.getxattr(path, key) for key in os.listxattr(path)}
            found[relative] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, content, attributes)
    found["names of one file"] = sorted(sorted(group) for group in names.values() if len(group) > 1)
    return found


def unpacked(archive: Path, folder: Path) -> dict[str, object]:
    """What umoci makes of an image."""
    folder.mkdir()
    run("skopeo", "copy", "--insecure-policy", f"docker-archive:{archive}", f"oci:{folder}/layout:x")
    run("umoci", "unpack", "--image", f"{folder}/layout:x", folder / "bundle")
    return looks(folder / "bundle/rootfs")


CASES: dict[str, tuple[Stack, tuple[int, ...]]] = {
    "by hand": (LAYERS, (1, 2, 3)),
    "side by side": (side_by_side(STACKS), (1, 2, 3, 5)),
}
"""Layers, and where they are cut."""


@pytest.mark.parametrize(("case", "first"), [(case, cut) for case, (_, cuts) in CASES.items() for cut in cuts])
def test_umoci_unpacks_the_same_files(tmp_path: Path, case: str, first: int) -> None:
    """Deletions, opaque folders, hard links, set-user-id bits, capabilities, times, wherever the image is cut."""
    need("skopeo", "umoci")
    layers, _ = CASES[case]
    before, after = write_archive(tmp_path / "before.tar", layers), tmp_path / "after.tar"
    with ExitStack() as stack:
        registry = stack.enter_context(RegistryClient())
        machine = Machine(
            store=stack.enter_context(Store.open(tmp_path / "store")),
            open_registry=lambda: registry,
            open_sandbox=choose,
            emit=lambda event: None,
            platform=Platform.parse("linux/amd64"),
            clock=lambda: 1_700_000_000.0,
        )
        load(before, machine, silent)
        tag = Reference.parse("app:after")
        result = squash_image(SquashRequest(name=NAME, first=first, tags=(tag,)), machine, silent)
        with after.open("wb") as out:
            save(["app:after"], out.write, machine, silent)
        with (
            open_image(str(before), machine, progress=silent) as one,
            open_image("app:after", machine, progress=silent) as other,
        ):
            assert diff_images(one, other, times=True).changes == ()
        config = machine.store.images.config(result.image_id)
        kept = Layers(machine.store)
        total = kept.index(config.diff_ids[-1]).content_bytes
        tar = machine.store.blobs.path(config.diff_ids[-1])
        listed = subprocess.run(["tar", "-tvf", str(tar)], check=True, capture_output=True).stdout
        assert sum(int(line.split()[2]) for line in listed.splitlines() if line.startswith(b"-")) == total
        kept.close()
    expected = unpacked(before, tmp_path / "one")
    found = unpacked(after, tmp_path / "two")
    for path in expected.keys() | found.keys():
        assert found.get(path) == expected.get(path), path
    assert expected["names of one file"]
