"""What a stack of layers looks like (OCI image-spec, layer.md), case by case."""

from __future__ import annotations

from collections.abc import Sequence

from tests.layer.archives import File, directory, file, hard_link, opaque, symlink, whiteout, write_layer
from tests.layer.strategies import Item, index_of

from jettison.layer.merge import apply_layer, merge_layers
from jettison.model.entry import EntryType
from jettison.model.tree import Tree, tree_of


def stack(*layers: Sequence[Item]) -> Tree:
    return merge_layers([index_of(layer) for layer in layers])


def content_layer(tree: Tree, path: str) -> int:
    """The layer that holds the content of a file."""
    return tree.layer_numbers[tree.content(tree.entries[path]).path]


def test_upper_files_replace_lower_ones() -> None:
    """And the tree knows which layer each is from."""
    tree = stack([file("a", b"1"), file("b", b"1")], [file("a", b"22")])
    assert tree.entries["a"].size == 2
    assert dict(tree.layer_numbers) == {"a": 1, "b": 0}


def test_directories_merge_and_take_the_uppers_metadata() -> None:
    """Children of both, mode of the upper."""
    tree = stack([directory("d", 0o700), file("d/a")], [directory("d", 0o711), file("d/b")])
    assert list(tree.entries) == ["d", "d/a", "d/b"]
    assert tree.entries["d"].mode == 0o711


def test_whiteouts_delete_with_all_that_is_below() -> None:
    """But not what only begins with the same letters."""
    lower: list[Item] = [directory("d"), directory("d/e"), file("d/e/f"), file("d.txt"), file("d-"), file("d0")]
    assert set(stack(lower, [whiteout("d")]).entries) == {"d.txt", "d-", "d0"}


def test_whiteouts_do_not_reach_their_own_layer() -> None:
    """A directory that is deleted and made again is empty below."""
    uppers: list[list[Item]] = [
        [whiteout("d"), directory("d"), file("d/new")],
        [directory("d"), file("d/new"), whiteout("d")],
        [directory("d"), opaque("d"), file("d/new")],
        [directory("d"), file("d/new"), opaque("d")],
    ]
    for upper in uppers:
        assert set(stack([directory("d"), file("d/old")], upper).entries) == {"d", "d/new"}


def test_an_opaque_root_hides_everything() -> None:
    """``.wh..wh..opq`` at the top."""
    assert set(stack([directory("d"), file("d/old")], [opaque(""), file("new")]).entries) == {"new"}


def test_whiteouts_of_nothing_mean_nothing() -> None:
    """Deleting what is not there is no error."""
    assert dict(stack([file("a")], [whiteout("b"), opaque("c")]).entries).keys() == {"a", "c"}


def test_other_types_replace_directories_and_back() -> None:
    """File, then directory, then link: nothing of the former is left."""
    layers: list[list[Item]] = [
        [file("x")],
        [directory("x"), file("x/y")],
        [symlink("x", "elsewhere")],
        [directory("x"), file("x/z")],
    ]
    assert stack(*layers[:2]).entries.keys() == {"x", "x/y"}
    assert stack(*layers[:3]).entries.keys() == {"x"}
    assert stack(*layers).entries.keys() == {"x", "x/z"}


def test_implied_parents_are_made_or_kept() -> None:
    """A layer that names only a file leaves the directories above as they are, and makes missing ones."""
    tree = stack([directory("tmp", 0o1777)], [file("tmp/a/b")])
    assert tree.entries["tmp"].mode == 0o1777
    assert tree.layer_numbers["tmp"] == 0
    assert (tree.entries["tmp/a"].type, tree.entries["tmp/a"].mode) == (EntryType.DIRECTORY, 0o755)


def test_an_implied_parent_replaces_a_link() -> None:
    """As overlayfs has it: a directory in the upper hides what is no directory below."""
    tree = stack([directory("usr"), symlink("lib", "usr")], [file("lib/a")])
    assert tree.entries["lib"].type is EntryType.DIRECTORY
    assert tree.entries.keys() == {"usr", "lib", "lib/a"}


def test_of_two_entries_for_a_path_the_later_counts() -> None:
    """As if they were unpacked one after the other."""
    assert stack([file("a", b"1"), file("a", b"22")]).entries["a"].size == 2
    assert stack([directory("a"), file("a/b"), file("a", b"1")]).entries.keys() == {"a"}
    again: list[Item] = [directory("a"), file("a/b"), file("a"), directory("a")]
    assert stack(again).entries.keys() == {"a"}
    merged: list[Item] = [directory("a", 0o700), file("a/b"), directory("a", 0o711)]
    assert stack(merged).entries.keys() == {"a", "a/b"}
    assert stack(merged).entries["a"].mode == 0o711


def test_hard_links_share_a_file() -> None:
    """The content of a link is that of its file."""
    tree = stack([file("a", b"1"), hard_link("b", "a"), hard_link("c", "b")])
    assert tree.content(tree.entries["c"]).path == "a"
    assert tree.entries["c"].link == "a"


def test_the_other_names_of_a_replaced_file_keep_the_content() -> None:
    """Overlayfs copies up one name only: the first link left becomes the file, in the layer where the content is."""
    lower: list[Item] = [file("f", b"old"), hard_link("g", "f"), hard_link("h", "f")]
    uppers: list[Item] = [file("f", b"new!"), whiteout("f"), directory("f"), symlink("f", "g")]
    for upper in uppers:
        tree = stack(lower, [upper])
        assert (tree.entries["g"].type, tree.entries["g"].size) == (EntryType.FILE, 3)
        assert tree.content(tree.entries["h"]).path == "g"
        assert content_layer(tree, "h") == 0


def test_the_other_names_of_a_file_said_twice_keep_the_content() -> None:
    """The same within one layer."""
    tree = stack([file("f", b"old"), hard_link("g", "f"), file("f", b"new!")])
    assert tree.entries["g"].type is EntryType.FILE
    assert tree.entries["g"].size == 3
    assert tree.entries["f"].size == 4


def test_a_hard_link_may_point_into_a_lower_layer() -> None:
    """Some builders write that: containerd follows it."""
    tree = stack([file("a", b"1")], [hard_link("b", "a")], [whiteout("a")])
    assert tree.entries["b"].type is EntryType.FILE
    assert content_layer(tree, "b") == 0


def test_hard_links_in_a_circle_are_harmless() -> None:
    """They have no content; nothing loops."""
    tree = stack([hard_link("a", "b"), hard_link("b", "a")], [file("a")])
    assert tree.entries["a"].type is EntryType.FILE


def test_applying_leaves_the_tree_below_as_it_was() -> None:
    """Trees are values."""
    below = tree_of([item.entry for item in (file("a"), file("b"))])
    above = apply_layer(below, [whiteout("a"), file("c").entry], 5)
    assert below.entries.keys() == {"a", "b"}
    assert above.entries.keys() == {"b", "c"}
    assert above.layer_numbers["c"] == 5


def test_nothing_is_an_empty_tree() -> None:
    """No layers, or empty ones."""
    assert merge_layers([]).entries == {}
    assert merge_layers([write_layer()[1]]).entries == {}


def test_files_of_one_layer_are_found_by_offset() -> None:
    """The tree's entries are those of the index, offsets included."""
    made = file("a", b"content")
    assert isinstance(made, File)
    tar, index = write_layer(made)
    entry = merge_layers([index]).entries["a"]
    assert tar[entry.offset : entry.offset + entry.size] == b"content"
