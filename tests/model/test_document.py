"""Untrusted JSON: what it claims to hold, and what it can hold that nobody expects."""

from __future__ import annotations

from jettison.model.document import Node


def test_halves_of_characters_are_replaced() -> None:
    """JSON can name them, nothing can print them; those that stand for bytes of file names stay."""
    assert Node.parse(rb'"a\ud800b\ude00c\udcff"', "x").text() == "a\ufffdb\ufffdc\udcff"
    assert Node.parse(rb'"\ud83d\ude00"', "x").text() == "\U0001f600"
