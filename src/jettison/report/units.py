"""Sizes and durations as docker prints and reads them (docker/go-units ``HumanSize`` and ``HumanDuration``)."""

from __future__ import annotations

import re

from jettison.errors import UsageError
from jettison.patterns import late_pattern

_SIZE_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_STEP = 1000.0

_SIZE = late_pattern(r"(?P<number>\d+(?:\.\d+)?) ?(?:(?P<unit>[kmgtp])(?P<binary>i)?)?b?", re.IGNORECASE)

_MAX_BYTES = (1 << 63) - 1
"""What a kernel's size can be."""

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DURATION_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": float(_MINUTE),
    "h": float(_HOUR),
}
_DURATION_PART = late_pattern(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def human_size(size_bytes: float, digits: int = 4) -> str:
    """A size in decimal units with at most ``digits`` significant digits: ``1.21GB``, ``812MB``, ``0B``.

    Docker takes 3 digits in its image tables and 4 elsewhere. A value that rounds up to 1000 moves on to the next unit,
    where docker itself would print ``1e+03MB``.
    """
    value = float(size_bytes)
    last = len(_SIZE_UNITS) - 1
    unit = 0
    while value >= _STEP and unit < last:
        value /= _STEP
        unit += 1
    if float(f"{value:.{digits}g}") >= _STEP and unit < last:
        value /= _STEP
        unit += 1
    return f"{value:.{digits}g}{_SIZE_UNITS[unit]}"


def parse_size(text: str) -> int:
    """The bytes of ``10GB``, ``512m``, ``1.5 GiB`` or a plain number; :class:`UsageError` else.

    As docker reads sizes to keep: units without ``i`` are decimal, those with are binary.
    """
    return _parse_bytes(text, binary=False)


def parse_memory_size(text: str) -> int:
    """The bytes of ``64m``, ``1g`` or a plain number, all units being binary, as docker reads sizes of memory."""
    return _parse_bytes(text, binary=True)


def _parse_bytes(text: str, *, binary: bool) -> int:
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"invalid size {text!r}", hint="write 500MB, 10GB, 2GiB or a number of bytes")
    step = 1024 if binary or match["binary"] else 1000
    power = "kmgtp".index(match["unit"].lower()) + 1 if match["unit"] else 0
    size = int(float(match["number"]) * step**power)
    if size > _MAX_BYTES:
        raise UsageError(f"invalid size {text!r}: it is out of range")
    return size


def human_duration(seconds: float) -> str:
    """A duration in one rough unit: ``About a minute``, ``3 weeks``, as docker says how long ago something was."""
    whole = int(seconds)
    if whole < 1:
        return "Less than a second"
    if whole == 1:
        return "1 second"
    if whole < _MINUTE:
        return f"{whole} seconds"
    minutes = whole // _MINUTE
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return f"{minutes} minutes"
    hours = int(seconds / _HOUR + 0.5)
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return f"{hours} hours"
    if hours < 24 * 7 * 2:
        return f"{hours // 24} days"
    if hours < 24 * 30 * 2:
        return f"{hours // 24 // 7} weeks"
    if hours < 24 * 365 * 2:
        return f"{hours // 24 // 30} months"
    return f"{int(seconds / _HOUR) // 24 // 365} years"


def parse_duration(text: str) -> float:
    """The seconds of a Go duration (``1h30m``, ``500ms``) or of a plain number of seconds; :class:`UsageError` else."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"invalid duration {text!r}", hint="write 90s, 10m, 1h30m or a number of seconds")
    return sum(float(number) * _DURATION_UNITS[unit] for number, unit in parts)
