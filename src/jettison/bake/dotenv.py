"""``.env`` files: variables that Compose files may use (the dialect of compose-go's ``dotenv``)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from jettison.bake.interpolation import Lookup, interpolate
from jettison.patterns import late_pattern
from jettison.text.diagnostics import error_at, quoted
from jettison.text.span import Source, Span

_KEY = late_pattern(r"(?:export[ \t]+)?([^\s=:#]+(?:[ \t]+[^\s=:#]+)*)[ \t]*([=:]|\r?\n|\Z)[ \t]*")
_NAME = late_pattern(r"[\w.\[\]-]+")
_BLANK = late_pattern(r"(?:\s+|#[^\n]*)*")
_DOUBLE = late_pattern(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = late_pattern(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "$": "$$",
    '"': '"',
    "\\": "\\",
}


def parse_dotenv(source: Source, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables of a file; what is set in the environment already counts more. Raises :class:`SourceError`."""
    found: dict[str, str] = {}
    text = source.text
    offset = 0

    def lookup(name: str) -> str | None:
        return environment.get(name, found.get(name))

    while True:
        offset = _end(_BLANK, text, offset)
        if offset >= len(text):
            return found
        match = _KEY.match(text, offset)
        if match is None or _NAME.fullmatch(match[1]) is None:
            line_end = text.find("\n", offset)
            place = Span(source, offset, len(text) if line_end < 0 else line_end)
            raise error_at(place, "expected NAME=VALUE")
        offset = match.end()
        if match[2] not in ("=", ":"):
            if match[1] in environment:
                found[match[1]] = environment[match[1]]
            continue
        value, offset = _value(source, offset, lookup)
        found[match[1]] = value


def _value(source: Source, offset: int, lookup: Lookup) -> tuple[str, int]:
    """The value at ``offset``, and where it ends."""
    text = source.text
    if text.startswith(("'", '"'), offset):
        double = text[offset] == '"'
        match = (_DOUBLE if double else _SINGLE).match(text, offset)
        if match is None:
            raise error_at(Span(source, offset, offset + 1), "this quote is not closed")
        if not double:
            return match[1].replace("\\'", "'"), match.end()
        unescaped = re.sub(r"\\(.)", _unescape, match[1], flags=re.DOTALL)
        return _interpolated(unescaped, source, offset, match.end(), lookup), match.end()
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    plain = text[offset:end].partition(" #")[0].rstrip()
    return _interpolated(plain, source, offset, end, lookup), end


def _interpolated(text: str, source: Source, first: int, last: int, lookup: Lookup) -> str:
    try:
        return interpolate(text, lookup)
    except ValueError as error:
        raise error_at(Span(source, first, last), f"{quoted(text)}: {error}") from None


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[0])


def _end(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    return offset if match is None else match.end()
