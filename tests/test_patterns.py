"""Patterns that are compiled when they are first used."""

from __future__ import annotations

import re

import pytest

from jettison.patterns import late_pattern


def test_a_late_pattern_answers_as_a_compiled_one() -> None:
    """All that a pattern offers, for text and for bytes, with flags."""
    word = late_pattern(r"[a-z]+", re.IGNORECASE)
    for _ in range(2):  # the first question compiles, the second finds it compiled
        assert word.findall("One two") == ["One", "two"]
    assert word.sub("-", "a 1 b") == "- 1 -"
    assert (word.pattern, word.flags & re.IGNORECASE) == ("[a-z]+", re.IGNORECASE)
    assert late_pattern(rb"(\d+)-").match(b"12-") is not None


def test_an_expression_that_is_wrong_shows_at_its_first_use() -> None:
    """Not before: nothing was compiled."""
    wrong = late_pattern("(")
    with pytest.raises(re.error):
        wrong.match("")
