"""``format`` and ``formatlist``: texts with verbs such as ``%s`` and ``%03d``, as Go's printf has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from jettison.hcl.convert import ConversionError, convert
from jettison.hcl.functions.graphemes import graphemes
from jettison.hcl.functions.interface import Function, FunctionError, Parameter, text_of
from jettison.hcl.json_text import json_text
from jettison.hcl.numbers import is_whole
from jettison.hcl.types import BOOL, DYNAMIC, NUMBER, STRING
from jettison.hcl.values import Value, string, strings
from jettison.patterns import late_pattern

_VERB = late_pattern(r"%(?:%|([-+ #0]*)([1-9][0-9]{0,3})?(?:\.([0-9]{0,3}))?(?:\[([0-9]{1,3})\])?(.?))", re.DOTALL)
_INTEGERS = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}
_FLOATS = "eEfgG"
_EXPONENT_FROM = 6
"""Numbers with all their digits get an exponent from this one on."""
_ARGUMENTS = Parameter("args", DYNAMIC, allow_null=True)


class _Formatter:
    def __init__(self, arguments: Sequence[Value]) -> None:
        self._arguments = arguments
        self._next = 0
        self._highest = 0

    def format(self, text: str) -> str:
        result = _VERB.sub(self._verb, text)
        if self._highest < len(self._arguments):
            raise FunctionError(f"too many arguments: the format has no use for argument {self._highest + 1}")
        return result

    def _verb(self, match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        flags, width, precision, place, verb = match.groups()
        if not verb:
            raise FunctionError(f"{match[0]!r} has no verb", 0)
        position = int(place) - 1 if place else self._next
        if not 0 <= position < len(self._arguments):
            raise FunctionError(f"not enough arguments for {match[0]!r}: there are {len(self._arguments)}")
        self._next = position + 1
        self._highest = max(self._highest, self._next)
        value = self._arguments[position]
        if value.is_null and verb != "v":
            raise FunctionError(f"null cannot be formatted with {match[0]!r}")
        try:
            return _formatted(value, verb, flags, int(width or 0), None if precision is None else int(precision or 0))
        except (ConversionError, ValueError) as error:
            raise FunctionError(f"{match[0]!r}: {error}") from None


def _formatted(value: Value, verb: str, flags: str, width: int, precision: int | None) -> str:
    if verb == "v":
        return _padded(_as_is(value, sharp="#" in flags), flags, width)
    if verb == "t":
        return "true" if convert(value, BOOL).truth else "false"
    if verb in "sq":
        text = convert(value, STRING).text
        if precision:
            text = "".join(graphemes(text)[:precision])
        return _padded(json_text(string(text)) if verb == "q" else text, flags, width)
    amount = convert(value, NUMBER).number
    if verb in _INTEGERS:
        if not is_whole(amount):
            raise ConversionError("an integer is required")
        return _integer(int(amount), verb, flags, width, precision)
    if verb in _FLOATS:
        return _float(amount, verb, flags, width, precision)
    raise ConversionError(f"there is no verb {verb!r}")


def _as_is(value: Value, *, sharp: bool) -> str:
    if not value.is_null and not sharp:
        if value.type == STRING:
            return value.text
        if value.type == NUMBER:
            return _shortest(value.number, "e")
    return json_text(value)


def _padded(text: str, flags: str, width: int) -> str:
    pad = ("0" if "0" in flags else " ") * max(width - len(graphemes(text)), 0)
    return text + pad if "-" in flags else pad + text


def _integer(amount: int, verb: str, flags: str, width: int, precision: int | None) -> str:
    digits = format(abs(amount), _INTEGERS[verb]).rjust(precision or 0, "0")
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb, "") if "#" in flags else ""
    return _aligned(amount < 0, prefix + digits, flags, width, zeros=precision is None)


def _float(amount: Decimal, verb: str, flags: str, width: int, precision: int | None) -> str:
    if verb in "gG" and precision is None:
        digits = _shortest(abs(amount), "e" if verb == "g" else "E")
    else:
        digits = _exponent(format(abs(amount), f".{6 if precision is None else precision}{verb}"))
        if verb in "gG":
            digits = _exponent(f"{float(abs(amount)):.{precision or 1}{verb}}")
    return _aligned(amount < 0, digits, flags, width, zeros=True)


def _aligned(negative: bool, digits: str, flags: str, width: int, *, zeros: bool) -> str:
    sign = "-" if negative else "+" if "+" in flags else " " if " " in flags else ""
    if "-" in flags:
        return (sign + digits).ljust(width)
    if "0" in flags and zeros:
        return sign + digits.rjust(width - len(sign), "0")
    return (sign + digits).rjust(width)


def _shortest(amount: Decimal, exponent_letter: str) -> str:
    """All digits that the number has, with an exponent where the number is very small or large."""
    if not amount:
        return "0"
    sign, digit_tuple, _ = amount.normalize().as_tuple()
    exponent = amount.adjusted()
    digits = "".join(map(str, digit_tuple))
    if -4 <= exponent < _EXPONENT_FROM:
        return format(amount.normalize(), "f")
    mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    return f"{'-' if sign else ''}{mantissa}{exponent_letter}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _exponent(text: str) -> str:
    """An exponent has two digits at least."""
    return re.sub(r"([eE][+-])(\d)$", r"\g<1>0\2", text)


def _format(values: Sequence[Value]) -> Value:
    return string(_Formatter(values[1:]).format(values[0].text))


def _format_list(values: Sequence[Value]) -> Value:
    text, *arguments = values
    lengths = {len(each.items) for each in arguments if each.is_sequence and not each.is_null}
    if len(lengths) > 1:
        raise FunctionError("all lists must have the same length")
    if not lengths:
        return strings([_Formatter(arguments).format(text.text)])
    rows = ([each.items[place] if each.is_sequence else each for each in arguments] for place in range(lengths.pop()))
    return strings([_Formatter(row).format(text.text) for row in rows])


FUNCTIONS = (
    Function("format", (text_of("format"),), _format, variadic=_ARGUMENTS),
    Function("formatlist", (text_of("format"),), _format_list, variadic=_ARGUMENTS),
)
