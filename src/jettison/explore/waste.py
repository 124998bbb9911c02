"""The bytes of an image that nobody sees in the end, or that no program needs, by path and by cause. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from heapq import nsmallest

from jettison.analyze.attribution import Attribution, Fate, Wasted
from jettison.analyze.kinds import KINDS
from jettison.analyze.places import SUFFIXES, Places
from jettison.layer.rows import FILE
from jettison.tuples import NamedTuple

ANY = "wasted"
"""The name of all causes why nobody sees a content."""
_ENDS = tuple(f".{suffix}" for suffix in SUFFIXES)
_LONGEST = -max(map(len, _ENDS))
FATES: dict[Fate, str] = {
    Fate.DELETED: "deleted later",
    Fate.OVERWRITTEN: "overwritten later",
    Fate.COPIED_UP: "copied up later",
    Fate.REPEATED: "repeated later",
}
"""For people. Copied up: for a change of mode, owner or time alone."""


class Cause(NamedTuple):
    """Why bytes are ballast."""

    name: str
    title: str
    size_bytes: int
    files: int


class Costly(NamedTuple):
    """A path that wastes bytes."""

    path: str
    size_bytes: int
    times: int
    """In how many layers it lies in vain."""


class Waste:
    """What is ballast of an image."""

    def __init__(self, attribution: Attribution) -> None:
        self._tree = attribution.tree
        self._by_path: dict[str, list[Wasted]] = {}
        for wasted in attribution.wasted:
            if wasted.size_bytes:
                self._by_path.setdefault(wasted.path, []).append(wasted)

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """The causes that there are: why contents are not seen, the largest first; then what visible files are by the
        place where they lie, the same.
        """
        fates = _Counted()
        for several in self._by_path.values():
            for wasted in several:
                fates.add(wasted.fate, FATES[wasted.fate], wasted.size_bytes)
        kinds = _Counted()
        sizes, places = self._tree.rows.sizes, self._tree.places
        for path, kind in self._kinds.items():
            kinds.add(kind, KINDS[kind].title, sizes[places[path]])
        lost = fates.largest_first()
        if not lost:
            return kinds.largest_first()
        whole = Cause(ANY, "wasted", sum(cause.size_bytes for cause in lost), sum(cause.files for cause in lost))
        return (whole, *lost, *kinds.largest_first())

    def title(self, name: str) -> str:
        """What people call a cause."""
        return next((cause.title for cause in self.causes if cause.name == name), name)

    def of(self, path: str) -> list[Wasted]:
        """What a path wastes, the lowest layer first."""
        return self._by_path.get(path, [])

    def paths(self, name: str, layers: range) -> Iterator[str]:
        """The paths that are ballast for that cause, and whose bytes lie in one of the layers or were lost by it."""
        for path, several in self._by_path.items():
            for wasted in several:
                if name in (ANY, wasted.fate) and (wasted.layer in layers or wasted.by in layers):
                    yield path
                    break
        if name in KINDS:
            numbers = self._tree.layer_numbers
            yield from (path for path, kind in self._kinds.items() if kind == name and numbers[path] in layers)

    def most_costly(self, number: int) -> list[Costly]:
        """The paths that waste most."""
        costly = (
            Costly(path, sum(wasted.size_bytes for wasted in several), len(several))
            for path, several in self._by_path.items()
        )
        return nsmallest(number, costly, key=lambda each: (-each.size_bytes, each.path))

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """Path -> name of the kind of ballast that a visible file is."""
        places = Places()
        kinds: dict[str, str] = {}
        shown, rows = self._tree.shown, self._tree.rows
        types, sizes = rows.types, rows.sizes
        last, of_folder = "", places.of_folder("").kind
        for path, row in zip(shown.paths, shown.rows, strict=True):
            if sizes[row] and types[row] == FILE:
                folder = path.rpartition("/")[0]
                if folder != last:  # most follow others of their folder
                    last, of_folder = folder, places.of_folder(folder).kind
                if of_folder:
                    kinds[path] = of_folder
                elif path[_LONGEST:].lower().endswith(_ENDS):
                    kinds[path] = SUFFIXES[path.rpartition(".")[2].lower()]
        return kinds


class _Counted:
    """Bytes and files by cause."""

    def __init__(self) -> None:
        self._causes: dict[str, Cause] = {}

    def add(self, name: str, title: str, size_bytes: int) -> None:
        """One file more."""
        known = self._causes.get(name, Cause(name, title, 0, 0))
        self._causes[name] = Cause(name, title, known.size_bytes + size_bytes, known.files + 1)

    def largest_first(self) -> tuple[Cause, ...]:
        """All of them."""
        return tuple(sorted(self._causes.values(), key=lambda cause: (-cause.size_bytes, cause.name)))
