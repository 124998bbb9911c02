"""Trees: differences and applications undo each other."""

from __future__ import annotations

from hypothesis import given, settings
from tests.layer.strategies import Item, index_of, seen, trees

from jettison.layer.diff import diff_trees
from jettison.layer.merge import apply_layer, merge_layers
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree


def plain(tree: Tree) -> dict[str, Entry]:
    """The entries without the places of their contents."""
    return {path: entry._replace(offset=0) for path, entry in tree.entries.items()}


@given(trees(), trees())
def test_applying_the_difference_gives_the_other_tree(old_items: list[Item], new_items: list[Item]) -> None:
    """apply(diff(a, b), a) = b."""
    old, new = (merge_layers([index_of(items)]) for items in (old_items, new_items))
    layer = diff_trees(old, new)
    assert plain(apply_layer(old, layer, 1)) == plain(new)


@given(trees(), trees(deletions=True))
def test_a_change_and_its_difference_do_the_same(items: list[Item], change: list[Item]) -> None:
    """For trees that a layer with deletions made."""
    old = merge_layers([index_of(items)])
    new = apply_layer(old, index_of(change).entries, 1)
    layer = diff_trees(old, new)
    assert plain(apply_layer(old, layer, 1)) == plain(new)


@given(trees())
def test_equal_trees_do_not_differ(items: list[Item]) -> None:
    """diff(a, a) is empty."""
    tree = merge_layers([index_of(items)])
    assert diff_trees(tree, tree) == ()


@given(trees(), trees())
def test_a_difference_can_be_unpacked_by_itself(old_items: list[Item], new_items: list[Item]) -> None:
    """Parents and the targets of hard links come first, and are all there."""
    old, new = (merge_layers([index_of(items)]) for items in (old_items, new_items))
    made = {""}
    for entry in diff_trees(old, new):
        if entry.type is EntryType.WHITEOUT:
            assert entry.path in old.entries
        else:
            assert entry.parent in made
            assert entry.type is not EntryType.HARDLINK or entry.link in made
            made.add(entry.path)


@settings(max_examples=50)
@given(trees(), trees(deletions=True), trees(deletions=True))
def test_layers_apply_one_by_one_or_all_at_once(first: list[Item], second: list[Item], third: list[Item]) -> None:
    """merge([a, b, c]) = apply(c, apply(b, apply(a)))."""
    indexes = [index_of(items) for items in (first, second, third)]
    tree = merge_layers([])
    for number, index in enumerate(indexes):
        tree = apply_layer(tree, index.entries, number)
    together = merge_layers(indexes)
    assert tree.entries == together.entries
    assert tree.layer_numbers == together.layer_numbers


@given(trees(), trees(deletions=True))
def test_every_entry_has_a_directory_above_it(items: list[Item], change: list[Item]) -> None:
    """So that a walk meets all of a tree, each path once."""
    tree = merge_layers([index_of(items), index_of(change)])
    assert sorted(entry.path for entry in tree.walk("")) == sorted(tree.entries.keys() - {""})
    assert seen(tree).keys() == tree.entries.keys() - {""}
