"""Weights of random stacks of layers: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.layer.strategies import Item, index_of, trees

from jettison.analyze.attribution import attribute
from jettison.layer.merge import merge_layers
from jettison.model.entry import EntryType


@settings(max_examples=200)
@given(st.lists(trees(deletions=True), max_size=6))
def test_added_is_visible_and_wasted(stack: list[list[Item]]) -> None:
    """In every layer, the bytes added are those seen and those that are told to be wasted, each told once."""
    indexes = [index_of(items) for items in stack]
    found = attribute(indexes)
    wasted = [0] * len(indexes)
    for lost in found.wasted:
        wasted[lost.layer] += lost.entry.size
        assert lost.layer <= lost.by
    assert [layer.wasted_bytes for layer in found.layers] == wasted
    assert len({(lost.layer, lost.entry.offset, lost.entry.path) for lost in found.wasted}) == len(found.wasted)
    tree = merge_layers(indexes)
    assert found.tree.entries == tree.entries
    seen = sum(entry.size for entry in tree.entries.values() if entry.type is EntryType.FILE)
    assert sum(layer.visible_bytes for layer in found.layers) == seen
    assert 0 <= found.efficiency <= 1
