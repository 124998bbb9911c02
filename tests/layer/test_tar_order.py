"""The order of a tar, told while a walk goes on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from jettison.layer.tar_order import in_tar_order
from jettison.model.entry import Entry, EntryType

names = st.text("ab-.0~ü", min_size=1, max_size=3)
paths = st.lists(st.lists(names, min_size=1, max_size=4), max_size=30)


def walked(paths: list[list[str]]) -> tuple[list[Entry], set[str]]:
    """The files and all directories above them as a walk comes by them, and the directories that are split."""
    places = sorted({tuple(parts[: count + 1]) for parts in paths for count in range(len(parts))})
    above = {place[:-1] for place in places}
    entries = [Entry("/".join(place), EntryType.DIRECTORY if place in above else EntryType.FILE) for place in places]
    split = set()
    for folder in above:
        listed = [place[-1] for place in places if place[:-1] == folder]
        for name, after in pairwise(listed):
            if after.startswith(name) and after[len(name)] < "/":
                split.add("/".join((*folder, name)))
    return entries, split


@given(paths)
def test_entries_come_sorted_by_path(paths: list[list[str]]) -> None:
    """Whatever the names are that a directory's name continues in."""
    entries, split = walked(paths)
    assert list(in_tar_order(entries, split)) == sorted(entries, key=lambda entry: entry.path)


def test_only_split_directories_are_waited_for() -> None:
    """An entry comes as soon as the walk does, but for what lies in a directory whose name is continued."""
    taken: list[str] = []

    def entries() -> Iterator[Entry]:
        for path in ("a", "a/1", "a/2", "b", "b/1", "b-1", "b-1/2", "c"):
            taken.append(path)
            yield Entry(path, EntryType.DIRECTORY if len(path) != 3 else EntryType.FILE)

    told = [(entry.path, taken[-1]) for entry in in_tar_order(entries(), {"b"})]
    assert told == [
        ("a", "a"), ("a/1", "a/1"), ("a/2", "a/2"), ("b", "b"), ("b-1", "b-1"), ("b-1/2", "b-1/2"), ("b/1", "c"), ("c", "c"),
    ]  # fmt: skip
