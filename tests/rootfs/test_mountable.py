"""Layers mounted by an image over their tar: the kernel finds in them what unpacking would have made."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from tests.layer.archives import archive, directory, file, hard_link, member, opaque, symlink, whiteout
from tests.layer.strategies import Item, seen
from tests.rootfs.views import layer_stream, run_in_mounts, tree_of_mounts

from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.merge import merge_layers
from jettison.model.entry import Entry, EntryType
from jettison.rootfs.mountable import mountable_image

CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
"""cap_net_raw=ep"""
NOTHING_BELOW = merge_layers([])


def mounted(tmp_path: Path, script: str, *items: Item) -> str:
    """What a script prints beside ``merged``, the layer mounted alone, and ``m0``, its image."""
    stream, index = layer_stream(*items)
    return run_in_mounts([_store(tmp_path, stream, index)], tmp_path, script).decode()


def _store(tmp_path: Path, stream: io.BytesIO, index: LayerIndex) -> tuple[Path, Path]:
    image = mountable_image(index, lower=NOTHING_BELOW)
    assert image is not None
    (tmp_path / "image").write_bytes(image)
    (tmp_path / "tar").write_bytes(stream.getvalue())
    return tmp_path / "image", tmp_path / "tar"


@pytest.mark.root
def test_metadata_arrives(tmp_path: Path) -> None:
    """Owner, set-user-id bit, times before 1970 and after 2038, capability, attributes and the kinds of files."""
    xattrs = (("security.capability", CAPABILITY), ("user.note", b"\x00x"), ("user.large", b"v" * 60_000))
    items: list[Item] = [
        directory("", 0o711),
        directory("d", 0o1777, uid=3_000_000, gid=70_000, mtime_ns=-5 * 10**9 + 7),
        file("d/ping", b"content", 0o4755, uid=1000, gid=1001, mtime_ns=2**33 * 10**9 + 123_456_789, xattrs=xattrs),
        symlink("d/link", "t" * 4000),
        Entry(path="null", type=EntryType.CHAR_DEVICE, mode=0o666, device=(1, 3)),
        Entry(path="disk", type=EntryType.BLOCK_DEVICE, mode=0o660, device=(259, 70_000)),
        Entry(path="fifo", type=EntryType.FIFO, mode=0o600),
    ]
    stream, index = layer_stream(*items)
    made = tree_of_mounts([_store(tmp_path, stream, index)], tmp_path)
    assert seen(made) == seen(merge_layers([index]))


@pytest.mark.root
def test_hard_links_are_one_file(tmp_path: Path) -> None:
    """One inode with a count, also by a link to a link; directories count the names of those below."""
    script = "stat -c '%h %i' merged/a merged/d/b merged/c; stat -c %h m0 m0/d"
    told = mounted(tmp_path, script, file("a", b"x"), directory("d"), hard_link("d/b", "a"), hard_link("c", "d/b"))
    first, second, third, root, below = told.splitlines()
    assert first == second == third
    assert (first.split()[0], root, below) == ("3", "3", "2")


@pytest.mark.root
def test_every_name_of_a_large_directory_is_found(tmp_path: Path) -> None:
    """The kernel searches the blocks of a directory by halves: each name is found, and no other."""
    names = sorted({f"{'n' * (number % 200)}{number}" for number in range(3000)})
    script = "cat merged/* | wc -c; ls m0 | wc -l; test ! -e m0/missing; for n in 7 n1 nn2 zzz; do ls m0/$n || :; done"
    told = mounted(tmp_path, f"exec 2>&1; {script}", *[file(name, name.encode()) for name in names])
    total, count, *found = told.splitlines()
    assert (int(total), int(count)) == (sum(map(len, names)), 3000)
    assert [line for line in found if not line.startswith("ls:")] == [
        f"m0/{n}" for n in ("7", "n1", "nn2") if n in names
    ]


@pytest.mark.root
@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 4095, 4096, 4097, 1_000_001])
def test_contents_end_where_they_end(tmp_path: Path, size: int) -> None:
    """Nothing of what follows in the tar is seen, whatever the size of a file is to a block and a page."""
    content = bytes(number % 251 + 1 for number in range(size))
    stream, index = layer_stream(file("before", b"b" * 700), file("f", content), file("after", b"a" * 700))
    told = run_in_mounts([_store(tmp_path, stream, index)], tmp_path, "cat merged/f; cat merged/after")
    assert told == content + b"a" * 700


@pytest.mark.root
def test_deletions_are_overlayfs(tmp_path: Path) -> None:
    """A layer's whiteouts and opaque directories hide what lies below, and show nothing themselves."""
    below = layer_stream(file("gone"), file("kept"), file("d/hidden"), directory("swapped"), file("swapped/old"))
    above = layer_stream(whiteout("gone"), opaque("d"), file("d/new"), whiteout("swapped"), file("swapped/now"))
    layers = []
    for number, (stream, index) in enumerate((below, above)):
        place = tmp_path / str(number)
        place.mkdir()
        image = mountable_image(index, lower=merge_layers([below[1]] if number else []))
        assert image is not None
        (place / "image").write_bytes(image)
        (place / "tar").write_bytes(stream.getvalue())
        layers.append((place / "image", place / "tar"))
    told = run_in_mounts(layers, tmp_path, "cd merged; find . -type f | sort")
    assert told.decode().split() == ["./d/new", "./kept", "./swapped/now"]


