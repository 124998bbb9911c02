"""Layers on top of each other: the tree that a stack of layers makes.

What overlayfs shows of the unpacked layers is what these functions compute (OCI image-spec, layer.md): whiteouts and
opaque markers reach only the layers below; a directory over a directory takes the upper's metadata and keeps the
lower's children; anything else replaces what was there. A parent that a layer does not name is kept where it is a
directory, made otherwise.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from jettison.frozen import dataclass, field
from jettison.layer.hard_links import Heir, final_target, links_of, release
from jettison.layer.index import LayerIndex
from jettison.layer.layer_table import LayerTable, layer_table
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.tuples import NamedTuple

_LINK = EntryType.HARDLINK
_FEW = 16
"""For up to so many folders, looking at every path once is quicker than sorting them all."""


def merge_layers(indexes: Sequence[LayerIndex]) -> Tree:
    """The tree of a stack of layers, the lowest first."""
    stack = Stack()
    for number, index in enumerate(indexes):
        stack.apply(layer_table(index.entries), number)
    return stack.tree()


def apply_layer(tree: Tree, entries: Iterable[Entry], number: int) -> Tree:
    """The tree with one more layer on top, as layer ``number``; ``tree`` itself is not changed."""
    stack = Stack(entries=dict(tree.entries), numbers=dict(tree.layer_numbers), links=links_of(tree.entries.values()))
    stack.apply(layer_table(entries), number)
    return stack.tree()


class Lost(NamedTuple):
    """A file whose content no name of the tree leads to any more, since a layer was put on top."""

    entry: Entry
    number: int
    """The layer that holds its content."""


_LOST: Callable[[tuple[Entry, int]], Lost] = partial(tuple.__new__, Lost)
"""Makes one in half of the time: ``rm -rf`` may lose a hundred thousand."""


class Applied(NamedTuple):
    """What a layer did to the tree below it."""

    placed: Collection[str]
    """The paths that it says something of, deletions apart."""
    gone: Mapping[str, Entry]
    """What was at the paths that it deletes or takes the place of; ``placed`` has those that it fills again."""
    relinked: tuple[str, ...]
    """Hard links to names that went: the first of them is the file now, the others mean that one."""
    lost: list[Lost]


def _links_in(new: Mapping[str, Entry], below: Mapping[str, Entry]) -> dict[str, str]:
    return {path: final_target(entry, new, below) for path, entry in new.items() if entry.type is _LINK}


@dataclass(slots=True)
class Stack:
    """A tree under construction."""

    entries: dict[str, Entry] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    """The hard links of ``entries``: path -> path of the file."""

    def tree(self) -> Tree:
        """What the layers show so far; not to be used after the next one is put on top."""
        return Tree(entries=self.entries, layer_numbers=self.numbers)

    def apply(self, layer: LayerTable, number: int) -> list[Lost]:
        """Put a layer on top, whose table is used up by it; the files that it deletes or takes the place of."""
        return self.put(layer, number).lost

    def put(self, layer: LayerTable, number: int) -> Applied:
        """Put a layer on top, whose table is used up by it; all that it did."""
        new = layer.entries
        replaced = [path for path in new.keys() & self.entries.keys() if self._replaces(path, new[path])]
        gone = self._with_children([*layer.whiteouts, *replaced], layer.opaques)
        kept = {path for path in layer.implied if path in self.entries and path not in gone}
        new_links = _links_in(new, self.entries) if layer.has_links else {}
        inherited: set[str] = set()
        heirs = release(self.entries, self.links, gone) if self.links else []
        for heir in heirs:
            self.numbers[heir.path] = self.numbers.get(heir.target, 0)
            inherited.add(heir.target)
        removed: dict[str, Entry] = {}
        lost: list[Lost] = []
        for path in sorted(gone):  # one order on every run: the page of an image follows it
            removed[path] = entry = self.entries.pop(path)
            below = self.numbers.pop(path, 0)
            if entry.type is EntryType.FILE and path not in inherited:
                lost.append(_LOST((entry, below)))
        for path in kept:
            del new[path]
        for path, target in new_links.items():
            new[path] = new[path]._replace(link=target)
        self.entries.update(new)
        self.numbers.update(dict.fromkeys(new, number))
        self.links.update(new_links)
        return Applied(new.keys(), removed, self._relinked(heirs), lost)

    def _relinked(self, heirs: Sequence[Heir]) -> tuple[str, ...]:
        if not heirs:
            return ()
        files = {heir.path for heir in heirs}
        return (*files, *(path for path, target in self.links.items() if target in files))

    def _replaces(self, path: str, entry: Entry) -> bool:
        """Whether the new entry takes the place of the lower one, children and all, instead of merging with it."""
        return not (entry.type is EntryType.DIRECTORY and self.entries[path].type is EntryType.DIRECTORY)

    def _with_children(self, paths: Iterable[str], opaques: Iterable[str]) -> set[str]:
        """Those of ``paths`` that exist, and all that lies in them or in ``opaques``."""
        gone = {path for path in paths if path in self.entries}
        tops = [path for path in gone if self.entries[path].type is EntryType.DIRECTORY]
        tops += opaques
        if not tops:
            return gone
        if len(tops) <= _FEW and "" not in tops:
            below = tuple(f"{top}/" for top in tops)
            gone.update([path for path in self.entries if path.startswith(below)])
            return gone
        ordered = sorted(self.entries)
        for top in tops:
            if top == "":
                gone.update(path for path in ordered if path)
            else:
                gone.update(ordered[bisect_left(ordered, f"{top}/") : bisect_left(ordered, f"{top}0")])
        return gone
