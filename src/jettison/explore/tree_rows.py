"""Which rows the tree of an image has: folders that are open, and what the filters let through. Pure.

A row is a path, the very text that the versions hold: however many there are, none is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from jettison.explore.comparison import Change, Comparison
from jettison.frozen import dataclass

ALL_CHANGES = frozenset(Change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folds:
    """Which folders are open: all or none, with exceptions."""

    all_open: bool = False
    exceptions: frozenset[str] = frozenset()

    def is_open(self, path: str) -> bool:
        """Whether what is in the folder is shown."""
        return self.all_open != (path in self.exceptions)

    def toggle(self, *paths: str) -> Folds:
        """The folders open where they were closed, and the other way round."""
        return Folds(all_open=self.all_open, exceptions=self.exceptions.symmetric_difference(paths))


def matcher(text: str) -> Callable[[str], object]:
    """Whether a path matches what the user typed: a regular expression found anywhere, or else that very text.

    Small letters mean capital ones too.
    """
    while text.startswith(".*") and text[2:3] not in ("*", "+", "?", "{"):
        text = text[2:]  # found anywhere it means nothing, and takes long
    flags = re.IGNORECASE if text == text.lower() else re.NOFLAG
    try:
        return re.compile(text, flags).search
    except (re.error, OverflowError, RecursionError):
        return re.compile(re.escape(text), flags).search


def wanted_paths(
    comparison: Comparison, candidates: Iterable[str], shown: Collection[Change], *, otherwise: Change | None = None
) -> set[str]:
    """Those candidates that have one of the changes, and the folders above them.

    What is in neither tree counts as ``otherwise``; None: it is left out.
    """
    wanted: set[str] = set()
    for path in candidates:
        if (comparison.change(path) or otherwise) in shown:
            wanted.add(path)
            above = path.rpartition("/")[0]
            while above not in wanted:
                wanted.add(above)
                above = above.rpartition("/")[0]
    return wanted


def tree_rows(
    comparison: Comparison,
    folds: Folds,
    *,
    shown: frozenset[Change] = ALL_CHANGES,
    wanted: Collection[str] | None = None,
) -> list[str]:
    """The paths of the tree's rows, from the top down.

    ``wanted`` says which paths are shown, folders above included; None: all that have, or hold, one of the changes.
    """
    versions = comparison.versions
    rows: list[str] = []
    pending = list(reversed(versions.children("")))
    while pending:
        path = pending.pop()
        if path not in wanted if wanted is not None else not comparison.holds(path, shown):
            continue
        rows.append(path)
        if versions.has_children(path) and folds.is_open(path):
            pending.extend(reversed(versions.children(path)))
    return rows
