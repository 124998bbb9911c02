"""Durations as Go's ``time.ParseDuration`` reads them: ``30s``, ``1m30s``, ``1.5h``, ``-2us``."""

from __future__ import annotations

from jettison.patterns import late_pattern

_UNITS_NS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART = late_pattern(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_MAX_NS = 2**63 - 1
_MAX_LENGTH = 100


def parse_duration(text: str) -> int:
    """The duration in nanoseconds; raises :class:`ValueError` that says what is wrong."""
    sign = -1 if text.startswith("-") else 1
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest or len(rest) > _MAX_LENGTH:
        raise ValueError("it is no duration")
    total = position = 0
    while position < len(rest):
        found = _PART.match(rest, position)
        if found is None or not (found.group(1) or found.group(2)):
            raise ValueError("it is no duration" if rest[position:].strip("0123456789.") else "its unit is missing")
        whole, fraction, unit = found.groups()
        scale = _UNITS_NS[unit]
        total += int(whole or 0) * scale
        if fraction:
            total += int(fraction) * scale // 10 ** len(fraction)
        position = found.end()
    if total > _MAX_NS:
        raise ValueError("it is too long")
    return sign * total
