"""Docker's units."""

import pytest

from jettison.errors import UsageError
from jettison.report.units import human_duration, human_size, parse_duration


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0B"),
        (1, "1B"),
        (999, "999B"),
        (1000, "1kB"),
        (1024, "1.024kB"),
        (1_000_000, "1MB"),
        (1_048_576, "1.049MB"),
        (12_582_912, "12.58MB"),
        (2 * 10**9, "2GB"),
        (3_419_000_000, "3.419GB"),
        (3_419_000_000_000_000, "3.419PB"),
    ],
)
def test_sizes_are_those_of_go_units(size_bytes: int, text: str) -> None:
    """The examples of go-units' own tests come out the same."""
    assert human_size(size_bytes) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(1_214_000_000, "1.21GB"), (812_300_000, "812MB"), (7_051_000, "7.05MB"), (1_100, "1.1kB"), (999_900_000, "1GB")],
)
def test_image_tables_take_three_digits(size_bytes: int, text: str) -> None:
    """Image tables round to three digits, and a value that rounds up to 1000 takes the next unit."""
    assert human_size(size_bytes, 3) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.45, "Less than a second"),
        (1, "1 second"),
        (45, "45 seconds"),
        (46, "46 seconds"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (119, "About a minute"),
        (120, "2 minutes"),
        (3 * 60, "3 minutes"),
        (59 * 60 + 59, "59 minutes"),
        (3600, "About an hour"),
        (75 * 60, "About an hour"),
        (90 * 60, "2 hours"),
        (3 * 3600, "3 hours"),
        (24 * 3600, "24 hours"),
        (48 * 3600, "2 days"),
        (13 * 24 * 3600, "13 days"),
        (2 * 7 * 24 * 3600, "2 weeks"),
        (8 * 7 * 24 * 3600, "8 weeks"),
        (60 * 24 * 3600, "2 months"),
        (23 * 30 * 24 * 3600, "23 months"),
        (2 * 365 * 24 * 3600, "2 years"),
        (24 * 365 * 24 * 3600, "24 years"),
    ],
)
def test_durations_are_those_of_go_units(seconds: float, text: str) -> None:
    """The steps between the units are go-units'."""
    assert human_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("1h30m", 5400.0), ("500ms", 0.5), ("1.5h", 5400.0), ("10", 10.0), ("24h", 86400.0)],
)
def test_durations_are_read_as_go_writes_them(text: str, seconds: float) -> None:
    """Go's units, any number of them, or plain seconds."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "h", "-5s", "5 s", "1d", "5sx", "nan", "1e5"])
def test_other_durations_are_refused(text: str) -> None:
    """What is no duration is said so."""
    with pytest.raises(UsageError, match="invalid duration"):
        parse_duration(text)
