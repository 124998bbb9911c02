"""The name that BuildKit suggests for one that is not known (``util/suggest``).

Other than :mod:`jettison.text.suggest`, which hints at what we find likely, this is part of messages that are to be the
same: letter case counts, two swapped letters are two changes, and two changes are near enough for any name.
"""

from __future__ import annotations

from collections.abc import Iterable

_NEAR = 3
_MAX_LENGTH = 200
"""Longer names are nobody's misspelling, and take long to compare."""


def closest(name: str, options: Iterable[str]) -> str:
    """The first of the options with the fewest changes, fewer than three; empty where none is, or one is equal."""
    best, distance = "", _NEAR
    for option in options:
        if option == name:
            return ""
        changes = _distance(name, option, distance)
        if changes < distance:
            best, distance = option, changes
    return best


def _distance(left: str, right: str, limit: int) -> int:
    """Levenshtein's distance; anything from ``limit`` on is the same to us."""
    if abs(len(left) - len(right)) >= limit or len(left) > _MAX_LENGTH:
        return limit
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a != b)))
        if min(current) >= limit:
            return limit
        previous = current
    return previous[-1]
