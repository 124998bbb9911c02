"""What a command left in a real overlay mount becomes the layer that says so."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from tests.layer.archives import directory, file, hard_link, symlink
from tests.layer.strategies import Item, seen
from tests.rootfs.views import layer_stream, run_in_overlay, tree_of_overlay

from jettison.errors import IntegrityError, StorageError
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.model.entry import EntryType
from jettison.model.tree import Tree
from jettison.rootfs.pack import pack_directory, pack_upper
from jettison.rootfs.unpack import unpack_layer

pytestmark = pytest.mark.root

BASE: list[Item] = [
    directory("etc"),
    file("etc/passwd", b"root\n"),
    file("etc/group", b"root\n"),
    directory("etc/deep"),
    file("etc/deep/a", b"a"),
    file("etc/deep/b", b"b"),
    directory("usr", 0o700),
    file("usr/tool", b"#!", mode=0o4755),
    hard_link("usr/twin", "usr/tool"),
    symlink("bin", "usr"),
]


class Mounted:
    """A base layer on disk, and a place to run commands on top of it."""

    def __init__(self, area: Path) -> None:
        self.layer, self.upper, self.area = area / "layer", area / "upper", area / "area"
        for path in (self.layer, self.upper, self.area):
            path.mkdir()
        self.index = unpack_layer(layer_stream(*BASE)[0], self.layer).index
        self.lower = merge_layers([self.index])

    def run(self, script: str) -> tuple[LayerIndex, Tree]:
        """Run a script in the mounted root; the layer that it makes, and what the mount shows in the end."""
        run_in_overlay([self.layer], self.area, f"cd merged\n{script}", upper=self.upper)
        index = pack_upper(self.upper, lambda data: None, lower=self.lower)
        return index, tree_of_overlay([self.layer, self.upper], self.area)


@pytest.fixture
def mounted(tmp_path: Path) -> Mounted:
    return Mounted(tmp_path)


def _set(path: str, name: str, value: str) -> str:
    return f'python3 -c \'import os; os.setxattr("{path}", "{name}", b"{value}")\''


SCRIPTS = {
    "nothing": ":",
    "new file": "echo x > new",
    "new directory": "mkdir -p a/b/c; echo x > a/b/c/d",
    "changed file": "echo x >> etc/passwd",
    "changed mode": "chmod 600 etc/group",
    "changed owner": "chown 5:6 usr/tool",
    "deleted file": "rm etc/passwd",
    "deleted directory": "rm -r etc/deep",
    "directory made anew": "rm -r etc/deep; mkdir etc/deep; echo new > etc/deep/c",
    "directory made anew and empty": "rm -r etc/deep; mkdir etc/deep",
    "directory becomes a file": "rm -r etc/deep; echo x > etc/deep",
    "file becomes a directory": "rm etc/passwd; mkdir -p etc/passwd/sub; echo x > etc/passwd/sub/f",
    "link becomes a directory": "rm bin; mkdir bin; echo x > bin/sh",
    "moved file": "mv etc/passwd etc/shadow",
    "moved directory": "mv etc/deep moved",
    "hard link to a new file": "echo x > one; ln one two; ln one etc/three",
    "hard link to an old file": "ln etc/passwd etc/copy",
    "one name of two changed": "echo x >> usr/tool",
    "one name of two deleted": "rm usr/tool",
    "made and deleted": "mkdir t; echo x > t/f; rm -r t",
    "deleted in a new directory": "mkdir n; echo x > n/a; echo x > n/b; rm n/a",
    "device": "mknod null c 1 3; mknod disk b 8 1; mkfifo pipe",
    "attributes": f"echo x > f; {_set('f', 'user.a', 'b')}; {_set('etc/deep', 'user.d', 'e')}",
    "odd names": 'echo x > "$(printf \'caf\\351 \\n.\')"; mkdir -- -; echo > "-/\'"',
    "times": "touch -d @1.5 etc/passwd; touch -h -d @7 bin; touch -d @9 usr",
    "owner as it was": "chown 0:0 etc/group; chmod 644 etc/group; chmod 755 etc/deep; chown -h 0:0 bin",
    "owner as it was below new": "rm -r etc/deep; mkdir etc/deep; cp -p etc/group etc/deep/a; chown 0:0 etc/group",
    "one of many changed": "chown -R 0:0 etc; chmod 600 etc/deep/a",
    "sparse": "truncate -s 20M image; echo end >> image",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_layer_says_what_the_command_did(name: str, mounted: Mounted) -> None:
    """Base and layer merged are what the mount shows; the layer holds nothing that says nothing."""
    index, shown = mounted.run(SCRIPTS[name])
    merged = merge_layers([mounted.index, index])
    assert seen(merged) == seen(shown)
    for entry in index.entries:
        if entry.type is EntryType.WHITEOUT:
            assert entry.path in mounted.lower.entries
        if entry.type is EntryType.OPAQUE:
            assert mounted.lower.entries[entry.path].type is EntryType.DIRECTORY
    if name in ("nothing", "made and deleted", "owner as it was"):
        assert index.entries == ()
    if name == "one of many changed":
        assert [entry.path for entry in index.entries] == ["etc", "etc/deep", "etc/deep/a"]


def test_the_same_directory_packs_into_the_same_bytes(mounted: Mounted) -> None:
    """Whatever order the disk lists names in."""
    mounted.run("for n in $(seq 300); do echo $n > f$n; done; mkdir -p z/y/x a/b")
    packed = []
    for _ in range(2):
        chunks: list[bytes] = []
        pack_upper(mounted.upper, chunks.append, lower=mounted.lower)
        packed.append(b"".join(chunks))
    assert packed[0] == packed[1]
    paths = [entry.path.encode().split(b"/") for entry in pack_upper(mounted.upper, lambda data: None).entries]
    assert paths == sorted(paths)


def test_the_upper_directory_is_the_layers_directory(mounted: Mounted, tmp_path: Path) -> None:
    """Renamed into place, it stacks as the unpacked layer would."""
    index, shown = mounted.run("rm -r etc/deep; mkdir etc/deep; echo x > etc/deep/c; rm bin; echo y > usr/new")
    chunks: list[bytes] = []
    pack_upper(mounted.upper, chunks.append, lower=mounted.lower)
    again = tmp_path / "again"
    again.mkdir()
    assert unpack_layer(io.BytesIO(b"".join(chunks)), again, lower=mounted.lower).index == index
    (tmp_path / "other").mkdir()
    assert seen(tree_of_overlay([mounted.layer, again], tmp_path / "other")) == seen(shown)


def test_sockets_are_left_out(tmp_path: Path) -> None:
    """As docker leaves them out."""
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        (tmp_path / "file").touch()
        assert [entry.path for entry in pack_directory(tmp_path, lambda data: None).entries] == ["file"]


@pytest.mark.parametrize("name", ["redirect", "metacopy"])
def test_marks_of_other_mount_options_are_refused(name: str, tmp_path: Path) -> None:
    """The data is elsewhere then: the layer would be wrong."""
    (tmp_path / "moved").mkdir()
    os.setxattr(tmp_path / "moved", f"trusted.overlay.{name}", b"x")
    with pytest.raises(IntegrityError, match=f"/moved: .*trusted.overlay.{name}"):
        pack_upper(tmp_path, lambda data: None)


def test_overlays_bookkeeping_is_not_packed(tmp_path: Path) -> None:
    """Origins and the like are about this machine's disk."""
    (tmp_path / "f").touch()
    os.setxattr(tmp_path / "f", "trusted.overlay.origin", b"x")
    os.setxattr(tmp_path / "f", "user.kept", b"x")
    (entry,) = pack_upper(tmp_path, lambda data: None).entries
    assert entry.xattrs == (("user.kept", b"x"),)


