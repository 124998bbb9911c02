"""Points in time as docker prints them."""

from __future__ import annotations

from datetime import UTC, datetime

from jettison.report.units import human_duration

UNKNOWN = "N/A"


def parse_moment(text: str | None) -> float | None:
    """Seconds since 1970 of an RFC 3339 text; None where there is none, or one before 1970 (Go's zero time)."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds if seconds > 0 else None


def since(moment: float | None, now: float) -> str:
    """``3 weeks ago``."""
    return UNKNOWN if moment is None else f"{human_duration(now - moment)} ago"


def long_form(moment: float | None) -> str:
    """``2024-05-01 12:00:00 +0000 UTC``, as Go prints a time."""
    if moment is None:
        return UNKNOWN
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")


def rfc3339(moment: float | None) -> str:
    """``2024-05-01T12:00:00Z``."""
    if moment is None:
        return UNKNOWN
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
