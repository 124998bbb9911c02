"""Sizes look as docker prints them, and columns line up."""

from __future__ import annotations

import pytest
from demo.table import format_table, human_bytes, human_ratio


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1230, "1.23 kB"),
        (1_231_872, "1.23 MB"),
        (882_000_000, "882 MB"),
        (5_000_000_000, "5 GB"),
    ],
)
def test_human_bytes(size: int, text: str) -> None:
    """Three digits and a decimal unit."""
    assert human_bytes(size) == text


@pytest.mark.parametrize(("larger", "smaller", "text"), [(717, 1, "717 x"), (3, 2, "1.5 x")])
def test_human_ratio(larger: int, smaller: int, text: str) -> None:
    """A digit behind the point only where it says something."""
    assert human_ratio(larger, smaller) == text


def test_format_table() -> None:
    """Text flush left, numbers flush right, no blanks at the end of a line."""
    assert format_table(("name", "n"), [("a", "1"), ("long name", "200")]) == (
        "name         n\n---------  ---\na            1\nlong name  200"
    )
