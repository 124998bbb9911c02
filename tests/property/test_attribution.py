"""Weights of random stacks of layers: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analyze.support import weight_of
from tests.layer.strategies import Item, index_of, trees

from jettison.analyze.attribution import attribute
from jettison.layer.layer_table import layer_table
from jettison.layer.merge import merge_layers
from jettison.model.entry import EntryType
from jettison.report.page.folding import fold
from jettison.report.weigh_page.pieces import pieces_of


@settings(max_examples=200)
@given(st.lists(trees(deletions=True), max_size=6))
def test_added_is_visible_and_wasted(stack: list[list[Item]]) -> None:
    """In every layer, the bytes added are those seen and those that are told to be wasted, each told once."""
    indexes = [index_of(items) for items in stack]
    found = attribute(indexes)
    wasted = [0] * len(indexes)
    for lost in found.wasted:
        wasted[lost.layer] += lost.size_bytes
        assert lost.layer <= lost.by
    assert [layer.wasted_bytes for layer in found.layers] == wasted
    tree = merge_layers(indexes)
    assert found.tree.entries == tree.entries
    assert found.tree.layer_numbers == tree.layer_numbers
    seen = [0] * len(indexes)
    for path, entry in tree.entries.items():
        if entry.type is EntryType.FILE:
            seen[tree.layer_numbers[path]] += entry.size
    assert [layer.visible_bytes for layer in found.layers] == seen
    assert 0 <= found.efficiency <= 1


@settings(max_examples=200)
@given(st.lists(trees(deletions=True), max_size=6))
def test_the_efficiency_is_that_of_its_definition(stack: list[list[Item]]) -> None:
    """The least sizes of all paths over all their sizes, every path of every layer looked at."""
    indexes = [index_of(items) for items in stack]
    said: dict[str, list[int]] = {}
    written: dict[
        str, int
    ] = {}  # the size of each path where a layer said it last: 0 for a link, whatever it holds later
    for number, index in enumerate(indexes):
        below = merge_layers(indexes[:number]).entries
        table = layer_table(index.entries)
        parents = {path.rpartition("/")[0] for path in (*table.entries, *table.whiteouts)}
        for path in set(table.whiteouts):
            is_folder = path in below and below[path].type is EntryType.DIRECTORY
            inside = [written[name] for name in below if name.startswith(f"{path}/")] if is_folder else []
            said.setdefault(path, []).append(sum(inside))
        for path, entry in table.entries.items():
            if path and (entry.type is not EntryType.DIRECTORY or path not in parents):
                said.setdefault(path, []).append(entry.size)
        written |= {path: entry.size for path, entry in table.entries.items()}
    all_bytes = sum(map(sum, said.values()))
    found = attribute(indexes)
    assert found.efficiency == (sum(map(min, said.values())) / all_bytes if all_bytes else 1.0)
    assert found.repeated_bytes == sum(sum(sizes) for sizes in said.values() if len(sizes) > 1)


@settings(max_examples=100)
@given(st.lists(trees(deletions=True), max_size=5))
def test_the_page_shows_every_byte(stack: list[list[Item]]) -> None:
    """The pieces of the HTML view, and the tree that they are folded to, add up to the size of the image."""
    weight = weight_of(*(list(index_of(items).entries) for items in stack))
    pieces = tuple(pieces_of(weight))
    assert sum(piece.size for piece in pieces) == weight.total_bytes
    assert all(piece.size > 0 for piece in pieces)
    assert sum(fold(pieces).sizes) == weight.total_bytes
