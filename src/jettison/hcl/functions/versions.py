"""``semvercmp``: whether a version satisfies a constraint, in the language of Masterminds/semver."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jettison.frozen import dataclass
from jettison.hcl.functions.interface import Function, FunctionError, text_of
from jettison.hcl.values import Value, boolean
from jettison.patterns import late_pattern

_PLACE = r"[0-9xX*]+"
_VERSION = late_pattern(
    r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?", re.ASCII
)
_PARTIAL = rf"v?({_PLACE})(?:\.({_PLACE}))?(?:\.({_PLACE}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
_CONSTRAINT = late_pattern(rf"\s*(=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*{_PARTIAL}\s*", re.ASCII)
_RANGE = late_pattern(r"\s*(\S+)\s+-\s+(\S+)\s*", re.ASCII)
_SPELLINGS = {"=>": ">=", "=<": "<=", "~>": "~", None: "="}

_Identifiers = tuple[tuple[bool, int, str], ...]


@dataclass(frozen=True, slots=True)
class _Version:
    numbers: tuple[int, int, int]
    prerelease: str

    def key(self) -> tuple[tuple[int, int, int], bool, _Identifiers]:
        """Sorts as semver 2.0 says: a prerelease before its release, numbers before words."""
        parts = tuple(
            (not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in self.prerelease.split(".")
        )
        return self.numbers, not self.prerelease, parts if self.prerelease else ()


@dataclass(frozen=True, slots=True)
class _Constraint:
    operator: str
    version: _Version
    known: int
    """How many of the three numbers are given."""

    def allows(self, version: _Version) -> bool:
        """Whether the version satisfies it; prereleases only where it has one itself."""
        key, bound = version.key(), self.version.key()
        if version.prerelease and not self.version.prerelease:
            return False
        same = version.numbers[: self.known] == self.version.numbers[: self.known]
        match self.operator:
            case "=":
                return (key == bound) if self.known == 3 else same
            case "!=":
                return (key != bound) if self.known == 3 else not same
            case ">":
                return key > bound if self.known == 3 else not same and key > bound
            case ">=":
                return key >= bound
            case "<":
                return key < bound
            case "<=":
                return key <= bound or (self.known < 3 and same)
            case "~":
                return key >= bound and (same if self.known < 3 else version.numbers[:2] == self.version.numbers[:2])
        return key >= bound and self._within_caret(version)

    def _within_caret(self, version: _Version) -> bool:
        """``^``: nothing left of the first number that is not 0 may change."""
        for place in range(self.known):
            if version.numbers[place] != self.version.numbers[place]:
                return False
            if self.version.numbers[place]:
                return True
        return True


def _parse_version(text: str) -> _Version:
    match = _VERSION.fullmatch(text)
    if match is None:
        raise FunctionError(f"invalid semantic version {text!r}", 0)
    return _Version((int(match[1]), int(match[2] or 0), int(match[3] or 0)), match[4] or "")


def _parse_constraints(text: str) -> list[_Constraint]:
    """Constraints that all have to hold, with commas or blanks between them."""
    if match := _RANGE.fullmatch(text):
        text = f">={match[1]} <={match[2]}"
    found = []
    for part in text.split(","):
        place = 0
        while place < len(part) or not part:
            match = _CONSTRAINT.match(part, place)
            if match is None:
                raise FunctionError(f"improper constraint {text!r}", 1)
            found.append(_constraint(match))
            place = match.end()
    return found


def _constraint(match: re.Match[str]) -> _Constraint:
    operator, *places, prerelease = match.groups()
    numbers = []
    for place in places:
        if place is None or not place.isdecimal():
            break
        numbers.append(int(place))
    known = len(numbers)
    padded = (*numbers, 0, 0, 0)[:3]
    operator = _SPELLINGS.get(operator, operator)
    if known == 0 and operator in ("=", "~", "^"):
        operator = ">="
    return _Constraint(operator, _Version((padded[0], padded[1], padded[2]), prerelease or ""), known)


def _compare(values: Sequence[Value]) -> Value:
    version = _parse_version(values[0].text)
    choices = [_parse_constraints(part) for part in values[1].text.split("||")]
    return boolean(any(all(each.allows(version) for each in choice) for choice in choices))


FUNCTIONS = (Function("semvercmp", (text_of("version"), text_of("constraint")), _compare),)
