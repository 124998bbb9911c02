"""The patterns of ``${name#pattern}``, ``%`` and ``/``: ``*`` and ``?`` as in a shell, without brackets.

Neither wildcard matches the end of a line. A pattern becomes a regular expression whose groups are atomic: each ``*``
goes to the first place where what follows it stands, and never comes back, so that matching takes linear time. For
patterns of this kind the first place is always the best one; only the last ``*`` decides how long the match is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from jettison.patterns import late_pattern

_TEMPLATE = late_pattern(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


_MAX_LENGTH = 10_000


class PatternError(ValueError):
    """The pattern escapes something that needs no escape, or is longer than anybody needs."""


def trim_prefix(pattern: str, value: str, *, longest: bool) -> str:
    """``value`` without the shortest or longest beginning that matches."""
    found = _compile(pattern, longest).match(value)
    return value[found.end() :] if found else value


def trim_suffix(pattern: str, value: str, *, longest: bool) -> str:
    """``value`` without the shortest or longest end that matches."""
    found = _compile(_reverse(pattern), longest).match(value[::-1])
    return value[: len(value) - found.end()] if found else value


def replace_first(pattern: str, value: str, replacement: str) -> str:
    """``value`` with the first, longest match replaced."""
    found = _search(pattern, value, 0)
    return value if found is None else value[: found[0]] + replacement + value[found[1] :]


def replace_all(pattern: str, value: str, replacement: str, limit: int) -> str:
    """``value`` with every match replaced; ``$0`` in the replacement is the match, as in Go's templates.

    Raises :class:`OverflowError` where the result would have more than ``limit`` characters.
    """
    parts: list[str] = []
    size = position = copied = 0
    while position <= len(value) and (found := _search(pattern, value, position)):
        first, last = found
        parts.append(value[copied:first])
        if last > copied or first == 0:
            filled = _fill(replacement, value[first:last])
            parts.append(filled)
            size += len(filled)
            if size > limit:
                raise OverflowError
        copied = last
        position = max(last, position + 1)
    parts.append(value[copied:])
    return "".join(parts)


def _search(pattern: str, value: str, position: int) -> tuple[int, int] | None:
    """The leftmost match from ``position`` on.

    Where the literal beginning is found and the rest is not, no later place in the same line can do better: the search
    goes on in the next line.
    """
    head = _compile_head(pattern)
    whole = _compile(pattern, longest=True)
    while head_found := head.search(value, position):
        start = head_found.start()
        if found := whole.match(value, start):
            return start, found.end()
        end = value.find("\n", start)
        if end < 0:
            return None
        position = end + 1 if "\n" not in head_found.group() else start + 1
    return None


@lru_cache(maxsize=256)
def _compile(pattern: str, longest: bool) -> re.Pattern[str]:
    first, *rest = _chunks(pattern)
    groups = [rf"(?>.*?{chunk})" for chunk in rest]
    if groups and longest:
        groups[-1] = rf"(?>.*{rest[-1]})"
    return re.compile(first + "".join(groups))


@lru_cache(maxsize=256)
def _compile_head(pattern: str) -> re.Pattern[str]:
    return re.compile(_chunks(pattern)[0])


def _chunks(pattern: str) -> list[str]:
    """The regular expressions of what stands between the stars."""
    if len(pattern) > _MAX_LENGTH:
        raise PatternError(f"more than {_MAX_LENGTH} characters")
    chunks = [""]
    characters = iter(enumerate(pattern))
    for index, character in characters:
        if character == "*":
            chunks.append("")
        elif character == "?":
            chunks[-1] += "."
        elif character == "\\":
            following = pattern[index + 1 : index + 2]
            if following in ("}", "/"):
                continue
            if following not in ("*", "?", "\\"):
                raise PatternError(f"invalid escape \\{following}")
            chunks[-1] += re.escape(following)
            next(characters)
        else:
            chunks[-1] += re.escape(character)
    return chunks


def _reverse(pattern: str) -> str:
    """The pattern from its end to its beginning, escapes staying before what they escape."""
    pieces = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join(reversed(pieces))


def _fill(template: str, match: str) -> str:
    if "$" not in template:
        return template

    def value(found: re.Match[str]) -> str:
        if found.group(1):
            return "$"
        name = found.group(2) or found.group(3)
        return match if name.strip("0") == "" else ""

    return _TEMPLATE.sub(value, template)
