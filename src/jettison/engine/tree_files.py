"""The files of a stack of layers: their merged tree, and the content of each, wherever the layers lie."""

from __future__ import annotations

from collections.abc import Callable

from jettison.engine.slices import Content, Slice, StreamSlice
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree

OpenInLayer = Callable[[int, Entry], Content]
"""Opens the content of a FILE entry of the layer at that position, the lowest being 0."""

_CHUNK_BYTES = 1 << 18


class TreeFiles:
    """The files that a container of the layers would see."""

    def __init__(self, tree: Tree, open_in_layer: OpenInLayer) -> None:
        self.tree = tree
        self._open_in_layer = open_in_layer

    def open(self, entry: Entry) -> Content:
        """The content of a file of the tree."""
        return self._open_in_layer(self.tree.layer_numbers[entry.path], entry)

    def read_at(self, entry: Entry, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes of a file of the tree, from ``offset`` on; fewer at its end."""
        with self.open(entry) as content:
            return read_part(content, offset, size)

    def read(self, path: str, limit_bytes: int) -> bytes:
        """The content of a small file, links followed inside the image; empty where it is none."""
        entry = self.tree.get(self.tree.resolve(path))
        if entry is None or entry.type not in (EntryType.FILE, EntryType.HARDLINK):
            return b""
        content = self.tree.content(entry)
        with self.open(content) as stream:
            return stream.read(min(limit_bytes, content.size))


def read_part(content: Content, offset: int, size: int) -> bytes:
    """Up to ``size`` bytes of an open content, from ``offset`` on; fewer at its end."""
    left = offset
    if isinstance(content, Slice | StreamSlice):
        content.skip(left)
        left = 0
    while left > 0 and (passed := content.read(min(left, _CHUNK_BYTES))):
        left -= len(passed)
    parts = []
    while size > 0 and (data := content.read(size)):
        parts.append(data)
        size -= len(data)
    return b"".join(parts)
