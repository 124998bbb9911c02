"""Which rows the tree of an image has: folders that are open, and what the filters let through. Pure.

A row is a path, the very text that the versions hold: however many there are, none is made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from jettison.explore.comparison import Change, Comparison
from jettison.explore.expression import Expression, NotAnExpressionError, TooCostlyError
from jettison.frozen import dataclass
from jettison.tuples import NamedTuple

ALL_CHANGES = frozenset(Change)
_SPECIAL = frozenset("\\.[](){}*+?^$|")


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


class Found(NamedTuple):
    """The paths that a filter lets through."""

    paths: list[str]
    as_text: bool
    """What was typed is no expression, or one that takes too long: that very text was looked for."""


def find_paths(text: str, paths: Iterable[str]) -> Found:
    """The paths in which a regular expression is found anywhere, or else that very text.

    Small letters mean capital ones too. However the expression is made, it is answered in time that grows with the
    paths alone.
    """
    lower = text == text.lower()
    paths = list(paths)
    if not _SPECIAL.isdisjoint(text):
        try:
            found_in = Expression(text).found_in
            return Found([path for path in paths if found_in(path.lower() if lower else path)], as_text=False)
        except (NotAnExpressionError, TooCostlyError):
            pass
    return Found([path for path in paths if text in (path.lower() if lower else path)], not _SPECIAL.isdisjoint(text))


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
    by_size: bool = False,
) -> list[str]:
    """The paths of the tree's rows, from the top down: in each folder by name, folders first, or the largest first.

    ``wanted`` says which paths are shown, folders above included; None: all that have, or hold, one of the changes.
    """
    versions = comparison.versions
    rows: list[str] = []
    pending: list[str] = []

    def look_into(folder: str) -> None:
        children = versions.children(folder)
        if by_size:
            children = sorted(children, key=lambda path: -comparison.size_bytes(path))
        pending.extend(reversed(children))

    look_into("")
    while pending:
        path = pending.pop()
        if path not in wanted if wanted is not None else not comparison.holds(path, shown):
            continue
        rows.append(path)
        if versions.has_children(path) and folds.is_open(path):
            look_into(path)
    return rows
