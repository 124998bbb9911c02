"""Every path of an image with all that its layers made of it, so that the tree after any layer can be looked at.

Only what a layer changes is kept, not a tree for each layer; folders know by how much each layer changes what is in
them. So a path, or a folder with all that is below it, is answered for without a walk. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat

from jettison.analyze.attribution import Attribution, stack_layers
from jettison.frozen import dataclass, field
from jettison.layer.index import LayerIndex
from jettison.layer.row_stack import RowStack, RowTable
from jettison.layer.rows import FOLDER, Rows
from jettison.layer.stack import Applied
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import ROOT, Tree
from jettison.tuples import NamedTuple

GONE = -1
"""The row of what is deleted."""


class Version(NamedTuple):
    """A path as one layer left it."""

    row: int
    """What it is among the rows of all layers; ``GONE``."""
    layer: int
    before: Version | None
    is_same: bool = False
    """Nothing that people see is changed: a folder is named again, the file of a hard link has another name now."""

    @property
    def origin(self) -> Version:
        """The version that this one is the same as."""
        version = self
        while version.is_same and version.before is not None:
            version = version.before
        return version


_VERSION: Callable[[tuple[int, int, Version | None, bool]], Version] = partial(tuple.__new__, Version)
"""Makes one in half of the time: there may be a million."""


class Sums(NamedTuple):
    """What is below a folder."""

    size_bytes: int = 0
    entries: int = 0


@dataclass(slots=True)
class Versions:
    """The paths of all layers."""

    newest: dict[str, Version] = field(default_factory=dict)
    touched: list[list[str]] = field(default_factory=list)
    """Of each layer the paths that have a version of it."""
    _rows: Rows = field(default_factory=Rows)
    _links: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of hard links, by path and layer of the version: the path of the file that they mean."""
    _below: list[dict[str, Sums]] = field(default_factory=list)
    """Of each layer, by how much it changes what is below a folder."""
    _children: dict[str, list[str]] = field(default_factory=dict)
    _sorted: set[str] = field(default_factory=set)

    @property
    def layers(self) -> int:
        """How many there are."""
        return len(self.touched)

    def add(self, number: int, stack: RowStack, table: RowTable, applied: Applied[int]) -> None:
        """Take note of what a layer did, right after it was put on the stack; the layers come from the lowest up."""
        rows, newest = stack.rows, self.newest
        self._rows = rows
        noting = _Noting(self, number)
        for path, row in applied.gone.items():
            if path not in applied.placed:
                noting.note(path, GONE, before=newest[path], was=row)
        for folder, run in table.runs:
            paths = rows.paths[run.start : run.stop]
            if "" in paths or any(map(newest.__contains__, paths)):
                for path, row in zip(paths, run, strict=True):
                    before = newest.get(path)
                    noting.note(
                        path, row, before=before, is_same=before is not None and self._is_named_again(before, row)
                    )
            else:
                noting.note_new(folder, paths, run)
        for path in table.implied:
            if path in table.entries:
                noting.note(path, table.entries[path], before=newest.get(path))
        for path in applied.relinked:
            noting.note(path, stack.entries[path], before=newest[path], is_same=True)
        if stack.links:
            for path in noting.touched:
                target = stack.links.get(path)
                if target is not None:
                    self._links[path, number] = target
        self.touched.append(noting.touched)
        self._below.append({path: Sums(*sums) for path, sums in summed_up(noting.sums, 2).items()})

    def _is_named_again(self, before: Version, row: int) -> bool:
        """Whether a layer merely names a folder, as it must to put something into it; its time does not count."""
        old = before.row
        return old != GONE and self._rows.types[old] == FOLDER and not self._rows.is_changed(old, row, times=False)

    def at(self, path: str, layer: int) -> Version | None:
        """The version of a path when the layers up to this one lie on each other; below the lowest layer is nothing."""
        version = self.newest.get(path)
        while version is not None and version.layer > layer:
            version = version.before
        return version

    def entry(self, path: str, layer: int) -> Entry | None:
        """The entry of a path when the layers up to this one lie on each other."""
        version = self.at(path, layer)
        if version is None:
            return ROOT if path == "" else None
        return self.entry_of(path, version)

    def entry_of(self, path: str, version: Version) -> Entry | None:
        """The entry that a version of a path has; None where it is deleted."""
        if version.row == GONE:
            return None
        entry = self._rows.entry(version.row)
        if entry.type is EntryType.HARDLINK:
            return entry._replace(link=self._links.get((path, version.layer), entry.link))
        return entry

    def source_of(self, version: Version) -> int:
        """The layer that holds the content of a file; of a hard link that became the file, a lower one."""
        return version.layer if version.row == GONE else self._rows.layer(version.row)

    def children(self, path: str) -> Sequence[str]:
        """The paths right below a folder in any layer: folders first, each kind in the byte order of names."""
        found = self._children.get(path, [])
        if path not in self._sorted:
            found.sort(key=self._order)
            self._sorted.add(path)
        return found

    def has_children(self, path: str) -> bool:
        """Whether any layer has something below it."""
        return path in self._children

    def below(self, path: str, layer: int) -> Sums:
        """What is below a folder when the layers up to this one lie on each other; deleted files do not count."""
        size_bytes = entries = 0
        for each in self._below[: layer + 1]:
            sums = each.get(path)
            if sums is not None:
                size_bytes += sums.size_bytes
                entries += sums.entries
        return Sums(size_bytes, entries)

    def subtree(self, path: str, layer: int) -> Tree:
        """A path, what is below it, and the files that hard links in it mean, as they were after that layer."""
        entries: dict[str, Entry] = {}
        sources: dict[str, int] = {}

        def take(path: str) -> bool:
            version = self.at(path, layer)
            entry = None if version is None else self.entry_of(path, version)
            if version is None or entry is None:
                return False
            entries[path] = entry
            sources[path] = self.source_of(version)
            return True

        pending = [path]
        while pending:
            current = pending.pop()
            if take(current) or current == "":
                pending += self._children.get(current, ())
        for entry in [entry for entry in entries.values() if entry.type is EntryType.HARDLINK]:
            take(entry.link)
        return Tree(entries=entries, layer_numbers=sources)

    def note_children(self, folder: str, paths: Iterable[str]) -> None:
        """Remember what lies in a folder, each path once."""
        self._children.setdefault(folder, []).extend(paths)

    def size(self, row: int) -> int:
        """The bytes of the content."""
        return self._rows.sizes[row]

    def sizes(self, rows: range) -> int:
        """The bytes of their contents together."""
        return sum(self._rows.sizes[rows.start : rows.stop])

    def is_folder(self, version: Version) -> bool:
        """Whether a version that is not deleted is a folder."""
        return self._rows.types[version.row] == FOLDER

    def _order(self, path: str) -> tuple[bool, bytes]:
        version = self.newest.get(path)
        while version is not None and version.row == GONE:
            version = version.before
        is_folder = version is not None and self.is_folder(version)
        return not is_folder, path.encode("utf-8", "surrogateescape")


