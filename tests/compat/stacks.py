"""Stacks of layers with everything that squashing can get wrong, alone and side by side in one image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.layer.archives import File, directory, file, hard_link, opaque, symlink, whiteout, write_layer
from tests.layout.support import make_image

from jettison.layout.write import write_docker_archive
from jettison.model.entry import Entry, EntryType
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference

SECOND = 10**9
CAPABILITY = ("security.capability", bytes.fromhex("0100000200000000000000000000000000000000"))
NAME = "app:before"

Item = Entry | File
Stack = Sequence[Sequence[Item]]

_DEEP = ["/".join(["deep", *["q" * 100] * depth]) for depth in range(5)]
_D = (directory("d", mode=0o711), file("d/old", b"old"), file("d/keep", b"k"))
_LINKED = (file("a", b"old"), hard_link("b", "a"))
_THROUGH = (directory("real"), file("real/a", b"1"), symlink("link", "real"))

SLIPPERY: dict[str, Stack] = {
    "linked name deleted": (_LINKED, [whiteout("a")], [file("z")]),
    "linked name replaced": (_LINKED, [file("a", b"new")], [file("z")]),
    "file in the place of a folder": (_D, [file("d", b"now a file")], [file("z")]),
    "file, folder, file": ([file("t", b"1")], [directory("t"), file("t/in")], [file("t", b"again")]),
    "folder deleted and made again": (_D, [whiteout("d")], [directory("d"), file("d/new", b"n")]),
    "folder, file, folder": (_D, [file("d", b"now a file")], [directory("d"), file("d/new", b"n")]),
    "deleted and written in one layer": (_D, [whiteout("d"), directory("d"), file("d/new", b"n")], [file("z")]),
    "folder in the place of a link": (_THROUGH, [whiteout("link"), directory("link"), file("link/x")], [file("z")]),
    "a name like a whiteout's": ([file("y")], [file("x.wh.y", b"1")], [file("z")]),
}
"""Where docker-squash slips."""

STACKS: dict[str, Stack] = {
    **SLIPPERY,
    "links in one layer": ((*_LINKED, hard_link("c", "a")), [file("z")]),
    "other name replaced": (_LINKED, [file("b", b"new")]),
    "links copied up": (_LINKED, [file("a", b"old", mode=0o755), hard_link("b", "a")]),
    "deleted": (_D, [whiteout("d/old")]),
    "deleted and made again": (_D, [_D[0], whiteout("d/old")], [_D[0], file("d/old", b"again")]),
    "made and deleted": (_D, [_D[0], file("d/new", b"again")], [_D[0], whiteout("d/new")]),
    "deleted twice": (_D, [whiteout("d/old")], [whiteout("d/old")]),
    "deleted from the inside": (_D, [whiteout("d/old")], [whiteout("d")]),
    "opaque": (_D, [directory("d"), opaque("d"), file("d/new", b"y")]),
    "opaque, then deleted": (
        _D,
        [directory("d"), opaque("d"), file("d/new", b"y")],
        [directory("d"), whiteout("d/new")],
    ),
    "opaque, then written": (_D, [directory("d"), opaque("d"), file("d/new")], [directory("d"), file("d/new", b"z")]),
    "opaque, then gone": (_D, [directory("d"), opaque("d"), file("d/new")], [whiteout("d")]),
    "opaque twice": (_D, [directory("d"), opaque("d"), file("d/b")], [directory("d"), opaque("d"), file("d/c")]),
    "link in the place of a folder": (_D, [whiteout("d"), symlink("d", "nowhere")]),
    "link, folder, link": (_THROUGH, [directory("link"), file("link/x")], [whiteout("link"), symlink("link", "real")]),
    "attributes": (
        [file("a", b"1", xattrs=(CAPABILITY, ("user.note", b"hi"))), directory("d", xattrs=(("user.x", b"y"),))],
        [file("b", b"1", xattrs=(("user.bytes", b"\xff\xfe\n=1\0x"),))],
    ),
    "modes": (
        [file("a", mode=0o4755), file("b", mode=0o2755), directory("t", mode=0o1777), file("c", mode=0)],
        [directory("t", mode=0o700, uid=6), file("t/x")],
    ),
    "owners": ([file("a", uid=3_000_000, gid=2_500_000)], [file("b", uid=65534, gid=5)]),
    "long names": (
        [*map(directory, _DEEP), file(f"{_DEEP[-1]}/f", b"1"), file("n" * 250), symlink("s", "x/" * 200)],
        [*map(directory, _DEEP), file(f"{_DEEP[-1]}/g", b"1")],
    ),
    "odd names": (
        [
            file("gr\udcfcn", b"1"),
            directory("\udcff"),
            file("\udcff/\udcfe"),
            file("日本"),
            file("a\nb"),
            file("a b\\"),
        ],
        [whiteout("gr\udcfcn"), file("..."), file(".wh")],
    ),
    "devices": (
        [
            Entry(path="c", type=EntryType.CHAR_DEVICE, mode=0o600, device=(1, 3)),
            Entry(path="b", type=EntryType.BLOCK_DEVICE, mode=0o640, device=(7, 300)),
            Entry(path="p", type=EntryType.FIFO, mode=0o622),
        ],
        [whiteout("c")],
    ),
    "times": (
        [
            file("before 1970", mtime_ns=-5 * SECOND),
            file("fine", mtime_ns=1_500_000_000 * SECOND + 123_456_789),
            file("far", mtime_ns=9 * SECOND * SECOND),
        ],
        [directory("folder", mtime_ns=1_500_000_000 * SECOND + 987_654_321)],
    ),
    "ten times": tuple([file("a", b"%d" % number)] for number in range(10)),
    "empty layers": ([file("a", b"1")], [], [], [file("b", b"2")]),
    "nothing is left": ([file("a", b"1")], [whiteout("a")]),
    "emptied": ([file("a", b"1234")], [file("a")]),
}
"""What every tool should keep, by what it is about."""


def side_by_side(stacks: dict[str, Stack]) -> Stack:
    """All of them in one image, each in a folder of its name."""
    height = max(map(len, stacks.values()))
    return [
        [
            item
            for name, layers in stacks.items()
            if number < len(layers)
            for item in (directory(name), *(_below(name, item) for item in layers[number]))
        ]
        for number in range(height)
    ]


def _below(folder: str, item: Item) -> Item:
    if isinstance(item, File):
        return item._replace(entry=item.entry._replace(path=f"{folder}/{item.entry.path}"))
    link = f"{folder}/{item.link}" if item.type is EntryType.HARDLINK else item.link
    return item._replace(path=f"{folder}/{item.path}", link=link)


def write_archive(path: Path, layers: Stack) -> Path:
    """The layers as an image in a docker archive, called :data:`NAME`."""
    image = make_image(*(write_layer(*items)[0] for items in layers))
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image, names=(Reference.parse(NAME),))])
    return path
