"""Every path of an image with all that its layers made of it, so that the tree after any layer can be looked at.

Only what a layer changes is kept, not a tree for each layer; folders know by how much each layer changes what is in
them. So a path, or a folder with all that is below it, is answered for without a walk. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from jettison.frozen import dataclass, field
from jettison.layer.index import LayerIndex
from jettison.layer.layer_table import layer_table
from jettison.layer.merge import EntryStack
from jettison.layer.stack import Applied
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import ROOT, Tree
from jettison.tuples import NamedTuple


class Version(NamedTuple):
    """A path as one layer left it."""

    entry: Entry | None
    """None: deleted."""
    layer: int
    source: int
    """The layer that holds the content of a file; of a hard link that became the file, a lower one."""
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
    _below: list[dict[str, Sums]] = field(default_factory=list)
    """Of each layer, by how much it changes what is below a folder."""
    _children: dict[str, list[str]] = field(default_factory=dict)
    _sorted: set[str] = field(default_factory=set)

    @property
    def layers(self) -> int:
        """How many there are."""
        return len(self.touched)

    def add(self, number: int, stack: EntryStack, applied: Applied[Entry]) -> None:
        """Take note of what a layer did, right after it was put on the stack; the layers come from the lowest up."""
        newest, children, placed = self.newest, self._children, applied.placed
        changed = [path for path in applied.gone if path not in placed]
        for path in changed:
            newest[path] = Version(None, number, number, newest[path])
        for path in chain(placed, applied.relinked):
            entry = stack.entries[path]
            before = newest.get(path)
            if before is None and path:
                children.setdefault(path.rpartition("/")[0], []).append(path)
            is_same = before is not None and (path not in placed or _is_named_again(before, entry))
            newest[path] = Version(entry, number, stack.numbers[path], before, is_same)
            changed.append(path)
        self.touched.append(changed)
        self._below.append(_sums(newest, changed))

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
        return version.entry

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
            if version is None or version.entry is None:
                return False
            entries[path] = version.entry
            sources[path] = version.source
            return True

        pending = [path]
        while pending:
            current = pending.pop()
            if take(current) or current == "":
                pending += self._children.get(current, ())
        for entry in [entry for entry in entries.values() if entry.type is EntryType.HARDLINK]:
            take(entry.link)
        return Tree(entries=entries, layer_numbers=sources)

    def _order(self, path: str) -> tuple[bool, bytes]:
        entry = self._last_entry(path)
        is_folder = entry is not None and entry.type is EntryType.DIRECTORY
        return not is_folder, path.encode("utf-8", "surrogateescape")

    def _last_entry(self, path: str) -> Entry | None:
        version = self.newest.get(path)
        while version is not None and version.entry is None:
            version = version.before
        return version.entry if version is not None else None


def read_versions(indexes: Sequence[LayerIndex]) -> Versions:
    """The versions of all paths of a stack of layers, the lowest first."""
    versions = Versions()
    stack = EntryStack()
    for number, index in enumerate(indexes):
        versions.add(number, stack, stack.put_layer(layer_table(index.entries), number))
    return versions


def _is_named_again(before: Version, entry: Entry) -> bool:
    """Whether a layer merely names a folder, as it must to put something into it; its time does not count."""
    old = before.entry
    if old is None or old.type is not EntryType.DIRECTORY:
        return False
    return (old.mode, old.uid, old.gid, old.xattrs) == (entry.mode, entry.uid, entry.gid, entry.xattrs)


def _sums(newest: Mapping[str, Version], changed: Iterable[str]) -> dict[str, Sums]:
    """By how much the newest versions of these paths change what is below the folders above them."""
    differences: list[tuple[str, tuple[int, int]]] = []
    for path in changed:
        entry, _, _, before, _ = newest[path]
        old = before.entry if before is not None else None
        size_bytes = (entry.size if entry is not None else 0) - (old.size if old is not None else 0)
        entries = (entry is not None) - (old is not None)
        if path and (size_bytes or entries):
            differences.append((path, (size_bytes, entries)))
    return {path: Sums(*sums) for path, sums in sum_up(differences, 2).items()}


def sum_up(values: Iterable[tuple[str, Sequence[int]]], width: int) -> Mapping[str, Sequence[int]]:
    """For every folder above these paths, the sums of the values below it; the root's too."""
    direct: dict[str, list[int]] = {}
    for path, numbers in values:
        _add(direct, path.rpartition("/")[0], numbers, width)
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
