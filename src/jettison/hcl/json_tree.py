"""JSON with the place of every value, as the JSON syntax of HCL needs it (RFC 8259; repeated names are kept)."""

from __future__ import annotations

import json
from decimal import Decimal

from jettison.frozen import dataclass
from jettison.hcl.numbers import parse_number
from jettison.hints import TypeAlias
from jettison.patterns import late_pattern
from jettison.text.diagnostics import SourceError, error_at, quoted
from jettison.text.span import BOM, Source, Span, Word

_BLANK = late_pattern(r"[ \t\r\n]*")
_STRING = late_pattern(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = late_pattern(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = late_pattern(r"true|false|null")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class JsonObject:
    """Members in the order of the text."""

    members: tuple[tuple[Word, JsonValue], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class JsonArray:
    """Elements in order."""

    elements: tuple[JsonValue, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class JsonScalar:
    """A string, number, truth or null."""

    value: str | Decimal | bool | None
    span: Span


JsonValue: TypeAlias = JsonObject | JsonArray | JsonScalar


def parse_json(source: Source) -> JsonValue:
    """The value that a text holds. Raises :class:`SourceError`."""
    parser = _Parser(source)
    try:
        return parser.document()
    except RecursionError:
        raise error_at(Span(source, 0, 0), "this is nested too deeply") from None


class _Parser:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._offset = len(BOM) if source.text.startswith(BOM) else 0

    def document(self) -> JsonValue:
        value = self._value()
        if self._peek():
            raise self._unexpected("expected nothing more")
        return value

    def _value(self) -> JsonValue:
        first = self._blank()
        match self._peek():
            case "{":
                return JsonObject(tuple(self._members()), self._span(first))
            case "[":
                return JsonArray(tuple(self._elements()), self._span(first))
            case '"':
                return JsonScalar(self._string().text, self._span(first))
        if match := _WORD.match(self._text, first):
            self._offset = match.end()
            return JsonScalar(_WORDS[match[0]], self._span(first))
        if match := _NUMBER.match(self._text, first):
            self._offset = match.end()
            amount = parse_number(match[0])
            if amount is None:
                raise error_at(self._span(first), "this number is too long")
            return JsonScalar(amount, self._span(first))
        raise self._unexpected("expected a value")

    def _members(self) -> list[tuple[Word, JsonValue]]:
        members: list[tuple[Word, JsonValue]] = []
        self._offset += 1
        if self._take("}"):
            return members
        while True:
            if self._peek() != '"':
                raise self._unexpected("expected a name in quotes")
            name = self._string()
            if not self._take(":"):
                raise self._unexpected("expected ':'")
            members.append((name, self._value()))
            if self._take("}"):
                return members
            if not self._take(","):
                raise self._unexpected("expected ',' or '}'")

    def _elements(self) -> list[JsonValue]:
        elements: list[JsonValue] = []
        self._offset += 1
        if self._take("]"):
            return elements
        while True:
            elements.append(self._value())
            if self._take("]"):
                return elements
            if not self._take(","):
                raise self._unexpected("expected ',' or ']'")

    def _string(self) -> Word:
        first = self._blank()
        match = _STRING.match(self._text, first)
        if match is None:
            raise error_at(Span(self._source, first, first + 1), "this text has no end, or an escape that JSON lacks")
        self._offset = match.end()
        text: str = json.loads(match[0])
        return Word(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), self._span(first))

    def _blank(self) -> int:
        match = _BLANK.match(self._text, self._offset)
        assert match is not None
        self._offset = match.end()
        return self._offset

    def _peek(self) -> str:
        offset = self._blank()
        return self._text[offset : offset + 1]

    def _take(self, character: str) -> bool:
        found = self._peek() == character
        self._offset += found
        return found

    def _span(self, first: int) -> Span:
        return Span(self._source, first, self._offset)

    def _unexpected(self, expectation: str) -> SourceError:
        found = self._peek()
        place = Span(self._source, self._offset, self._offset + len(found))
        return error_at(place, f"{expectation}, found {quoted(found) if found else 'the end of the file'}")