@pytest.mark.root
def test_programs_run_from_it(tmp_path: Path) -> None:
    """What is mapped into memory is the content, too."""
    program = Path("/bin/busybox").read_bytes()
    assert mounted(tmp_path, "merged/busybox echo ran", file("busybox", program, 0o755)) == "ran\n"


def test_directories_that_are_not_named_look_like_those_below() -> None:
    """The image of a layer that names only tmp/f differs where the tree below does."""
    _, index = layer_stream(file("tmp/f"))
    lower = merge_layers([layer_stream(directory("tmp", 0o1777, uid=5))[1]])
    assert mountable_image(index, lower=lower) != mountable_image(index, lower=NOTHING_BELOW)
    assert mountable_image(index, lower=lower) == mountable_image(index, lower=lower)


def _sparse() -> LayerIndex:
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            info = tarfile.TarInfo("sparse")
            info.pax_headers = {"GNU.sparse.size": "1000000", "GNU.sparse.map": "5000,512", "GNU.sparse.numblocks": "1"}
            info.size = 512
            tar.addfile(info, io.BytesIO(b"x" * 512))
        stream.seek(0)
        return index_layer(stream)


@pytest.mark.parametrize(
    ("why", "index"),
    [
        ("sparse", _sparse()),
        ("said twice", layer_stream(file("a", b"1"), file("a", b"2"))[1]),
        ("hides the root", layer_stream(opaque(""))[1]),
        ("a link to nothing", index_layer(archive(member(b"h", flag=b"1", link=b"missing")))),
        ("a link that comes first", index_layer(archive(member(b"h", flag=b"1", link=b"f"), member(b"f")))),
        ("a link to a directory", index_layer(archive(member(b"d", flag=b"5"), member(b"h", flag=b"1", link=b"d")))),
        ("a device that is a deletion", layer_stream(Entry(path="c", type=EntryType.CHAR_DEVICE))[1]),
        ("no such attribute", layer_stream(file("a", xattrs=(("system.other", b"x"),)))[1]),
        ("a name too long", layer_stream(file("n" * 256))[1]),
    ],
)
def test_what_is_no_layer_for_it_is_unpacked(why: str, index: LayerIndex) -> None:
    """There is no image of it; unpacking makes it, or tells what is wrong."""
    assert mountable_image(index, lower=NOTHING_BELOW) is None, why
