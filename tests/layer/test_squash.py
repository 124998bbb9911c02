"""Squashing stacks of layers: the same tree before and after, for every shape that layers can take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layer.archives import File, directory, file, hard_link, opaque, symlink, whiteout, write_layer
from tests.layer.strategies import Item, index_of, trees

from jettison.errors import IntegrityError
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.layer.squash import prove_equal, prove_written, squashed_entries
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import tree_of

Layer = list[Entry | File]
A, B = file("d/a", b"a", mtime_ns=7 * 10**9), file("d/b", b"b")


def squashed(indexes: list[LayerIndex], kept: int) -> tuple[Entry, ...]:
    """The squashed layer, proved."""
    entries, whole = squashed_entries(indexes, kept)
    made = LayerIndex(diff_id=Digest.of(b""), tar_bytes=0, entries=entries)
    prove_equal(whole, merge_layers([*indexes[:kept], made]))
    return entries


@pytest.mark.parametrize(
    ("layers", "kept", "expected"),
    [
        pytest.param([[directory("d"), A], [whiteout("d/a")]], 0, ["d"], id="written and deleted"),
        pytest.param([[directory("d"), A], [whiteout("d/a")]], 1, ["d", "-d/a"], id="deleted from what stays"),
        pytest.param([[directory("d"), A], [B], [whiteout("d/b")]], 1, [], id="nothing is left"),
        pytest.param([[directory("d"), A], [whiteout("d")], [whiteout("d")]], 1, ["-d"], id="whiteout of a whiteout"),
        pytest.param(
            [[directory("d"), A, B], [directory("d"), opaque("d"), file("d/c")]],
            1,
            ["d", "-d/a", "-d/b", "d/c"],
            id="opaque directory",
        ),
        pytest.param(
            [[file("x", b"1")], [directory("x"), file("x/y")], [whiteout("x"), file("x", b"2")]],
            1,
            ["x"],
            id="file, directory, file",
        ),
        pytest.param(
            [[directory("d"), A], [hard_link("d/z", "d/a")]], 1, ["d", "d/a", "d/z"], id="hard link across layers"
        ),
        pytest.param(
            [[directory("d"), A, hard_link("d/z", "d/a")], [whiteout("d/a")], [file("d/q", b"q")]],
            0,
            ["d", "d/q", "d/z"],
            id="the first name of a file goes",
        ),
        pytest.param(
            [[directory("d"), A, hard_link("d/y", "d/a"), hard_link("d/z", "d/a")], [whiteout("d/a")]],
            1,
            ["d", "-d/a"],
            id="the first name goes from what stays",
        ),
        pytest.param(
            [[directory("d"), A, hard_link("d/z", "d/a")], [file("d/a", b"other")]],
            1,
            ["d", "d/a"],
            id="the first name is written anew",
        ),
        pytest.param([[symlink("l", "d")], [whiteout("l"), symlink("l", "e")]], 0, ["l"], id="link replaced"),
        pytest.param([[file("same", bytes([n])) for _ in "x"] for n in range(10)], 0, ["same"], id="ten times"),
        pytest.param([[A], [B]], 0, ["d", "d/a", "d/b"], id="directories that nobody names"),
    ],
)
def test_the_layer_holds_what_is_needed_and_no_more(layers: list[Layer], kept: int, expected: list[str]) -> None:
    """Deletions are written with a minus here."""
    entries = squashed([write_layer(*items)[1] for items in layers], kept)
    told = [f"-{one.path}" if one.type is EntryType.WHITEOUT else one.path for one in entries]
    assert sorted(told) == sorted(expected)
    assert all(one.type is not EntryType.OPAQUE for one in entries)


@given(trees(), st.lists(trees(deletions=True), min_size=1, max_size=4), st.data())
def test_the_tree_is_the_same_before_and_after(base: list[Item], others: list[list[Item]], data: st.DataObject) -> None:
    """For any stack of layers, wherever it is cut."""
    indexes = [index_of(items) for items in [base, *others]]
    squashed(indexes, data.draw(st.integers(0, len(indexes))))


@given(trees(), st.lists(trees(deletions=True), min_size=1, max_size=3), st.data())
def test_squashing_twice_changes_nothing(base: list[Item], others: list[list[Item]], data: st.DataObject) -> None:
    """A layer that was squashed stands for itself, offsets apart."""
    indexes = [index_of(items) for items in [base, *others]]
    kept = data.draw(st.integers(0, len(indexes) - 1))
    once = squashed(indexes, kept)
    made = LayerIndex(diff_id=Digest.of(b""), tar_bytes=0, entries=once)
    again = squashed([*indexes[:kept], made], kept)
    assert [entry._replace(offset=0) for entry in again] == [entry._replace(offset=0) for entry in once]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([], id="a file less"),
        pytest.param([A.entry, B.entry], id="a file more"),
        pytest.param([A.entry._replace(mode=0o600)], id="mode"),
        pytest.param([A.entry._replace(mtime_ns=8)], id="time"),
        pytest.param([A.entry._replace(digest=Digest.of(b"other"))], id="content"),
    ],
)
def test_what_is_not_equal_is_refused(other: list[Entry]) -> None:
    """With the path that differs."""
    with pytest.raises(IntegrityError, match=r"/d/[ab] differs; nothing was written"):
        prove_equal(tree_of([A.entry]), tree_of(other))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([A.entry], id="an entry less"),
        pytest.param([A.entry, B.entry, A.entry], id="an entry more"),
        pytest.param([B.entry, A.entry], id="another order"),
        pytest.param([A.entry, B.entry._replace(uid=1)], id="owner"),
        pytest.param([A.entry, B.entry._replace(digest=Digest.of(b"other"))], id="content"),
    ],
)
def test_what_was_not_written_as_it_was_meant_is_refused(other: list[Entry]) -> None:
    """With the path; where contents lie is for the writer to say."""
    prove_written([A.entry, B.entry], [A.entry._replace(offset=512), B.entry._replace(offset=1536)])
    with pytest.raises(IntegrityError, match=r"not written as it was meant: /d/[ab]; nothing was named"):
        prove_written([A.entry, B.entry], other)
