"""Arithmetic on HCL numbers: decimal, exact for everything that people write, without exponents when written out."""

from __future__ import annotations

import decimal
import re
from decimal import Decimal

from jettison.patterns import late_pattern

PRECISION = 154
"""Digits: as many as a mantissa of 512 bits holds."""

ARITHMETIC = decimal.Context(prec=PRECISION, Emax=999_999, Emin=-999_999, traps=[decimal.InvalidOperation])

_NUMBER = late_pattern(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MAX_EXPONENT = 4096
"""A number written with more digits than this is not one that anybody means."""


def parse_number(text: str) -> Decimal | None:
    """The number that ``text`` is; None where it is none, or too long to be written out."""
    if _NUMBER.fullmatch(text) is None:
        return None
    try:
        value = ARITHMETIC.create_decimal(text)
    except decimal.DecimalException:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= _MAX_EXPONENT else None


def format_number(value: Decimal) -> str:
    """The number without exponent and without zeros at its end."""
    if not value.is_finite():
        return str(value)
    if value == value.to_integral_value():
        return format(value.to_integral_value(), "f") if value else "0"
    return format(value.normalize(ARITHMETIC), "f")


def is_whole(value: Decimal) -> bool:
    """Whether it has no fraction."""
    return value.is_finite() and value == value.to_integral_value()
