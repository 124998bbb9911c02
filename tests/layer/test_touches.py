"""What layers do to one path, told from the layers alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layer.archives import File, directory, file, hard_link, opaque, symlink, whiteout, write_layer
from tests.layer.strategies import Item, index_of, trees

from jettison.layer.compare import Aspect, looks_of
from jettison.layer.merge import merge_layers
from jettison.layer.touches import TouchKind, brought_by, touches_of
from jettison.model.entry import Entry

Layer = list[Entry | File]
A, CHANGED = file("d/a", b"one"), file("d/a", b"other")


@pytest.mark.parametrize(
    ("layers", "expected", "brought"),
    [
        pytest.param([[A]], ["0 added"], 0, id="brought"),
        pytest.param([[file("x")], [A], [file("y")]], ["1 added"], 1, id="others are passed over"),
        pytest.param([[A], [CHANGED]], ["0 added", "1 changed"], 1, id="overwritten"),
        pytest.param([[A], [file("d/a", b"one", mode=0o600)]], ["0 added", "1 metadata"], 0, id="copied up for a mode"),
        pytest.param([[A], [A]], ["0 added", "1 repeated"], 0, id="the same once more"),
        pytest.param([[A], [whiteout("d/a")]], ["0 added", "1 removed"], 0, id="deleted"),
        pytest.param([[A], [whiteout("d")], [whiteout("d/a")]], ["0 added", "1 removed"], 0, id="deleted with its folder"),
        pytest.param([[A], [directory("d"), opaque("d")], [A]], ["0 added", "1 removed", "2 added"], 2, id="hidden, made anew"),
        pytest.param([[A], [file("d")], [directory("d"), A]], ["0 added", "1 removed", "2 added"], 2, id="its folder was a file"),
        pytest.param([[A], [file("d/b", b"b"), whiteout("d/c")]], ["0 added"], 0, id="only its folder"),
        pytest.param([[A], [whiteout("d/a"), symlink("d/a", "b")]], ["0 added", "1 changed"], 1, id="replaced by a link"),
        pytest.param(
            [[directory("d"), file("d/0", b"x"), hard_link("d/a", "d/0")], [whiteout("d/0")]],
            ["0 added", "1 metadata"],
            0,
            id="its other name goes",
        ),
    ],
)  # fmt: skip
def test_each_layer_is_told_by_what_it_does(layers: list[Layer], expected: list[str], brought: int) -> None:
    """And the one that the content is from."""
    touches = touches_of([write_layer(*items)[1] for items in layers], "d/a")
    assert [f"{touch.layer} {touch.kind}" for touch in touches] == expected
    found = brought_by(touches)
    assert found is not None
    assert found.layer == brought


def test_a_path_that_never_was_has_no_touches() -> None:
    """Not even by deletions."""
    assert touches_of([write_layer(A)[1], write_layer(whiteout("d/b"))[1]], "d/b") == ()
    assert brought_by(()) is None


@given(trees(), st.lists(trees(deletions=True), max_size=3), st.data())
def test_one_path_is_seen_as_the_whole_tree_shows_it(
    base: list[Item], others: list[list[Item]], data: st.DataObject
) -> None:
    """Looking at one path alone gives what merging everything gives, after each layer."""
    indexes = [index_of(items) for items in [base, *others]]
    paths = sorted({entry.path for index in indexes for entry in index.entries if entry.path})
    path = data.draw(st.sampled_from(paths or ["nothing"]))
    touches = {touch.layer: touch for touch in touches_of(indexes, path)}
    seen = None
    for number in range(len(indexes)):
        if number in touches:
            seen = None if touches[number].kind is TouchKind.REMOVED else touches[number].look
        shown = looks_of(merge_layers(indexes[: number + 1])).get(path)
        assert (seen is None) == (shown is None)
        if seen is not None and shown is not None:
            assert seen.entry._replace(size=0) == shown.entry._replace(size=0)


def test_a_folder_that_was_emptied_is_another_one() -> None:
    """``rm -rf d && mkdir d``: what it holds in the end is of the layer that made it anew."""
    layers: list[Layer] = [
        [directory("d"), A],
        [directory("d"), opaque("d"), file("d/b", b"b")],
        [directory("d"), file("d/c", b"c")],
    ]
    touches = touches_of([write_layer(*layer)[1] for layer in layers], "d")
    assert [(touch.layer, touch.kind) for touch in touches] == [
        (0, TouchKind.ADDED),
        (1, TouchKind.CHANGED),
        (2, TouchKind.REPEATED),
    ]
    assert Aspect.CONTENT in touches[1].aspects
    assert brought_by(touches) is touches[1]