class _Noting:
    """What one layer did, path by path, or folder by folder where it is the first to speak of what lies in it."""

    def __init__(self, versions: Versions, number: int) -> None:
        self._versions = versions
        self._number = number
        self.touched: list[str] = []
        self.sums: dict[str, list[int]] = {}
        """By how much the layer changes what lies directly in a folder."""

    def note(
        self, path: str, row: int, *, before: Version | None, is_same: bool = False, was: int | None = None
    ) -> None:
        """One version; ``was`` is the row that is gone."""
        versions = self._versions
        old = GONE if before is None else before.row
        if before is None and path:
            versions.note_children(path.rpartition("/")[0], (path,))
        versions.newest[path] = _VERSION((row, self._number, before, is_same))
        self.touched.append(path)
        size_bytes = (0 if row == GONE else versions.size(row)) - (0 if old == GONE else versions.size(old))
        entries = (row != GONE) - (old != GONE)
        if path and (size_bytes or entries):
            _add(self.sums, path.rpartition("/")[0], (size_bytes, entries), 2)

    def note_new(self, folder: str, paths: Sequence[str], rows: range) -> None:
        """The first versions of paths that lie in one folder."""
        versions = self._versions
        made = map(_VERSION, zip(rows, repeat(self._number), repeat(None), repeat(object=False)))
        versions.newest.update(zip(paths, made, strict=False))
        versions.note_children(folder, paths)
        self.touched += paths
        _add(self.sums, folder, (versions.sizes(rows), len(paths)), 2)


class ReadLayers(NamedTuple):
    """What a stack of layers comes to, read once."""

    versions: Versions
    attribution: Attribution


def read_layers(indexes: Sequence[LayerIndex]) -> ReadLayers:
    """The versions of all paths of a stack of layers, the lowest first, and what of it is seen."""
    versions = Versions()
    stacked = stack_layers(indexes, versions.add)
    return ReadLayers(versions, stacked.attribute())


def summed_up(direct: dict[str, list[int]], width: int) -> Mapping[str, Sequence[int]]:
    """For every folder the sums of the values below it, and for the root, given the sums of what lies directly in each,
    which are used up by it.
    """
    by_depth: dict[int, list[str]] = {}
    for path in direct:
        by_depth.setdefault(_depth(path), []).append(path)
    for depth in range(max(by_depth, default=0), 0, -1):
        for path in by_depth.get(depth, ()):
            parent = path.rpartition("/")[0]
            if parent not in direct:
                by_depth.setdefault(depth - 1, []).append(parent)
            _add(direct, parent, direct[path], width)
    return direct


def _add(sums: dict[str, list[int]], path: str, numbers: Sequence[int], width: int) -> None:
    known = sums.get(path)
    if known is None:
        sums[path] = list(numbers)
    else:
        for position in range(width):
            known[position] += numbers[position]


def _depth(path: str) -> int:
    return path.count("/") + 1 if path else 0


def parents(path: str) -> Iterator[str]:
    """The folders above a path, the nearest first; the root, ``""``, is the last."""
    while path:
        path = path.rpartition("/")[0]
        yield path
