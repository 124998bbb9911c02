"""Unpacking does what the archive says, inside of its directory, and nothing outside of it."""

from __future__ import annotations

import gc
import io
import os
import stat
import sys
from pathlib import Path

import pytest
from tests.layer.archives import archive, directory, file, hard_link, member, opaque, symlink, whiteout
from tests.layer.strategies import Item
from tests.rootfs.views import layer_stream, run_in_overlay, tree_of_directory

from jettison.errors import IntegrityError, StorageError
from jettison.layer.index import index_layer
from jettison.layer.merge import merge_layers
from jettison.model.entry import Entry, EntryType
from jettison.rootfs.metadata import Privileges
from jettison.rootfs.overlay import OverlayStyle
from jettison.rootfs.unpack import Unpacked, Unpacker, unpack_indexed, unpack_layer

pytestmark = pytest.mark.root

CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
"""cap_net_raw=ep"""


def unpack(directory: Path, *items: Item, style: OverlayStyle | None = OverlayStyle.TRUSTED) -> Unpacked:
    return unpack_layer(layer_stream(*items)[0], directory, style=style)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file and a directory that no archive may touch."""
    path = tmp_path / "outside"
    path.mkdir()
    (path / "secret").write_text("secret")
    (path / "secret").chmod(0o600)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root"
    path.mkdir()
    return path


def untouched(outside: Path) -> bool:
    return (
        os.listdir(outside) == ["secret"]
        and (outside / "secret").read_text() == "secret"
        and stat.S_IMODE((outside / "secret").stat().st_mode) == 0o600
        and (outside / "secret").stat().st_nlink == 1
    )


def test_metadata_arrives(root: Path) -> None:
    """Owner, set-user-id bit, capability, attribute and time: each survives the others."""
    xattrs = (("security.capability", CAPABILITY), ("user.note", b"\x00x"))
    made = file("ping", b"x", mode=0o4755, uid=1000, gid=1001, mtime_ns=1_500_000_000 * 10**9, xattrs=xattrs)
    result = unpack(root, directory("d", 0o555, mtime_ns=10**9), file("d/f"), made, symlink("l", "x"))
    assert result.omissions == ()
    status = (root / "ping").stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1000, 1001, 0o4755)
    assert status.st_mtime == 1_500_000_000
    assert os.getxattr(root / "ping", "security.capability") == CAPABILITY
    assert os.getxattr(root / "ping", "user.note") == b"\x00x"
    assert ((root / "d").stat().st_mtime, stat.S_IMODE((root / "d").stat().st_mode)) == (1, 0o555)
    assert (root / "l").lstat().st_mtime == 0


def test_the_root_directory_gets_the_mode_of_a_root(root: Path) -> None:
    """Overlayfs shows the topmost directory's own mode as that of /."""
    root.chmod(0o700)
    unpack(root, file("a"))
    assert stat.S_IMODE(root.stat().st_mode) == 0o755
    unpack(root, directory("", 0o711))
    assert stat.S_IMODE(root.stat().st_mode) == 0o711


def test_deletions_take_the_form_of_overlayfs(root: Path) -> None:
    """A device 0:0, and an attribute."""
    unpack(root, directory("d"), whiteout("d/gone"), opaque("d"), whiteout("also"))
    assert os.getxattr(root / "d", "trusted.overlay.opaque") == b"y"
    assert not (root / "d" / "gone").exists(), "nothing is below an opaque directory that could be deleted"
    status = (root / "also").stat()
    assert stat.S_ISCHR(status.st_mode)
    assert status.st_rdev == 0


def test_deletions_take_the_form_for_users(root: Path) -> None:
    """Mounted with userxattr, overlayfs reads user.overlay.opaque."""
    unpack(root, directory("d"), opaque("d"), style=OverlayStyle.USER)
    assert os.getxattr(root / "d", "user.overlay.opaque") == b"y"


def test_whiteouts_of_what_is_not_below_are_left_out(root: Path) -> None:
    """Where the tree below is known; overlayfs would list them."""
    lower = merge_layers([index_layer(layer_stream(file("a"))[0])])
    unpack_layer(layer_stream(whiteout("a"), whiteout("b"))[0], root, lower=lower)
    assert os.listdir(root) == ["a"]


def test_implied_directories_look_like_those_below(root: Path) -> None:
    """A layer that names only /tmp/f does not change the mode of /tmp."""
    lower = merge_layers([index_layer(layer_stream(directory("tmp", 0o1777, uid=5))[0])])
    unpack_layer(layer_stream(file("tmp/f"), file("new/f"))[0], root, lower=lower)
    assert stat.S_IMODE((root / "tmp").stat().st_mode) == 0o1777
    assert (root / "tmp").stat().st_uid == 5
    assert stat.S_IMODE((root / "new").stat().st_mode) == 0o755


