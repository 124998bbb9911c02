"""Comparing trees: what is told is enough to get from one to the other, and no byte is told twice."""

from __future__ import annotations

from hypothesis import given
from tests.layer.strategies import Item, index_of, trees

from jettison.layer.compare import ChangeKind, Look, compare_trees, content_bytes, looks_of
from jettison.layer.merge import merge_layers
from jettison.model.tree import Tree


def merged(*layers: list[Item]) -> Tree:
    return merge_layers([index_of(items) for items in layers])


def without_root(looks: dict[str, Look]) -> dict[str, Look]:
    return {path: look for path, look in looks.items() if path}


@given(trees(), trees(), trees(deletions=True))
def test_the_changes_lead_from_one_tree_to_the_other(
    old_items: list[Item], new_items: list[Item], change: list[Item]
) -> None:
    """apply(compare(a, b), a) = b, also for trees with deleted files and inherited hard links."""
    old, new = merged(old_items), merged(new_items, change)
    looks = looks_of(old)
    for one in compare_trees(old, new, times=True):
        if one.kind in (ChangeKind.REMOVED, ChangeKind.MOVED):
            del looks[one.old_path]
        if one.new is not None:
            looks[one.path] = one.new
    assert without_root(looks) == without_root(looks_of(new))


@given(trees(), trees(deletions=True))
def test_the_sizes_of_all_changes_add_up(items: list[Item], change: list[Item]) -> None:
    """sum of the changes = size of the new tree - size of the old one."""
    old, new = merged(items), merged(items, change)
    assert sum(one.size_bytes for one in compare_trees(old, new)) == content_bytes(new) - content_bytes(old)


@given(trees(), trees(deletions=True))
def test_equal_trees_do_not_differ(items: list[Item], change: list[Item]) -> None:
    """compare(a, a) is empty, also where the two are two objects."""
    assert compare_trees(merged(items, change), merged(items, change), times=True) == ()
