"""Expressions find what Python's find, in time that does not depend on how they are made."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jettison.explore import expression
from jettison.explore.expression import Expression, NotAnExpressionError, TooCostlyError

atoms = st.sampled_from(
    ["a", "b", "/", ".", r"\.", "[ab]", "[^a]", "[a-c/]", r"\d", r"\w", r"\W", r"\s", "^", "$", "[]x]", "é"]
)
counts = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?", "+?"])
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join).map("({})".format),
        st.tuples(inner, counts).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)
texts = st.lists(st.text(alphabet="ab/.x1 é", max_size=12), max_size=6)


@settings(max_examples=400, deadline=None)
@given(expressions, texts)
def test_it_finds_what_python_finds(text: str, where: list[str]) -> None:
    """In every text, by the same automaton one after the other."""
    found_in = Expression(text).found_in
    for each in where:
        assert found_in(each) == bool(re.search(text, each)), (text, each)


@pytest.mark.parametrize(
    "text",
    [
        "(",
        ")",
        "a)",
        "*",
        "a**b(",
        "[",
        "[a",
        "[b-a]",
        "\\",
        r"\1",
        r"\b",
        "(?=a)",
        "(?P<a>b)",
        "(?",
        "a{201}",
        "(" * 100 + ")" * 100,
        "((a{200}){200}){200}",
        "((){200}){200}",
    ],
)
def test_what_is_no_expression(text: str) -> None:
    """Or means too much to be built."""
    with pytest.raises(NotAnExpressionError):
        Expression(text)


def test_braces_that_count_nothing_are_characters() -> None:
    """As Python and Go have it."""
    assert Expression("a{x}$").found_in("a{x}")
    assert Expression("{}").found_in("{}")


@pytest.mark.parametrize(
    "text", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)*x", "(a?){100}a{100}b", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_what_makes_others_go_back_and_back(text: str) -> None:
    """Is answered with as many steps as there are characters; few of them are made anew."""
    wanted = Expression(text)
    before = wanted.left
    assert not wanted.found_in("a" * 20_000 + "!")
    assert before - wanted.left < 200_000


def test_what_needs_ever_new_states_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the budget is used up."""
    monkeypatch.setattr(expression, "_BUDGET", 20_000)
    wanted = Expression("(a|b)*a(a|b){150}c")
    text = "".join("ab"[number.bit_count() % 2] for number in range(20_000))
    with pytest.raises(TooCostlyError):
        wanted.found_in(text)


def test_states_are_forgotten_where_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is found is the same."""
    monkeypatch.setattr(expression, "_MAX_STEPS", 3)
    wanted = Expression("(ab|ba)+x$")
    assert [wanted.found_in(text) for text in ("ababx", "abbax", "aabx?", "xx", "bax")] == [
        True,
        True,
        False,
        False,
        True,
    ]
