"""Layers as rows make the tree that they make entry by entry."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.layer.strategies import Item, index_of, trees

from jettison.frozen import replace
from jettison.layer.entry_columns import EntryColumns
from jettison.layer.merge import merge_layers
from jettison.layer.row_stack import RowStack
from jettison.layer.row_tree import RowTree
from jettison.model.entry import EntryType


def tree_of(stack: list[list[Item]], *, in_columns: bool) -> RowTree:
    """The tree of these layers, lowest first."""
    rows = RowStack()
    for number, items in enumerate(stack):
        index = index_of(items)
        if in_columns:
            index = replace(index, entries=EntryColumns(index.entries))
        rows.put(rows.read(index, number)[1])
    return rows.tree()


@settings(max_examples=200)
@given(st.lists(trees(deletions=True), max_size=6), st.booleans())
def test_the_tree_is_the_same(stack: list[list[Item]], in_columns: bool) -> None:
    """Entries, the layers that hold them, what lies in each folder, and whatever else is asked of a tree."""
    tree, known = tree_of(stack, in_columns=in_columns), merge_layers([index_of(items) for items in stack])
    assert tree.entries == known.entries
    assert tree.layer_numbers == known.layer_numbers
    assert sorted(tree.paths()) == sorted(known.entries)
    for path in (*known.entries, "", "missing"):
        assert tree.type_of(path) == known.type_of(path)
        assert tree.below(path) == known.below(path)
        for left_out in ("", "a"):
            found = tree.paths_below(path, leaving_out=left_out)
            assert sorted(found) == sorted(known.paths_below(path, leaving_out=left_out))
        assert sorted(tree.paths_in(path)) == sorted(known.paths_in(path))
    assert sorted(tree.large_programs(1)) == sorted(known.large_programs(1))


@given(st.lists(trees(deletions=True), max_size=4))
def test_the_columns_are_those_of_the_entries(stack: list[list[Item]]) -> None:
    """In the order of the rows: paths, folders, and of each row its layer, size, type and digest."""
    tree = tree_of(stack, in_columns=True)
    rows = tree.rows
    shown, folders = tree.shown, {row: folder for folder, run in tree.places.put_in() for row in run}
    assert [*shown.rows] == sorted(shown.rows) == [row for row, is_shown in enumerate(shown.mask) if is_shown]
    for path, row in zip(shown.paths, shown.rows, strict=True):
        entry = tree.entries[path]
        assert (rows.paths[row], folders[row], rows.sizes[row]) == (path, entry.parent, entry.size)
        assert rows.layers()[row] == rows.layer(row) == tree.layer_numbers[path]
        if entry.type is EntryType.FILE:
            assert entry.digest is not None
            assert entry.digest.hex == rows.sha256(row).hex()
