"""The JSON form of an instruction's arguments: ``["a", "b"]``, as Go's ``encoding/json`` reads it.

Text that is not JSON at all is the shell form, so this must tell three things apart: an array of strings, JSON of
another kind (an error), and no JSON. The scanner keeps its own stack; no nesting makes it recurse.
"""

from __future__ import annotations

import re

from jettison.patterns import late_pattern
from jettison.tuples import NamedTuple

_SPACE = late_pattern(r"[ \t\r\n]*")
_STRING = late_pattern(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')
_SCALAR = late_pattern(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null")
_ESCAPE = late_pattern(r'\\(?:(["\\/bfnrt])|u([0-9a-fA-F]{4})(?:\\u([0-9a-fA-F]{4}))?)')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_MAX_DEPTH = 10_000
_REPLACEMENT = "\ufffd"


class JsonString(NamedTuple):
    """A string of the array and its range in the text, quotes included."""

    value: str
    first: int
    last: int


class NotStringsError(Exception):
    """The text is a JSON array, but not of strings alone."""


def parse_json_form(text: str, first: int, last: int) -> list[JsonString] | None:
    """The strings of a JSON array that fills the range; None where it is no JSON array.

    Raises :class:`NotStringsError`.
    """
    if not text.startswith("[", first, last):
        return None
    strings: list[JsonString] = []
    only_strings = True
    stack: list[str] = []
    position = first
    expect = "value"
    while True:
        position = _skip_space(text, position, last)
        if expect == "end":
            break
        if position >= last:
            return None
        character = text[position]
        if expect == "comma":
            if character == ("]" if stack[-1] == "[" else "}"):
                stack.pop()
                position += 1
                expect = "comma" if stack else "end"
            elif character == ",":
                position += 1
                expect = "value" if stack[-1] == "[" else "key"
            else:
                return None
            continue
        if expect in ("key", "key or close"):
            if character == "}" and expect == "key or close":
                expect = "comma"
                continue
            found = _STRING.match(text, position, last)
            position = _skip_space(text, found.end(), last) if found else last
            if not text.startswith(":", position, last):
                return None
            position += 1
            expect = "value"
        elif character == "]" and expect == "value or close":
            expect = "comma"
        elif character in "[{":
            only_strings = only_strings and not stack
            stack.append(character)
            if len(stack) > _MAX_DEPTH:
                return None
            position += 1
            expect = "value or close" if character == "[" else "key or close"
        elif found := _STRING.match(text, position, last):
            if len(stack) == 1:
                strings.append(JsonString(_decode(text[position + 1 : found.end() - 1]), *found.span()))
            position = found.end()
            expect = "comma"
        elif found := _SCALAR.match(text, position, last):
            only_strings = False
            position = found.end()
            expect = "comma"
        else:
            return None
    if position != last:
        return None
    if not only_strings:
        raise NotStringsError
    return strings


def _skip_space(text: str, position: int, last: int) -> int:
    found = _SPACE.match(text, position, last)
    return found.end() if found else position


def _decode(text: str) -> str:
    return _ESCAPE.sub(_decode_escape, text) if "\\" in text else text


def _decode_escape(found: re.Match[str]) -> str:
    simple, high, low = found.groups()
    if simple:
        return _ESCAPED.get(simple, simple)
    if low is None:
        return _from_code(int(high, 16))
    first, second = int(high, 16), int(low, 16)
    if 0xD800 <= first < 0xDC00 <= second < 0xE000:
        return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    return _from_code(first) + _from_code(second)


def _from_code(code: int) -> str:
    return _REPLACEMENT if 0xD800 <= code < 0xE000 else chr(code)