def test_large_runs_of_zeros_become_holes(root: Path) -> None:
    """A disk image takes the room of its data."""
    content = b"start" + bytes(30_000_000) + b"end" + bytes(200_000)
    unpack(root, file("image", content))
    assert (root / "image").read_bytes() == content
    assert (root / "image").stat().st_blocks * 512 < 500_000


def test_what_cannot_be_made_is_reported(root: Path) -> None:
    """Nothing is left out silently."""
    device = Entry(path="null", type=EntryType.CHAR_DEVICE, device=(1, 3))
    hostile = file("f", xattrs=(("trusted.overlay.redirect", b"/etc"), ("user.a", b"1")))
    with Unpacker(root, style=OverlayStyle.TRUSTED, privileges=Privileges(devices=False)) as unpacker:
        for each in index_layer(layer_stream(device, hostile)[0]).entries:
            unpacker.add(each, io.BytesIO())
        omissions = unpacker.finish()
    assert [(each.path, each.what) for each in omissions] == [
        ("null", "device node"),
        ("f", "extended attribute trusted.overlay.redirect"),
    ]
    assert os.listxattr(root / "f") == ["user.a"]


@pytest.mark.parametrize("style", [OverlayStyle.TRUSTED, None])
def test_nothing_is_written_through_a_link_that_is_there(style: OverlayStyle | None, root: Path, outside: Path) -> None:
    """Links in the directory are replaced, whether they stand for files or for directories on the way."""
    for name in ("directory", "file"):
        (root / name).symlink_to(outside if name == "directory" else outside / "secret")
    unpack(root, file("directory/secret", b"x"), file("file", b"x"), directory("directory", 0o777), style=style)
    assert untouched(outside)
    assert (root / "directory" / "secret").read_bytes() == b"x"
    assert not (root / "file").is_symlink()


@pytest.mark.parametrize("style", [OverlayStyle.TRUSTED, None])
def test_an_archive_cannot_climb_by_a_link_of_its_own(style: OverlayStyle | None, root: Path, outside: Path) -> None:
    """Link first, then a file below it: refused, and nothing is written."""
    for link in (str(outside), "../outside", "/"):
        with pytest.raises(IntegrityError, match="no directory"):
            unpack(root, symlink("a", link), file("a/secret", b"x"), style=style)
    with pytest.raises(IntegrityError, match="no directory"):
        unpack(root, file("a"), file("a/b"), style=style)
    assert untouched(outside)


@pytest.mark.parametrize("style", [OverlayStyle.TRUSTED, None])
def test_a_hard_link_cannot_reach_outside(style: OverlayStyle | None, root: Path, outside: Path) -> None:
    """Neither through a link, nor by name, nor to a directory, nor to nothing."""
    (root / "way").symlink_to(outside)
    for target in ("way/secret", "nowhere", "d", str(outside / "secret"), "h"):
        with pytest.raises(IntegrityError, match="hard link"):
            unpack(root, directory("d"), hard_link("h", target), style=style)
    with pytest.raises(IntegrityError, match="outside"):
        unpack_layer(archive(member(b"h", flag=b"1", link=b"../outside/secret")), root, style=style)
    assert untouched(outside)


def test_a_hard_link_to_a_link_is_the_link(root: Path, outside: Path) -> None:
    """Not the file that the link points to; changing the mode of the one changes nothing outside."""
    unpack(root, symlink("s", str(outside / "secret")), hard_link("h", "s"))
    assert (root / "h").is_symlink()
    assert untouched(outside)


def test_deletions_reach_no_further_than_the_root(root: Path, outside: Path) -> None:
    """Flat: a whiteout removes a link, never what it points to, nor through one."""
    (root / "way").symlink_to(outside)
    (root / "deep").mkdir()
    (root / "deep" / "way").symlink_to(outside)
    unpack(root, whiteout("way/secret"), whiteout("deep"), style=None)
    assert untouched(outside)
    assert os.listdir(root) == ["way"]
    unpack(root, whiteout("way"), style=None)
    assert os.listdir(root) == []


@pytest.mark.parametrize("name", [b".wh.", b".wh...", b".wh....", b"d/.wh.."])
def test_a_whiteout_of_the_directory_itself_is_refused(name: bytes, root: Path) -> None:
    """``.wh.`` deletes no name, ``.wh...`` would delete ``..``."""
    (root / "kept").mkdir()
    if name == b".wh....":  # deletes a file called "...": odd, but a name
        unpack_layer(archive(member(name)), root, style=None)
    else:
        with pytest.raises(IntegrityError, match="whiteout"):
            unpack_layer(archive(member(name)), root, style=None)
    assert (root / "kept").exists()


def test_a_device_that_is_a_whiteout_is_refused(root: Path) -> None:
    """An archive cannot delete files by a device node of overlayfs's own kind."""
    with pytest.raises(IntegrityError, match="0:0"):
        unpack(root, Entry(path="bin", type=EntryType.CHAR_DEVICE, device=(0, 0)))


