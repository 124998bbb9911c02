"""buildx's texts."""

from __future__ import annotations

import pytest

from jettison.report.checks import check_text, excerpt_text
from jettison.text.span import Source

LINES = "".join(f"line {number}\n" for number in range(1, 10))


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (1, 1, "1-3"),
        (2, 2, "1-4"),
        (5, 5, "3-7"),
        (9, 9, "7-10"),
        (4, 6, "3-7"),
        (1, 3, "1-4"),
        (8, 12, "7-10"),
    ],
)
def test_excerpt(first: int, last: int, shown: str) -> None:
    """How many lines stand around the marked ones; the end of the file has a line of its own."""
    text = excerpt_text(Source(LINES, "D"), first, last)
    head, rule, *rows, end, empty = text.split("\n")
    assert (head, rule, end, empty) == (f"D:{first}", "-" * 20, "-" * 20, "")
    assert f"{rows[0].split()[0]}-{rows[-1].split()[0]}" == shown
    marked = [row for row in rows if ">>>" in row]
    assert len(marked) == min(last, 10) - first + 1


def test_hostile_lines() -> None:
    """Nothing in them steers the terminal; tabs stay."""
    assert " 1 | >>> a\tb[31m\n" in excerpt_text(Source("a\tb\x1b[31m\r\n", "D"), 1, 1)


def test_nothing_found() -> None:
    """Is said only of a check that came to its end."""
    assert check_text((), failed=False) == "Check complete, no warnings found.\n"
    assert check_text((), failed=True) == ""
