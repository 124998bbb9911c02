"""A tree without its layers: as one plain directory, or as one tar (``-o type=local`` and ``-o type=tar``)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from jettison.layer.hard_links import walk_order
from jettison.layer.index import LayerIndex
from jettison.layer.stream import NOTHING, Readable, Sink
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.rootfs.unpack import Omission, Privileges, Unpacker

OpenContent = Callable[[Entry], AbstractContextManager[Readable]]
"""Opens the content of a FILE of the tree; what it returns is closed before the next is opened."""


def flatten_to_tar(tree: Tree, sink: Sink, open_content: OpenContent) -> LayerIndex:
    """Write all of a tree, but for its root, as one tar in the order of a walk, hard links last.

    Contents are checked against their digests.
    """
    writer = LayerWriter(sink)
    for entry in sorted(tree.entries.values(), key=_tar_order):
        if entry.type is EntryType.FILE and entry.size:
            with open_content(entry) as content:
                writer.add(entry, content)
        elif entry.path:
            writer.add(entry)
    return writer.finish()


def flatten_to_directory(
    tree: Tree, directory: Path, open_content: OpenContent, *, privileges: Privileges | None = None
) -> tuple[Omission, ...]:
    """Make all of a tree in ``directory``, which exists; files already there with the same names are replaced.

    Files are asked for in the order of their layers and offsets, so that each layer is read once from front to end.
    """
    numbers = tree.layer_numbers
    with Unpacker(directory, style=None, privileges=privileges) as unpacker:
        rank = {EntryType.DIRECTORY: 0, EntryType.HARDLINK: 2}

        def order(entry: Entry) -> tuple[int, int, int, bytes]:
            kind = rank.get(entry.type, 1)
            return kind, numbers.get(entry.path, 0) if kind else 0, abs(entry.offset), walk_order(entry.path)

        for entry in sorted(tree.entries.values(), key=order):
            if entry.type is EntryType.FILE and entry.size:
                with open_content(entry) as content:
                    unpacker.add(entry, content)
            else:
                unpacker.add(entry, NOTHING)
        return unpacker.finish()


def _tar_order(entry: Entry) -> tuple[bool, bytes]:
    return entry.type is EntryType.HARDLINK, walk_order(entry.path)
