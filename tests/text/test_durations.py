"""Go's durations."""

from __future__ import annotations

import pytest

from jettison.text.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("0", 0),
        ("30s", 30 * 10**9),
        ("1m30s", 90 * 10**9),
        ("1.5h", 5400 * 10**9),
        ("-2us", -2000),
        ("+3µs", 3000),
        ("3μs", 3000),
        (".5s", 5 * 10**8),
        ("1.s", 10**9),
        ("1h2m3s4ms5us6ns", 3723004005006),
        ("0.0000000001s", 0),
    ],
)
def test_duration(text: str, nanoseconds: int) -> None:
    """Sums of numbers with units."""
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no duration"),
        ("-", "no duration"),
        ("s", "no duration"),
        (".s", "no duration"),
        ("5", "unit is missing"),
        ("1m30", "unit is missing"),
        ("5 s", "no duration"),
        ("5d", "no duration"),
        ("999999999h", "too long"),
        ("1" * 200 + "s", "no duration"),
    ],
)
def test_no_duration(text: str, reason: str) -> None:
    """The reason is told."""
    with pytest.raises(ValueError, match=reason):
        parse_duration(text)
