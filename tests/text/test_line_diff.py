"""Unified differences: those of diff -u, for any two texts, and in time for long ones."""

from __future__ import annotations

import difflib
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.text.line_diff import matching_blocks, unified

CASES = {
    "equal": ("a b c", "a b c"),
    "nothing before": ("", "a b"),
    "nothing after": ("a b", ""),
    "both empty": ("", ""),
    "one line": ("a", "b"),
    "in the middle": ("a b c d e f g h i j", "a b c d X f g h i j"),
    "two hunks": ("a b c d e f g h i j k l m", "X b c d e f g h i j k l Y"),
    "put in": ("a b c", "a b new c"),
    "taken out": ("a b c", "a c"),
    "at the end": ("a b c", "a b c d"),
}


@pytest.mark.parametrize("case", CASES)
def test_small_changes_are_told_as_python_tells_them(case: str) -> None:
    """Which tells them as diff does."""
    old, new = (text.split() for text in CASES[case])
    expected = list(difflib.unified_diff(old, new, "one", "two", lineterm=""))
    assert list(unified(old, new, "one", "two")) == expected


LINES = st.lists(st.sampled_from("abcdefgh"), max_size=30) | st.lists(st.text("xyz", max_size=3), max_size=30)


@given(LINES, LINES)
def test_what_is_said_to_be_equal_is(old: list[str], new: list[str]) -> None:
    """Blocks follow each other on both sides, and the last is the end."""
    at = to = 0
    for start, new_start, count in matching_blocks(old, new):
        assert start >= at
        assert new_start >= to
        assert old[start : start + count] == new[new_start : new_start + count]
        at, to = start + count, new_start + count
    assert (at, to) == (len(old), len(new))


@given(LINES, LINES)
def test_the_difference_leads_from_one_to_the_other(old: list[str], new: list[str]) -> None:
    """Read as a patch: what is taken out was there, and what comes out is the new text."""
    made: list[str] = []
    place = 0
    for line in list(unified(old, new, "", ""))[2:]:
        if line.startswith("@@"):
            start, _, count = line.split()[1][1:].partition(",")
            first = int(start) - (count != "0")
            made += old[place:first]
            place = first
            continue
        if line[0] != "+":
            assert old[place] == line[1:]
            place += 1
        if line[0] != "-":
            made.append(line[1:])
    assert made + old[place:] == new


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [("aabbaabb", "bbaabbaa", 6), ("xaaxbbx", "aabbaabb", 4), ("abab", "cdcd", 0), ("aa", "aaaa", 2)],
)
def test_as_few_lines_as_possible_are_changed_where_all_are_repeated(old: str, new: str, kept: int) -> None:
    """By hand."""
    assert sum(count for _, _, count in matching_blocks([*old], [*new])) == kept


@pytest.mark.parametrize("texts", ["shuffled", "reversed", "of few words", "nested", "of many small parts"])
def test_long_texts_with_little_in_common(texts: str, tmp_path: Path) -> None:
    """A hundred thousand lines, where comparing each with each would take minutes; patch(1) makes the one of the
    other."""
    chance = random.Random(0)
    old = [str(number) for number in range(100_000)]
    if texts == "shuffled":
        new = chance.sample(old, len(old))
    elif texts == "reversed":
        new = old[::-1]
    elif texts == "of few words":
        old, new = ([chance.choice("abcdefgh") for _ in old] for _ in range(2))
    elif texts == "of many small parts":
        old, new = (
            [word for part in range(400) for word in (f"part {part}", *(chance.choice("abcd") for _ in range(250)))]
            for _ in range(2)
        )
    else:
        new = [line for number in range(50_000) for line in (old[number], old[99_999 - number])]
    lines = list(unified(old, new, "old", "new"))
    assert lines[:2] == ["--- old", "+++ new"]
    if shutil.which("patch") is None:
        pytest.skip("patch is not installed")
    (tmp_path / "old").write_text("".join(f"{line}\n" for line in old))
    patch = "".join(f"{line}\n" for line in lines)
    subprocess.run(["patch", "-s", "old"], cwd=tmp_path, input=patch, check=True, text=True)
    assert (tmp_path / "old").read_text() == "".join(f"{line}\n" for line in new)
