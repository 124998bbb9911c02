"""Entries in columns are the entries that went in, however they are looked at."""

from __future__ import annotations

from hypothesis import given
from tests.layer.strategies import Item, index_of, trees

from jettison.layer.entry_columns import EntryColumns
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType


@given(trees(deletions=True))
def test_they_are_a_sequence(items: list[Item]) -> None:
    """One after the other, by place, by range, and compared with other sequences."""
    entries = tuple(index_of(items).entries)
    columns = EntryColumns(entries)
    assert (tuple(columns), len(columns)) == (entries, len(entries))
    assert [columns[place] for place in range(-len(entries), len(entries))] == [*entries, *entries]
    assert columns[1:3] == entries[1:3]
    assert columns == entries == EntryColumns(columns)
    assert columns != EntryColumns([*entries, Entry("one more", EntryType.FIFO)])


def test_paths_are_decoded_in_pieces() -> None:
    """More of them than are decoded at once, a very long one, one that is not UTF-8, and a file without a digest."""
    paths = [f"folder/file {number}" for number in range(30_000)]
    paths[100:100] = ["long/" * 100_000, "not \udcff UTF-8", "\u00e9"]
    entries = [Entry(path, EntryType.FILE, digest=Digest.of(path.encode("utf-8", "replace"))) for path in paths]
    entries[7] = Entry("unread", EntryType.FILE)
    columns = EntryColumns(entries)
    assert list(columns) == entries
    assert columns[20_000] == entries[20_000]
