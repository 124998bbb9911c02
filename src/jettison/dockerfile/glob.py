"""Go's ``filepath.Match`` on image paths: ``*``, ``?``, ``[a-z]``, ``[^a-z]``, and a backslash before a character.

``*`` and ``?`` do not match ``/``; a class does, as in Go. A pattern is cut into pieces once; as in Go's own algorithm
each ``*`` goes to the first place where what follows it matches, and never comes back: matching takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from jettison.errors import BuildError
from jettison.tuples import NamedTuple

STAR = "*"
"""The piece of a pattern that stands for any number of characters other than ``/``."""


class CharacterClass(NamedTuple):
    """One character out of some ranges, or out of all others."""

    negated: bool
    ranges: tuple[tuple[str, str], ...]

    def matches(self, character: str) -> bool:
        """Whether the class holds the character."""
        return any(low <= character <= high for low, high in self.ranges) != self.negated


class Literal(NamedTuple):
    """One character as it stands."""

    character: str


ANY = CharacterClass(negated=True, ranges=(("/", "/"),))
"""What ``?`` stands for."""

Piece = str | Literal | CharacterClass

_MAX_LENGTH = 16_384


class PatternError(BuildError):
    """A pattern that means nothing to Go's ``filepath.Match``."""

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__(
            f"syntax error in pattern {pattern!r}: {reason}",
            hint="\\ before one of * ? [ \\ takes its meaning away",
        )


@lru_cache(maxsize=1024)
def compile_glob(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether all of a path, or of a name, matches; raises :class:`PatternError`."""
    groups = [""]
    for piece in parse_pieces(pattern):
        if piece == STAR:
            groups.append("")
        else:
            groups[-1] += _expression(piece)
    first, *rest = groups
    middle = "".join(f"(?>[^/]*?{group})" for group in rest[:-1])
    last = f"[^/]*?{rest[-1]}" if rest else ""
    matches = re.compile(f"{first}{middle}{last}", re.DOTALL).fullmatch
    return lambda path: matches(path) is not None


def has_wildcards(text: str) -> bool:
    """Whether ``text`` has a wildcard of Go's ``filepath.Match`` that no backslash escapes."""
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character in "*?[":
            return True
    return False


def literal_beginning(pattern: str) -> str:
    """What every text begins with that the pattern matches; empty where it begins with a wildcard."""
    end = next((place for place, character in enumerate(pattern) if character in "*?[\\"), len(pattern))
    return pattern[:end]


def parse_pieces(pattern: str) -> list[Piece]:
    """What a pattern consists of; raises :class:`PatternError`."""
    if len(pattern) > _MAX_LENGTH:
        raise PatternError(f"{pattern[:80]}…", "it is longer than any path")
    pieces: list[Piece] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*":
            pieces.append(STAR)
        elif character == "?":
            pieces.append(ANY)
        elif character == "[":
            piece, position = _parse_class(pattern, position)
            pieces.append(piece)
        elif character == "\\":
            if position == len(pattern):
                raise PatternError(pattern, "it ends with a backslash")
            pieces.append(Literal(pattern[position]))
            position += 1
        else:
            pieces.append(Literal(character))
    return pieces


def _parse_class(pattern: str, position: int) -> tuple[CharacterClass, int]:
    """The class whose ``[`` is just before ``position``, and where it ends."""
    negated = pattern.startswith("^", position)
    position += negated
    ranges: list[tuple[str, str]] = []
    while not (ranges and pattern.startswith("]", position)):
        low, position = _class_character(pattern, position)
        high = low
        if pattern.startswith("-", position):
            high, position = _class_character(pattern, position + 1)
        ranges.append((low, high))
    return CharacterClass(negated, tuple(ranges)), position + 1


def _class_character(pattern: str, position: int) -> tuple[str, int]:
    character = pattern[position : position + 1]
    if character == "\\":
        position += 1
        character = pattern[position : position + 1]
    elif character and character in "-]":
        raise PatternError(pattern, f"{character} in a character class needs a backslash")
    if position + 1 >= len(pattern):
        raise PatternError(pattern, "the character class is not closed")
    return character, position + 1


def _expression(piece: Piece) -> str:
    """The regular expression of one piece."""
    match piece:
        case Literal(character):
            return re.escape(character)
        case CharacterClass(negated, ranges):
            valid = [f"{re.escape(low)}-{re.escape(high)}" for low, high in ranges if low <= high]
            if not valid:
                return "." if negated else "(?!)"
            return f"[{'^' if negated else ''}{''.join(valid)}]"
        case _:
            raise AssertionError(piece)
