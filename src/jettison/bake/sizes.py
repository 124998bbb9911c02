"""Sizes in bytes as docker reads and writes them: ``128m``, ``2gb``, ``128MiB``."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context

from jettison.patterns import late_pattern

_SIZE = late_pattern(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(?:i?b)?", re.IGNORECASE)
_LETTERS = "kmgtp"
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_FOUR_DIGITS = Context(prec=4, rounding=ROUND_HALF_EVEN)


def parse_bytes(text: str) -> int | None:
    """The size, in units of 1024; None where the text is none."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    power = _LETTERS.index(match[2].lower()) + 1 if match[2] else 0
    return int(float(match[1]) * 1024**power)


def format_bytes(size_bytes: int) -> str:
    """The size in its largest unit, with four digits."""
    power = 0
    while power < len(_UNITS) - 1 and size_bytes >= 1024 ** (power + 1):
        power += 1
    amount = _FOUR_DIGITS.create_decimal_from_float(size_bytes / 1024**power)
    return f"{amount.normalize():f}{_UNITS[power]}"
