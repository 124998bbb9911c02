"""Shell patterns, against a slow reading of their rules."""

from __future__ import annotations

import itertools

import pytest

from jettison.dockerfile.shell_pattern import PatternError, replace_all, replace_first, trim_prefix, trim_suffix


def ends(pattern: str, value: str, start: int) -> set[int]:
    """Every place where a match that begins at ``start`` can end."""
    if not pattern:
        return {start}
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        stops = itertools.takewhile(lambda end: "\n" not in value[start:end], range(start, len(value) + 1))
        return {end for stop in stops for end in ends(rest, value, stop)}
    if start < len(value) and (value[start] == head or (head == "?" and value[start] != "\n")):
        return ends(rest, value, start + 1)
    return set()


PATTERNS = ["".join(letters) for size in range(5) for letters in itertools.product("a*?\n", repeat=size)]
VALUES = ["", "a", "aa", "aba", "a\na", "\n", "ab\nba", "abab", "ba\n\na"]


@pytest.mark.parametrize("value", VALUES)
def test_shortest_and_longest(value: str) -> None:
    """All patterns of up to four characters over a small alphabet."""
    for pattern in PATTERNS:
        found = ends(pattern, value, 0)
        for longest in (False, True):
            end = (max if longest else min)(found, default=0)
            assert trim_prefix(pattern, value, longest=longest) == value[end:], (pattern, longest)
        backwards = ends(pattern[::-1], value[::-1], 0)
        for longest in (False, True):
            end = (max if longest else min)(backwards, default=0)
            assert trim_suffix(pattern, value, longest=longest) == value[: len(value) - end], (pattern, longest)


@pytest.mark.parametrize("value", VALUES)
def test_first_match(value: str) -> None:
    """The leftmost match, and the longest of those."""
    for pattern in PATTERNS:
        for start in range(len(value) + 1):
            if found := ends(pattern, value, start):
                assert replace_first(pattern, value, "X") == value[:start] + "X" + value[max(found) :], pattern
                break
        else:
            assert replace_first(pattern, value, "X") == value


def test_hopeless_patterns_are_quick() -> None:
    """Neither many stars nor many places to begin multiply."""
    value = "a" * 100_000
    assert trim_prefix("*a" * 50 + "b", value, longest=True) == value
    assert replace_all("a*b", value, "x", 10**9) == value


@pytest.mark.parametrize("pattern", ["\\", "\\x", "a\\", "x" * 20_000])
def test_bad_patterns(pattern: str) -> None:
    """Only ``*``, ``?`` and the backslash can be escaped, and ``}`` and ``/`` for the sake of the braces."""
    with pytest.raises(PatternError):
        trim_prefix(pattern, "x", longest=False)
    assert trim_prefix("\\}\\/\\*", "}/*x", longest=False) == "x"


@pytest.mark.parametrize(
    ("template", "result"),
    [("$0$0", "bb"), ("$1", ""), ("$name", ""), ("$é-", "-"), ("${é}-", "-"), ("$$", "$"), ("$", "$"), ("$00", "b")],
)
def test_a_replacement_of_all_is_a_template(template: str, result: str) -> None:
    """As Go's regular expressions fill it: the groups have no names and the only number is 0."""
    assert replace_all("b", "abc", template, 10**9) == f"a{result}c"
