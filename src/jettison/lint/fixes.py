"""Making fixes: edits on a text, everything else byte for byte."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

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
    made = []
    for finding, fix in candidates:
        new = [edit for edit in fix.edits if edit not in chosen]
        if not any(_touch(edit, other) for edit in new for other in chosen):
            chosen += new
            made.append(finding)
    for edit in sorted(chosen, key=lambda edit: edit.span.first, reverse=True):
        text = text[: edit.span.first] + edit.text + text[edit.span.last :]
    return Fixed(text=text, made=tuple(made))


def _touch(left: Edit, right: Edit) -> bool:
    """Whether two edits overlap, or insert at the same place."""
    if left.span.first == right.span.first:
        return True
    return left.span.first < right.span.last and right.span.first < left.span.last
