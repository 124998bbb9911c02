"""Making fixes: edits on a text, everything else byte for byte."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Sequence

from jettison.frozen import dataclass
from jettison.lint.model import Applicability, Edit, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A text with fixes made."""

    text: str
    made: tuple[Finding, ...]
    """The findings that are mended."""


def apply_fixes(text: str, findings: Iterable[Finding], allowed: Collection[Applicability]) -> Fixed:
    """Make the fixes that are ``allowed``.

    A fix that touches what another one changes is left for the next round, as are the edits that belong to it; the one
    that begins first in the text is made.
    """
    candidates = [
        (finding, finding.fix) for finding in findings if finding.fix and finding.fix.applicability in allowed
    ]
    candidates.sort(key=lambda pair: min(edit.span.first for edit in pair[1].edits))
    chosen: list[Edit] = []
    """By place, none touching another."""
    made = []
    for finding, fix in candidates:
        places = [(bisect_left(chosen, edit.span.first, key=_first), edit) for edit in fix.edits]
        new = [edit for place, edit in places if chosen[place : place + 1] != [edit]]
        if not any(_touch(edit, other) for place, edit in places for other in _around(chosen, place) if edit != other):
            for edit in new:
                insort(chosen, edit, key=_first)
            made.append(finding)
    return Fixed(text=_edited(text, chosen), made=tuple(made))


def _edited(text: str, edits: Iterable[Edit]) -> str:
    parts, position = [], 0
    for edit in edits:
        parts += [text[position : edit.span.first], edit.text]
        position = edit.span.last
    return "".join([*parts, text[position:]])


def _first(edit: Edit) -> int:
    return edit.span.first


def _around(edits: Sequence[Edit], place: int) -> Sequence[Edit]:
    """The edits that one at this place could touch."""
    return edits[max(place - 1, 0) : place + 1]


def _touch(left: Edit, right: Edit) -> bool:
    """Whether two edits overlap, or insert at the same place."""
    if left.span.first == right.span.first:
        return True
    return left.span.first < right.span.last and right.span.first < left.span.last
