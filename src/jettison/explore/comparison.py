"""What changed between two heights of a stack of layers: of each path, and of all that is below a folder. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import compress, repeat
from operator import is_, itemgetter

from jettison.enums import StrEnum
from jettison.explore.versions import GONE, Version, Versions, summed_up
from jettison.model.entry import Entry
from jettison.tuples import NamedTuple


class Change(StrEnum):
    """What became of a path."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    """Written once more, even if with the same content: it is stored twice."""
    UNMODIFIED = "unmodified"


class Tally(NamedTuple):
    """How many entries below a folder have changed, and how."""

    added: int = 0
    removed: int = 0
    modified: int = 0


_NO_CHANGE = Tally()
_UNITS = (Change.ADDED, Change.REMOVED, Change.MODIFIED)
"""In the order of a tally."""
_FIRST = itemgetter(0)


class Comparison:
    """The tree of the layers up to ``upper`` against that of the layers up to ``lower``, which may be -1: nothing."""

    def __init__(self, versions: Versions, lower: int, upper: int) -> None:
        self.versions = versions
        self.lower = lower
        self.upper = upper
        self._changes = dict(self._find_changes())
        counts: dict[str, list[int]] = {}
        for position, change in enumerate(_UNITS):
            changed = compress(self._changes, map(is_, self._changes.values(), repeat(change)))
            for folder, number in Counter(map(_FIRST, map(str.rpartition, changed, repeat("/")))).items():
                counts.setdefault(folder, [0] * len(_UNITS))[position] = number
        self._below = {path: Tally(*numbers) for path, numbers in summed_up(counts, len(_UNITS)).items()}

    def change(self, path: str) -> Change | None:
        """What became of exactly this path; None where it is in neither tree."""
        change = self._changes.get(path)
        if change is not None:
            return change
        version = self.versions.newest.get(path)  # as versions.at: this is asked of every path of a large image
        while version is not None and version.layer > self.upper:
            version = version.before
        return Change.UNMODIFIED if version is not None and version.row != GONE else None

    def shown_change(self, path: str) -> Change | None:
        """What a row says: as ``change``, but a folder is modified where something below it has changed."""
        change = self.change(path)
        return Change.MODIFIED if change is Change.UNMODIFIED and path in self._below else change

    def entry(self, path: str) -> Entry | None:
        """The entry as it is, or where it was removed, as it was."""
        version = self.version(path)
        return self.versions.entry(path, self.upper) if version is None else self.versions.entry_of(path, version)

    def version(self, path: str) -> Version | None:
        """The version whose entry is shown."""
        version = self.versions.at(path, self.upper)
        if version is not None and version.row == GONE:
            version = version.before
        return version

    def height(self, path: str) -> int:
        """The layer after which the shown entry was there: ``upper``, or for what was removed the last one before."""
        version = self.versions.at(path, self.upper)
        if version is not None and version.row == GONE:
            return version.layer - 1
        return self.upper

    def size_bytes(self, path: str) -> int:
        """The bytes of a file, or of all that is below a folder."""
        version = self.version(path)
        if version is None or self.versions.is_folder(version):
            return self.versions.below(path, self.height(path)).size_bytes
        return self.versions.size(version.row)

    def holds(self, path: str, shown: frozenset[Change]) -> bool:
        """Whether something of one of these changes is at the path or below it."""
        change = self.change(path)
        if change is not None and change in shown:
            return True
        if not self.versions.has_children(path):
            return False
        tally = self._below.get(path, _NO_CHANGE)
        if (
            (tally.added and Change.ADDED in shown)
            or (tally.removed and Change.REMOVED in shown)
            or (tally.modified and Change.MODIFIED in shown)
        ):
            return True
        if Change.UNMODIFIED not in shown:
            return False
        return self.versions.below(path, self.upper).entries > tally.added + tally.modified

    def changed_paths(self) -> Iterable[str]:
        """Every path with a change."""
        return self._changes.keys()

    def _find_changes(self) -> Iterator[tuple[str, Change]]:
        versions = self.versions
        newest = versions.newest
        seen: set[str] = set()
        several = self.upper - self.lower > 1
        for layer in range(self.lower + 1, self.upper + 1):
            for path in versions.touched[layer]:
                if newest[path].before is None:  # one layer alone speaks of it
                    yield path, Change.ADDED
                    continue
                if several:
                    if path in seen:
                        continue
                    seen.add(path)
                change = self._compare(path)
                if change is not None:
                    yield path, change

    def _compare(self, path: str) -> Change | None:
        """None where there is no difference."""
        new = self.versions.at(path, self.upper)
        old = self.versions.at(path, self.lower)
        exists = new is not None and new.row != GONE
        existed = old is not None and old.row != GONE
        if exists and not existed:
            return Change.ADDED
        if existed and not exists:
            return Change.REMOVED
        if new is None or old is None or not exists:
            return None
        return None if new.origin is old.origin else Change.MODIFIED
