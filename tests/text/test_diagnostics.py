"""Errors that show their place."""

from __future__ import annotations

import pytest

from jettison.text.diagnostics import Problem, SourceError, error_at, excerpt, printable, quoted
from jettison.text.span import Source, Span


def span(text: str, marked: str) -> Span:
    first = text.index(marked)
    return Span(Source(text, "Dockerfile"), first, first + len(marked))


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("FROM a\nRUN x\n", "x", ["  2 | RUN x", "    |     ^"]),
        ("\tRUN\tx", "x", ["  1 |  RUN x", "    |      ^"]),
        ("RUN 中文 x", "x", ["  1 | RUN 中文 x", "    |          ^"]),
        ("RUN 中文", "中文", ["  1 | RUN 中文", "    |     ^^^^"]),
        ("RUN e\u0301 x", "x", ["  1 | RUN e\u0301 x", "    |       ^"]),
        ("RUN a\n", "\n", ["  1 | RUN a", "    |      ^"]),
        ("RUN \x1b[1m", "\x1b", ["  1 | RUN \ufffd[1m", "    |     ^"]),
        (
            "RUN a \\\n\n  b\n",
            "RUN a \\\n\n  b",
            ["  1 | RUN a \\", "    | ^^^^^^^", "  2 |", "    | ^", "  3 |   b", "    |   ^"],
        ),
    ],
)
def test_excerpt(text: str, marked: str, shown: list[str]) -> None:
    """Every marked line, its number, and a mark as wide as a terminal shows it."""
    assert excerpt(span(text, marked)).split("\n") == shown


def test_long_excerpt() -> None:
    """Neither a long line nor many lines fill the screen."""
    text = "RUN " + "x" * 500 + "HERE" + "y" * 500
    first, mark = excerpt(span(text, "HERE")).split("\n")
    assert len(first) < 140
    assert first[mark.index("^") : mark.rindex("^") + 1] == "HERE"
    assert first.endswith("…")
    lines = "\n".join(f"line {number}" for number in range(20))
    assert excerpt(span(lines, lines)).split("\n")[-1] == "    | … 14 more lines"


def test_one_problem() -> None:
    """The hint stays apart: whoever prints the error prints it on a line of its own."""
    error = error_at(span("FROM a", "a"), "bad", hint="good")
    assert error.message == "Dockerfile:1:6: bad\n  1 | FROM a\n    |      ^"
    assert error.hint == "good"
    assert error.exit_code == 1


def test_problems_are_in_order_of_the_text() -> None:
    """Each with its hint."""
    source = Source("ab", "f")
    later = Problem(span=Span(source, 1, 2), message="second", hint="h")
    error = SourceError([later, Problem(span=Span(source, 0, 1), message="first")])
    assert error.message == "f:1:1: first\n  1 | ab\n    | ^\n\nf:1:2: second\n  1 | ab\n    |  ^\nhint: h"
    assert error.hint is None


def test_hostile_text_does_not_reach_the_terminal() -> None:
    """Control characters, and bytes that are no UTF-8, are shown as one sign each."""
    assert printable("a\tb\x1b[0m\r\udcff\u202e") == "a b\ufffd[0m\ufffd\ufffd\ufffd"
    assert quoted("\x1b'") == '"\\x1b\'"'
    assert quoted("x" * 100) == repr("x" * 60 + "…")
    message = error_at(span("a", "a"), "\x1b" + "m" * 10_000).message
    assert "\x1b" not in message
    assert len(message) < 600