def test_devices_are_made_as_they_are_told(root: Path) -> None:
    """Type, numbers and mode, for the mount to make them inert."""
    unpack(root, Entry(path="sda", type=EntryType.BLOCK_DEVICE, mode=0o660, gid=6, device=(8, 1)))
    status = (root / "sda").lstat()
    assert stat.S_ISBLK(status.st_mode)
    assert (os.major(status.st_rdev), os.minor(status.st_rdev), status.st_gid) == (8, 1, 6)


def test_file_names_that_no_disk_takes_are_an_error(root: Path) -> None:
    """Not a traceback: the path and the system's reason."""
    with pytest.raises(StorageError, match=r"cannot unpack .*name too long"):
        unpack(root, file("n" * 300))


def test_a_full_disk_is_an_error(root: Path) -> None:
    """The text says what to do."""
    script = """
        mount -t tmpfs -o size=64k tmpfs merged
        exec {python} -c '
import io, sys
from jettison.errors import StorageError
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry, EntryType
from jettison.rootfs.unpack import unpack_layer
chunks = []
writer = LayerWriter(chunks.append)
writer.add(Entry(path="big", type=EntryType.FILE, size=200000), b"x" * 200000)
writer.finish()
try:
    unpack_layer(io.BytesIO(b"".join(chunks)), "merged")
except StorageError as error:
    print(error, error.hint)
'
    """
    said = run_in_overlay([], root, script.replace("{python}", sys.executable)).decode()
    assert said == "cannot unpack /big: No space left on device free some space and try again\n"


def test_deep_nesting_is_no_problem(root: Path) -> None:
    """As deep as an archive may be, made, replaced and removed."""
    deep = "/".join(["d"] * 390)
    unpack(root, file(f"{deep}/f", b"x"))
    with Unpacker(root, style=None) as unpacker:
        unpacker.add(Entry(path="d", type=EntryType.FILE), io.BytesIO())
        unpacker.finish()
    assert (root / "d").is_file()


def test_many_directories_do_not_exhaust_descriptors(root: Path) -> None:
    """Open directories are closed again."""
    gc.collect()  # what earlier tests left to be closed is closed now
    before = len(os.listdir("/proc/self/fd"))
    unpack(root, *[file(f"a{number}/b/c", b"x") for number in range(2000)])
    assert len(os.listdir("/proc/self/fd")) <= before
    assert len(os.listdir(root)) == 2000


def test_a_truncated_layer_is_an_error_and_leaves_nothing_open(root: Path) -> None:
    """The directory is thrown away by whoever made it."""
    gc.collect()  # what earlier tests left to be closed is closed now
    before = len(os.listdir("/proc/self/fd"))
    tar = layer_stream(file("a", b"x" * 5000))[0].getvalue()
    with pytest.raises(IntegrityError, match="truncated"):
        unpack_layer(io.BytesIO(tar[:2000]), root)
    assert len(os.listdir("/proc/self/fd")) <= before


def test_a_known_index_saves_parsing(tmp_path: Path) -> None:
    """With its index a layer unpacks to the same files, deletions among them."""
    items: list[Item] = [
        directory("d", 0o700),
        file("d/f", b"content"),
        file("empty", b""),
        symlink("d/l", "f"),
        opaque("d"),
    ]
    items += [hard_link("d/h", "d/f"), whiteout("gone"), file("big", b"b" * 3_000_000), file("new/last", b"z")]
    stream, index = layer_stream(*items)
    lower = merge_layers([index_layer(layer_stream(file("gone"), directory("new", 0o711))[0])])
    parsed, indexed = tmp_path / "parsed", tmp_path / "indexed"
    parsed.mkdir()
    indexed.mkdir()
    unpack_layer(stream, parsed, lower=lower)
    stream.seek(0)
    assert unpack_indexed(stream, index, indexed, style=OverlayStyle.TRUSTED, lower=lower) == ()
    made = [
        [entry for entry in tree_of_directory(place).walk("") if entry.path != "gone"] for place in (parsed, indexed)
    ]
    assert made[0] == made[1]
    assert stat.S_ISCHR((indexed / "gone").stat().st_mode)
    assert os.getxattr(indexed / "d", "trusted.overlay.opaque") == b"y"


def test_an_index_that_is_another_layers_is_found_out(root: Path) -> None:
    """Where the tar ends before the last content, the layer is refused."""
    stream, _ = layer_stream(file("a", b"short"))
    _, index = layer_stream(file("a", b"long" * 5000))
    with pytest.raises(IntegrityError, match="ends at byte"):
        unpack_indexed(stream, index, root, style=OverlayStyle.TRUSTED, lower=merge_layers([]))