def test_nesting_without_end_is_an_error(tmp_path: Path) -> None:
    """Not a crash: a command can nest directories deeper than any path is long."""
    fd = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)
    try:
        with pytest.raises((StorageError, IntegrityError), match=r"cannot pack|fits no layer"):
            pack_directory(tmp_path, lambda data: None)
    finally:
        subprocess.run(["rm", "-r", tmp_path / "d"], check=True)


@pytest.mark.slow
def test_files_over_eight_gigabytes_survive(tmp_path: Path) -> None:
    """Sparse on disk, whole in the tar, sparse again when unpacked."""
    size = 8 * 2**30 + 513
    source, target = tmp_path / "source", tmp_path / "target"
    for path in (source, target):
        path.mkdir()
    with (source / "huge").open("wb") as huge:
        huge.truncate(size)
        huge.seek(size - 3)
        huge.write(b"end")
    read, write = os.pipe()

    def pack() -> None:
        with os.fdopen(write, "wb") as sink:
            pack_directory(source, sink.write)

    packer = threading.Thread(target=pack)
    packer.start()
    with os.fdopen(read, "rb") as stream:
        (entry,) = unpack_layer(stream, target).index.entries
    packer.join()
    assert entry.size == size
    with (target / "huge").open("rb") as copy:
        copy.seek(size - 3)
        assert copy.read() == b"end"
    assert (target / "huge").stat().st_blocks * 512 < 2**20
