"""``--filter KEY=VALUE``, and the patterns in its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from jettison.cli.parser import nearest
from jettison.errors import UsageError
from jettison.model.reference import Reference

Filters = Mapping[str, Sequence[str]]
"""Key -> the values given for it, of which one has to fit."""


def parse_filters(texts: Iterable[str], known: Sequence[str]) -> Filters:
    """The filters by key. Raises :class:`UsageError` for what is no filter and for keys that the command lacks."""
    filters: dict[str, list[str]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"invalid filter {text!r}: expected KEY=VALUE", hint=f"the keys are {', '.join(known)}")
        if key not in known:
            raise UsageError(
                f"invalid filter {key!r}: the keys are {', '.join(known)}", hint=nearest(key, known, "") or None
            )
        filters.setdefault(key, []).append(value)
    return filters


def parse_truth(filters: Filters, key: str) -> bool | None:
    """The value of a filter that is true or false; None where it is not given."""
    values = filters.get(key)
    if not values:
        return None
    words = {"true": True, "1": True, "false": False, "0": False}
    if values[-1] not in words:
        raise UsageError(f"invalid filter '{key}={values[-1]}': expected true or false")
    return words[values[-1]]


def matches_reference(pattern: str, reference: Reference) -> bool:
    """Docker's rule: the pattern fits the familiar name, with tag or without; ``*`` stops at a slash."""
    return any(
        _matches_path(pattern, name)
        for name in (reference.familiar(), reference.familiar_repository, str(reference), reference.repository)
    )


def matches_labels(wanted: Iterable[str], labels: Mapping[str, str]) -> bool:
    """Every wanted label, ``KEY`` or ``KEY=VALUE``, is there."""
    for text in wanted:
        key, equals, value = text.partition("=")
        if key not in labels or (equals and labels[key] != value):
            return False
    return True


def _matches_path(pattern: str, name: str) -> bool:
    patterns, parts = pattern.replace("[^", "[!").split("/"), name.split("/")
    return len(patterns) == len(parts) and all(map(fnmatchcase, parts, patterns))
