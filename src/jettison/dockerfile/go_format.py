"""Values printed as Go prints them: histories are compared letter for letter with BuildKit's."""

from __future__ import annotations

from collections.abc import Iterable

_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_ESCAPES |= {"\\": "\\\\", '"': '\\"'}
_SURROGATES = range(0xDC80, 0xDD00)
_UNITS = ((1, "ns"), (1_000, "µs"), (1_000_000, "ms"))
_SECOND_NS = 1_000_000_000


def quote(text: str) -> str:
    """Go's ``strconv.Quote`` (``%q``)."""
    return '"' + "".join(_quote_character(character) for character in text) + '"'


def quoted_list(items: Iterable[str]) -> str:
    """A list of strings under ``%q``: ``["a" "b"]``."""
    return "[" + " ".join(quote(item) for item in items) + "]"


def duration(nanoseconds: int) -> str:
    """Go's ``time.Duration.String``: ``1m30s``, ``1.5s``, ``300ms``, ``0s``."""
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < _SECOND_NS:
        factor, unit = next((f, u) for f, u in reversed(_UNITS) if nanoseconds >= f)
        return _decimal(nanoseconds, factor) + unit
    minutes, rest = divmod(nanoseconds, 60 * _SECOND_NS)
    hours, minutes = divmod(minutes, 60)
    text = _decimal(rest, _SECOND_NS) + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def _quote_character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if code in _SURROGATES:
        return f"\\x{code - 0xDC00:02x}"
    if character == " " or (character.isprintable() and not character.isspace()):
        return character
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _decimal(value: int, factor: int) -> str:
    whole, rest = divmod(value, factor)
    digits = f"{rest:0{len(str(factor)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}.{digits}" if digits else str(whole)
