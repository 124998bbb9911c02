"""A tree without its layers: as plain files in a directory, or as one tar (``-o type=local`` and ``-o type=tar``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, runtime_checkable

from jettison.errors import NotFoundError
from jettison.layer.hard_links import walk_order
from jettison.layer.index import LayerIndex
from jettison.layer.stream import NOTHING, Readable, Sink
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.rootfs.metadata import Omission, Privileges
from jettison.rootfs.unpack import Unpacker


@runtime_checkable
class Closeable(Protocol):
    """A stream that has to be closed."""

    def close(self) -> object:
        """Let go of it."""
        ...


OpenContent = Callable[[Entry], Readable]
"""Opens the content of a FILE of the tree; it is closed, if it can be, before the next is opened."""


def write_tar(tree: Tree, sink: Sink, open_content: OpenContent, *, path: str = "", top: str = "") -> LayerIndex:
    """Write what is at ``path`` of a tree, of a directory what is in it, as one tar in the order of a walk, hard links
    last; with ``top`` under that name, the directory itself included.

    Contents are checked against their digests.
    """
    writer = LayerWriter(sink)
    for made, source in sorted(placed(tree, path, top), key=lambda pair: _tar_order(pair[0])):
        with _opened(source, open_content) as content:
            writer.add(made, content)
    return writer.finish()


def write_split_tar(trees: Iterable[tuple[str, Tree, OpenContent]], sink: Sink) -> LayerIndex:
    """Write several trees as one tar, each below its folder; the empty name is the root. See :func:`write_tar`."""
    writer = LayerWriter(sink)
    for folder, tree, open_content in trees:
        above = f"{folder}/" if folder else ""
        if folder:
            writer.add(Entry(folder, EntryType.DIRECTORY, mode=0o755))
        for entry in sorted(tree.entries.values(), key=_tar_order):
            if not entry.path:
                continue
            moved = entry._replace(path=above + entry.path)
            if entry.type is EntryType.HARDLINK:
                moved = moved._replace(link=above + entry.link)
            with _opened(entry, open_content) as content:
                writer.add(moved, content)
    return writer.finish()


def write_directory(
    tree: Tree,
    path: str,
    directory: Path,
    open_content: OpenContent,
    *,
    privileges: Privileges | None = None,
    top: str = "",
) -> tuple[Omission, ...]:
    """Make what is in the directory ``path`` of the tree, which is a real one, in ``directory``, which exists.

    ``path`` may also be a file, which is then made in ``directory`` under its name. With ``top`` it is made under that
    name, the directory itself included. Files that are there already under
    such names are replaced, the others stay; ``directory`` itself keeps its metadata. Contents are asked for in the
    order of their layers and offsets, so that each layer is read once from front to end. Returns what could not be
    made.
    """
    with Unpacker(directory, style=None, privileges=privileges) as unpacker:
        for made, source in sorted(placed(tree, path, top), key=lambda pair: _reading_order(tree, *pair)):
            with _opened(source, open_content) as content:
                unpacker.add(made, content)
        return unpacker.finish()


def placed(tree: Tree, path: str, top: str) -> Iterator[tuple[Entry, Entry]]:
    """What is to be made of what is at ``path``, under which names, and the entry of the tree that each comes from.

    A directory itself is made only where it has a name, ``top``; a file without one keeps its own. A hard link to a
    file that is not selected becomes the file, or a link to the first such link.
    """
    root = tree.get(path)
    if root is None:
        raise NotFoundError(f"/{path}: not found")
    is_directory = root.type is EntryType.DIRECTORY
    cut = len(path) + 1 if path else 0
    above = f"{top}/" if top else ""
    names = {path: top or root.name}
    if is_directory:
        names = {entry.path: above + entry.path[cut:] for entry in tree.walk(path)}
        if top:
            yield root._replace(path=top), root
    for source_path, name in list(names.items()):
        entry = tree.entries[source_path]
        if entry.type is not EntryType.HARDLINK:
            yield entry._replace(path=name), entry
        elif (target := names.get(entry.link)) is not None:
            yield entry._replace(path=name, link=target), entry
        else:
            names[entry.link] = name
            source = tree.content(entry)
            yield source._replace(path=name), source


def _reading_order(tree: Tree, made: Entry, source: Entry) -> tuple[int, int, int, bytes]:
    """Directories, then files as they lie in their layers, then the links to them."""
    if made.type is EntryType.DIRECTORY:
        return 0, 0, 0, walk_order(made.path)
    if made.type is EntryType.HARDLINK:
        return 2, 0, 0, walk_order(made.path)
    return 1, tree.layer_numbers.get(source.path, 0), abs(source.offset), walk_order(made.path)


def _tar_order(entry: Entry) -> tuple[bool, bytes]:
    return entry.type is EntryType.HARDLINK, walk_order(entry.path)


@contextmanager
def _opened(entry: Entry, open_content: OpenContent) -> Iterator[Readable]:
    """The content of an entry, empty for all but files."""
    if entry.type is not EntryType.FILE or not entry.size:
        yield NOTHING
        return
    content = open_content(entry)
    try:
        yield content
    finally:
        if isinstance(content, Closeable):
            content.close()
