"""The bytes of an image that nobody sees in the end, by path and by cause. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from jettison.analyze.attribution import Attribution, Fate, Wasted

CAUSES: dict[Fate, str] = {
    Fate.DELETED: "deleted later",
    Fate.OVERWRITTEN: "overwritten later",
    Fate.COPIED_UP: "copied up later",
    Fate.REPEATED: "repeated later",
}
"""For people. Copied up: for a change of mode, owner or time alone."""


class Costly(NamedTuple):
    """A path that wastes bytes."""

    path: str
    size_bytes: int
    times: int
    """In how many layers it lies in vain."""


class Waste:
    """What is wasted of an image."""

    def __init__(self, attribution: Attribution) -> None:
        self._by_path: dict[str, list[Wasted]] = {}
        for wasted in attribution.wasted:
            if wasted.entry.size:
                self._by_path.setdefault(wasted.entry.path, []).append(wasted)

    def causes(self) -> tuple[Fate, ...]:
        """The causes that there are."""
        found = {wasted.fate for several in self._by_path.values() for wasted in several}
        return tuple(fate for fate in CAUSES if fate in found)

    def of(self, path: str) -> list[Wasted]:
        """What a path wastes, the lowest layer first."""
        return self._by_path.get(path, [])

    def paths(self, causes: Collection[Fate], layers: range) -> Iterator[str]:
        """The paths whose bytes are wasted for one of the causes, and lie in one of the layers or were lost by it."""
        for path, several in self._by_path.items():
            for wasted in several:
                if wasted.fate in causes and (wasted.layer in layers or wasted.by in layers):
                    yield path
                    break

    def most_costly(self, number: int) -> list[Costly]:
        """The paths that waste most."""
        costly = [
            Costly(path, sum(wasted.entry.size for wasted in several), len(several))
            for path, several in self._by_path.items()
        ]
        costly.sort(key=lambda each: (-each.size_bytes, each.path))
        return costly[:number]
