"""What changed between two heights of a stack, of each path and of folders, as a walk over both trees finds it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analyze.support import file, folder, gone, link, stack_of
from tests.explore.test_versions import layers

from jettison.explore.comparison import Change, Comparison
from jettison.explore.versions import read_layers
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.model.entry import Entry

EVERY_SET = [frozenset(some) for count in range(1, 5) for some in combinations(Change, count)]


def compare(*layers: list[Entry], lower: int | None = None) -> Comparison:
    """The highest layer against the one below it, or against ``lower``."""
    upper = len(layers) - 1
    return Comparison(read_layers(stack_of(*layers)).versions, upper - 1 if lower is None else lower, upper)


@pytest.mark.parametrize(
    ("lower", "upper", "change"),
    [
        ([], [file("a", 1)], Change.ADDED),
        ([file("a", 1)], [gone("a")], Change.REMOVED),
        ([file("a", 1)], [file("a", 2)], Change.MODIFIED),
        ([file("a", 1)], [file("a", 1)._replace(mode=0o600)], Change.MODIFIED),
        ([file("a", 1)], [file("b", 1)], Change.UNMODIFIED),
        ([folder("a")], [folder("a")._replace(mtime_ns=7)], Change.UNMODIFIED),
        ([folder("a")], [folder("a")._replace(mode=0o700)], Change.MODIFIED),
        ([file("o", 1), link("a", "o")], [gone("o")], Change.UNMODIFIED),
        ([file("a", 1)], [folder("a"), file("a/b", 1)], Change.MODIFIED),
        ([file("b", 1)], [file("c", 1)], None),
    ],
)
def test_change_of_a_path(lower: list[Entry], upper: list[Entry], change: Change | None) -> None:
    """A folder that is named again is no change; a file that is stored again is one, be it the same."""
    assert compare(lower, upper).change("a") is change


def test_what_came_and_went_in_between_is_in_neither_tree() -> None:
    """Over several layers only the ends count."""
    comparison = compare([file("a", 1)], [file("b", 1)], [gone("b")], [gone("a"), file("c", 1)], lower=0)
    assert {path: comparison.change(path) for path in "abc"} == {"a": Change.REMOVED, "b": None, "c": Change.ADDED}


def test_folders_show_that_something_in_them_changed() -> None:
    """Whatever it is, the folder is modified; in truth it is not, so a filter for modified passes it over."""
    comparison = compare([folder("a"), file("a/b", 1)], [file("a/c", 1)])
    assert comparison.change("a") is Change.UNMODIFIED
    assert comparison.shown_change("a") is Change.MODIFIED
    assert not comparison.holds("a", frozenset({Change.MODIFIED}))
    assert comparison.holds("a", frozenset({Change.ADDED}))


def test_a_removed_entry_is_shown_as_it_was() -> None:
    """With the height at which it was there last."""
    comparison = compare([file("a/b", 5)], [], [gone("a")])
    entry = comparison.entry("a/b")
    assert entry is not None
    assert entry.size == 5
    assert comparison.height("a/b") == 1
    assert comparison.versions.below("a", comparison.height("a")).size_bytes == 5


@settings(max_examples=150, deadline=None)
@given(layers(), st.data())
def test_folders_hold_what_a_walk_finds_in_them(stack: list[LayerIndex], data: st.DataObject) -> None:
    """For every set of changes."""
    upper = data.draw(st.integers(0, len(stack) - 1))
    lower = data.draw(st.integers(-1, upper))
    comparison = Comparison(read_layers(stack).versions, lower, upper)
    paths = {*merge_layers(stack[: lower + 1]).entries, *merge_layers(stack[: upper + 1]).entries}
    assert {path for path in comparison.versions.newest if comparison.change(path)} == paths
    for shown in EVERY_SET:
        matching = {path for path in paths if comparison.change(path) in shown}
        for path in paths:
            below = any(other == path or other.startswith(f"{path}/") for other in matching)
            assert comparison.holds(path, shown) == below
