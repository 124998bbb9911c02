"""The nearest of some names to what somebody wrote."""

from __future__ import annotations

from collections.abc import Iterable

_MAX_DISTANCE = 2
_MAX_LENGTH = 40


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The name that ``text`` most probably means, None where nothing is near; letter case does not count.

    Near means: at most two letters put in, left out, changed or swapped, and no more than half of those that it has.
    """
    wanted = text.lower()
    if len(wanted) > _MAX_LENGTH:
        return None
    best: tuple[int, str] | None = None
    for name in names:
        distance = _distance(wanted, name.lower())
        if 0 < distance <= min(_MAX_DISTANCE, len(name) // 2) and (best is None or distance < best[0]):
            best = distance, name
    return best[1] if best else None


def did_you_mean(text: str, names: Iterable[str], prefix: str = "") -> str | None:
    """The hint that names the nearest name."""
    name = nearest(text, names)
    return f"did you mean {prefix}{name}?" if name else None


def _distance(left: str, right: str) -> int:
    """Edits between two texts, a swap of neighbours counting as one (Damerau's restricted distance)."""
    if abs(len(left) - len(right)) > _MAX_DISTANCE:
        return _MAX_DISTANCE + 1
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]
