"""The tree that a stack of layers makes, entry by entry."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import compress, repeat

from jettison.layer.hard_links import Heir, final_target, links_of, release
from jettison.layer.index import LayerIndex
from jettison.layer.layer_table import LayerTable, layer_table
from jettison.layer.stack import Applied, Stack
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree

_LINK = EntryType.HARDLINK
_FEW = 16
"""For up to so many folders, looking at every path once is quicker than sorting them all."""


def merge_layers(indexes: Sequence[LayerIndex], on: Tree | None = None, first: int = 0) -> Tree:
    """The tree of a stack of layers, the lowest first and numbered from ``first`` on; ``on`` lies below them all, and
    is not changed.
    """
    stack = EntryStack(on)
    for number, index in enumerate(indexes, first):
        stack.put_layer(layer_table(index.entries), number)
    return stack.tree()


def apply_layer(tree: Tree, entries: Iterable[Entry], number: int) -> Tree:
    """The tree with one more layer on top, as layer ``number``; ``tree`` itself is not changed."""
    stack = EntryStack(tree)
    stack.put_layer(layer_table(entries), number)
    return stack.tree()


class EntryStack(Stack[Entry]):
    """A tree of entries under construction, on top of one that is not changed."""

    def __init__(self, tree: Tree | None = None) -> None:
        self.table = {} if tree is None else dict(tree.entries)
        super().__init__(self.table, links_of(self.table.values()))
        self.numbers = {} if tree is None else dict(tree.layer_numbers)

    def tree(self) -> Tree:
        """What the layers show so far; not to be used after the next one is put on top."""
        return Tree(entries=self.table, layer_numbers=self.numbers)

    def put_layer(self, layer: LayerTable[Entry], number: int) -> Applied[Entry]:
        """The same as :meth:`put`, of a layer that has a number."""
        applied = self.put(layer)
        for path in applied.gone:
            self.numbers.pop(path, None)
        self.numbers.update(dict.fromkeys(applied.placed, number))
        return applied

    def _is_folder(self, entry: Entry) -> bool:
        return entry.type is EntryType.DIRECTORY

    def _is_file(self, entry: Entry) -> bool:
        return entry.type is EntryType.FILE

    def _links_in(self, new: dict[str, Entry]) -> dict[str, str]:
        def link_of(path: str) -> str | None:
            entry = new.get(path) or self.entries.get(path)
            return None if entry is None or entry.type is not _LINK else entry.link

        found = {path: final_target(entry.link, link_of) for path, entry in new.items() if entry.type is _LINK}
        for path, target in found.items():
            new[path] = new[path]._replace(link=target)
        return found

    def _release(self, gone: set[str]) -> list[Heir]:
        heirs = release(self.table, self.links, gone)
        for heir in heirs:
            self.numbers[heir.path] = self.numbers.get(heir.target, 0)
        return heirs

    def _overlap(self, layer: LayerTable[Entry]) -> Iterable[tuple[str, Entry]]:
        return [(path, self.table[path]) for path in layer.entries.keys() & self.table.keys()]

    def _below(self, tops: Iterable[str]) -> Iterable[tuple[str, Entry]]:
        tops = [*tops]
        found: Iterable[str]
        if "" in tops:
            found = filter(None, self.table)
        elif len(tops) <= _FEW:
            below = tuple(f"{top}/" for top in tops)
            found = compress(self.table, map(str.startswith, self.table, repeat(below))) if tops else ()
        else:
            ordered = sorted(self.table)
            spans = ((bisect_left(ordered, f"{top}/"), bisect_left(ordered, f"{top}0")) for top in tops)
            found = (path for start, end in spans for path in ordered[start:end])
        return [(path, self.table[path]) for path in found]

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            del self.table[path]

    def _add(self, layer: LayerTable[Entry]) -> None:
        self.table.update(layer.entries)
