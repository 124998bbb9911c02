"""Versions against the trees that the layers make."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.analyze.support import file, folder, gone, link, opaque, stack_of

from jettison.explore.versions import Sums, Versions, read_layers
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.model.entry import Entry, EntryType

PATHS = ("a", "b", "a/x", "a/y", "a/x/1", "b/x", "c/d/e", "c")


def entries_at(versions: Versions, layer: int) -> dict[str, Entry]:
    """All that the versions say is there after a layer."""
    found = {path: versions.entry(path, layer) for path in versions.newest}
    return {path: entry for path, entry in found.items() if entry is not None}


@st.composite
def layers(draw: st.DrawFn) -> list[LayerIndex]:
    """Stacks in which paths are files, folders, links and deletions in turn."""
    stack = []
    for _ in range(draw(st.integers(1, 5))):
        entries: list[Entry] = []
        for path in draw(st.lists(st.sampled_from(PATHS), unique=True)):
            above = {entry.path for entry in entries if entry.type is not EntryType.DIRECTORY}
            if any(path.startswith(f"{each}/") or each.startswith(f"{path}/") for each in above):
                continue
            kind = draw(st.sampled_from("fffdwol"))
            files = [entry.path for entry in entries if entry.type is EntryType.FILE]
            if kind == "f":
                entries.append(file(path, draw(st.integers(0, 9))))
            elif kind == "d":
                entries.append(folder(path))
            elif kind == "w":
                entries.append(gone(path))
            elif kind == "o":
                entries.append(opaque(path))
            elif files:
                entries.append(link(path, files[0]))
        stack.append(entries)
    return stack_of(*stack)


@settings(max_examples=300, deadline=None)
@given(layers())
def test_after_every_layer_there_is_what_the_layers_make(stack: list[LayerIndex]) -> None:
    """Entries, the layers that hold the contents, and the sums of every folder: as the merged tree has them."""
    versions = read_layers(stack).versions
    for layer in range(len(stack)):
        tree = merge_layers(stack[: layer + 1])
        assert entries_at(versions, layer) == dict(tree.entries)
        for path, entry in tree.entries.items():
            if entry.type is EntryType.FILE:
                version = versions.at(path, layer)
                assert version is not None
                assert versions.source_of(version) == tree.layer_numbers[path]
        for path in ("", *tree.entries):
            below = [entry for other, entry in tree.entries.items() if other != path and _is_below(other, path)]
            assert versions.below(path, layer) == Sums(sum(entry.size for entry in below), len(below))


@settings(max_examples=100, deadline=None)
@given(layers())
def test_every_path_is_listed_once_below_its_folder(stack: list[LayerIndex]) -> None:
    """Also one that is gone in the end."""
    versions = read_layers(stack).versions
    for path in ("", *versions.newest):
        wanted = {other for other in versions.newest if other and other.rpartition("/")[0] == path}
        children = versions.children(path)
        assert len(children) == len(set(children))
        assert set(children) == wanted


def _is_below(path: str, folder: str) -> bool:
    return bool(path) and (folder == "" or path.startswith(f"{folder}/"))


def test_children_are_folders_first_and_then_in_the_order_of_bytes() -> None:
    """A path that is not UTF-8 is sorted by its bytes."""
    stack = stack_of([file("b", 1), file("\udcff", 1), file("é", 1), folder("z"), file("a", 1)])
    assert read_layers(stack).versions.children("") == ["z", "a", "b", "é", "\udcff"]


def test_a_file_keeps_its_content_when_its_other_name_is_deleted() -> None:
    """The hard link is the file then, its content still lies in the lower layer, and it counts as unchanged."""
    versions = read_layers(stack_of([file("one", 7), link("two", "one"), link("zwei", "one")], [gone("one")])).versions
    version = versions.at("two", 1)
    assert version is not None
    entry = versions.entry_of("two", version)
    assert entry is not None
    assert (entry.type, entry.size, versions.source_of(version)) == (EntryType.FILE, 7, 0)
    assert version.origin is versions.at("two", 0)
    assert versions.below("", 1) == Sums(7, 2)
    assert set(versions.subtree("zwei", 1).entries) == {"zwei", "two"}


def test_a_subtree_is_what_a_folder_was_after_a_layer() -> None:
    """With the file that a hard link in it means, and without what an upper layer brought."""
    versions = read_layers(
        stack_of([file("etc/a", 1), file("lib", 2), link("etc/lib", "lib")], [file("etc/b", 1), gone("etc/a")])
    ).versions
    assert set(versions.subtree("etc", 0).entries) == {"etc", "etc/a", "etc/lib", "lib"}
    assert set(versions.subtree("etc", 1).entries) == {"etc", "etc/b", "etc/lib", "lib"}
    assert set(versions.subtree("", 1).entries) == {"etc", "etc/b", "etc/lib", "lib"}
