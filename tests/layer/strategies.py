"""Hypothesis strategies: trees, layers on top of them, and what they look like to a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st
from tests.layer.archives import File, write_layer

from jettison.layer.index import LayerIndex
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree

Item = Entry | File
SECOND = 10**9

names = st.one_of(
    st.sampled_from(["a", "b", "c", "usr", "lib"]),
    st.sampled_from(["a b", "grün", "caf\udce9", "new\nline", "-", "~", "a.", "..a", "n" * 120, "\U0001f680" * 30]),
)
modes = st.sampled_from([0o644, 0o755, 0o600, 0o4755, 0o2755, 0o1777, 0o000, 0o7777])
owners = st.sampled_from([(0, 0), (0, 42), (1000, 1000), (65534, 65534), (3_000_000, 3_000_000)])
times = st.one_of(st.sampled_from([0, 1, 1_600_000_000, 2**31, 2**33, -5]), st.integers(0, 2**32)).map(SECOND.__mul__)
contents = st.one_of(st.binary(max_size=40), st.sampled_from([b"", b"x" * 512, bytes(70_000), b"y" * 1025]))
attributes = st.sampled_from([(), (("user.a", b""), ("user.b", b"\x00\n=")), (("trusted.t", b"1"),)])
KINDS = [
    EntryType.FILE,
    EntryType.FILE,
    EntryType.DIRECTORY,
    EntryType.DIRECTORY,
    EntryType.SYMLINK,
    EntryType.HARDLINK,
    EntryType.CHAR_DEVICE,
    EntryType.FIFO,
]


@st.composite
def items(draw: st.DrawFn, path: str, kind: EntryType, files: list[str]) -> Item:
    """One entry at ``path``; a hard link points to one of ``files``."""
    uid, gid = draw(owners)
    entry = Entry(path=path, type=kind, mode=draw(modes), uid=uid, gid=gid, mtime_ns=draw(times))
    if kind is EntryType.FILE:
        content = draw(contents)
        return File(entry._replace(size=len(content), xattrs=draw(attributes)), content)
    if kind is EntryType.DIRECTORY:
        return entry._replace(xattrs=draw(attributes))
    if kind is EntryType.SYMLINK:
        return entry._replace(mode=0o777, link=draw(st.sampled_from(["a", "/etc", "../..", "caf\udce9", "x" * 150])))
    if kind is EntryType.HARDLINK:
        return entry._replace(link=draw(st.sampled_from(files)))
    if kind is EntryType.CHAR_DEVICE:
        return entry._replace(device=(1, 3))
    return entry


@st.composite
def trees(draw: st.DrawFn, *, deletions: bool = False) -> list[Item]:
    """The items of a layer, parents and targets of hard links first; with ``deletions`` also whiteouts."""
    directories = [""]
    files: list[str] = []
    made: dict[str, Item] = {}
    deleted: list[Entry] = []
    for _ in range(draw(st.integers(0, 12))):
        parent = draw(st.sampled_from(directories))
        name = draw(names)
        path = f"{parent}/{name}" if parent else name
        if deletions and draw(st.integers(0, 3)) == 0:
            if parent and draw(st.booleans()):
                deleted.append(Entry(path=parent, type=EntryType.OPAQUE))
            else:
                deleted.append(Entry(path=path, type=EntryType.WHITEOUT))
            continue
        if path in made:
            continue
        kind = draw(st.sampled_from(KINDS))
        if kind is EntryType.HARDLINK and not files:
            continue
        made[path] = draw(items(path, kind, files))
        if kind is EntryType.DIRECTORY:
            directories.append(path)
        elif kind is EntryType.FILE:
            files.append(path)
    dressed = [_like_its_file(item, made) for item in made.values()]
    position = draw(st.integers(0, len(dressed)))
    return [*dressed[:position], *dict.fromkeys(deleted), *dressed[position:]]


def _like_its_file(item: Item, made: Mapping[str, Item]) -> Item:
    """A hard link has the metadata of its file."""
    if isinstance(item, Entry) and item.type is EntryType.HARDLINK:
        file = made[item.link]
        assert isinstance(file, File)
        return file.entry._replace(path=item.path, type=EntryType.HARDLINK, link=item.link, size=0, xattrs=())
    return item


def index_of(items: Sequence[Item]) -> LayerIndex:
    """The index of a layer of these items."""
    return write_layer(*items)[1]


Seen = tuple[object, ...]


def seen(tree: Tree, *, with_times: bool = True) -> dict[str, Seen]:
    """What a user sees of a tree: no offsets, and no difference between the names of one file."""
    groups: dict[str, set[str]] = {}
    for entry in tree.entries.values():
        if entry.type is EntryType.HARDLINK:
            groups.setdefault(entry.link, {entry.link}).add(entry.path)
    looks: dict[str, Seen] = {}
    for path, entry in tree.entries.items():
        if path == "":
            continue
        content = tree.content(entry)
        digest = content.digest if content.size else (Digest.of(b"") if content.type is EntryType.FILE else None)
        looks[path] = (
            content.type,
            content.mode,
            content.uid,
            content.gid,
            content.mtime_ns // SECOND if with_times else 0,
            content.link,
            content.xattrs,
            content.device,
            digest,
            tuple(sorted(groups.get(content.path, ()))),
        )
    return looks
