"""Which lines differ between two texts, told as ``diff -u`` does; quick also where the texts have little in common.

Lines that each text has once are what a reader recognizes (patience diff): the longest run of them that is in the same
order on both sides divides the texts, and each part is divided likewise. Where no such line is left, the fewest lines
to take out and put in are looked for (Myers' greedy algorithm); where those are many, the part is said to be replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import Match, SequenceMatcher
from itertools import pairwise

_CONTEXT_LINES = 3
_EFFORT = 1 << 22
"""How many steps may be spent on that in all, a few seconds: nobody waits longer, whatever the texts hold."""
_EFFORT_ON_A_PART = 1 << 18
_MAX_DIVISIONS = 64
"""How often a part is divided again: texts made to be divided line by line do not keep anybody waiting."""

Block = tuple[int, int, int]
"""Where lines are equal: the first one in the old text, the first one in the new text, how many."""


def unified(old: Sequence[str], new: Sequence[str], old_title: str, new_title: str) -> Iterator[str]:
    """The lines of a unified difference, without their ends; none where the texts are equal."""
    for number, group in enumerate(_Matched(old, new).get_grouped_opcodes(_CONTEXT_LINES)):
        if not number:
            yield f"--- {old_title}"
            yield f"+++ {new_title}"
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@"
        for kind, start, stop, new_start, new_stop in group:
            if kind == "equal":
                yield from (f" {line}" for line in old[start:stop])
                continue
            yield from (f"-{line}" for line in old[start:stop])
            yield from (f"+{line}" for line in new[new_start:new_stop])


def matching_blocks(old: Sequence[str], new: Sequence[str]) -> tuple[Block, ...]:
    """Where lines are equal, in order; the last block is the end of both texts, and empty."""
    found: list[Block] = []
    parts = [(0, len(old), 0, len(new), _MAX_DIVISIONS)]
    effort = _EFFORT
    while parts:
        low, high, new_low, new_high, divisions = parts.pop()
        start = _same(old[low:high], new[new_low:new_high])
        if start:
            found.append((low, new_low, start))
            low, new_low = low + start, new_low + start
        end = _same(reversed(old[low:high]), reversed(new[new_low:new_high]))
        if end:
            high, new_high = high - end, new_high - end
            found.append((high, new_high, end))
        if low == high or new_low == new_high:
            continue
        anchors = _anchors(old[low:high], new[new_low:new_high]) if divisions else []
        if anchors:
            edges = [(low - 1, new_low - 1), *((low + at, new_low + to) for at, to in anchors), (high, new_high)]
            found += [(at, to, 1) for at, to in edges[1:-1]]
            parts += [
                (at + 1, next_at, to + 1, next_to, divisions - 1) for (at, to), (next_at, next_to) in pairwise(edges)
            ]
        else:
            blocks, spent = _few_edits(old[low:high], new[new_low:new_high], min(effort, _EFFORT_ON_A_PART))
            effort -= spent
            found += [(low + at, new_low + to, count) for at, to, count in blocks]
    return (*_joined(sorted(found)), (len(old), len(new), 0))


class _Matched(SequenceMatcher[str]):
    """difflib's grouping of changes, over blocks that were found otherwise."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, (), ())
        self._blocks = [Match(*block) for block in matching_blocks(old, new)]

    def get_matching_blocks(self) -> list[Match]:
        """What the grouping starts from."""
        return self._blocks


def _same(old: Iterable[str], new: Iterable[str]) -> int:
    """How many lines at the beginning are equal."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The longest run of lines that both have once, in the order of both; pairs of places."""
    once = {line for line, count in Counter(old).items() if count == 1}
    once &= {line for line, count in Counter(new).items() if count == 1}
    if not once:
        return []
    places = {line: place for place, line in enumerate(new) if line in once}
    tails: list[int] = []
    """The least place in ``new`` that a run of each length ends with."""
    ends: list[int] = []
    pairs = [(place, places[line]) for place, line in enumerate(old) if line in once]
    before = [-1] * len(pairs)
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(tails, place)
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [number]
        before[number] = ends[length - 1] if length else -1
    run: list[tuple[int, int]] = []
    number = ends[-1]
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]


def _few_edits(old: Sequence[str], new: Sequence[str], effort: int) -> tuple[list[Block], int]:
    """Where lines are equal if as few as possible are put in and taken out, last first, and the steps that it took.

    None are, where the effort does not suffice.
    """
    if set(old).isdisjoint(new):
        return [], 0
    furthest = {1: 0}
    """Of each diagonal (place in ``old`` less place in ``new``) how far in ``old`` the edits so far lead."""
    trail: list[dict[int, int]] = []
    """The same before each further edit."""
    spent = 0
    while spent <= effort:
        edits = len(trail)
        trail.append(furthest.copy())
        for diagonal in range(-edits, edits + 1, 2):
            at = start = _start(furthest, diagonal, _came_from(furthest, diagonal, edits))
            while at < len(old) and 0 <= at - diagonal < len(new) and old[at] == new[at - diagonal]:
                at += 1
            spent += 1 + at - start
            furthest[diagonal] = at
            if at >= len(old) and at - diagonal >= len(new):
                return _went_back(trail, at, diagonal), spent
    return [], spent


def _came_from(furthest: dict[int, int], diagonal: int, edits: int) -> int:
    """The diagonal from which the last of the edits leads to this one, as far as possible."""
    if diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]):
        return diagonal + 1
    return diagonal - 1


def _start(furthest: dict[int, int], diagonal: int, before: int) -> int:
    """Where that edit leads: a line put in stays at its place in ``old``, one taken out goes past it."""
    return furthest[before] + (before < diagonal)


def _went_back(trail: list[dict[int, int]], at: int, diagonal: int) -> list[Block]:
    """The equal lines on the way that led to a place."""
    blocks: list[Block] = []
    while trail:
        furthest = trail.pop()
        before = _came_from(furthest, diagonal, edits=len(trail))
        start = _start(furthest, diagonal, before)
        if at > start:
            blocks.append((start, start - diagonal, at - start))
        at, diagonal = furthest[before], before
    return blocks


def _joined(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks that follow each other on both sides as one."""
    start = new_start = size = 0
    for at, to, count in blocks:
        if (at, to) == (start + size, new_start + size):
            size += count
            continue
        if size:
            yield start, new_start, size
        start, new_start, size = at, to, count
    if size:
        yield start, new_start, size


def _span(start: int, stop: int) -> str:
    """The lines as a hunk's head tells them; an empty span is told by the line before it."""
    count = stop - start
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"
