"""What a copy puts into a layer, on trees alone; the same through whole builds in tests/engine/test_copy.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.errors import BuildError
from jettison.layer.plan import CopyRules, LayerPlan, Owner
from jettison.layer.selection import MissingSourceError, PathFilter
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.mode import ModeChanges
from jettison.model.tree import Tree, tree_of


def file(path: str, content: str = "", **fields: int) -> Entry:
    return Entry(path, EntryType.FILE, mode=0o644, digest=Digest.of(content.encode()), **fields)  # type: ignore[arg-type]


def folder(path: str, mode: int = 0o755, **fields: int) -> Entry:
    return Entry(path, EntryType.DIRECTORY, mode=mode, **fields)  # type: ignore[arg-type]


def link(path: str, target: str) -> Entry:
    return Entry(path, EntryType.SYMLINK, mode=0o777, link=target)


def hard(path: str, target: str) -> Entry:
    return Entry(path, EntryType.HARDLINK, link=target)


def copied(below: Tree, source: Tree, *tops: str, to: str, **rules: Any) -> dict[str, Entry]:
    plan = LayerPlan(below)
    plan.copy(source, tops, to, CopyRules(**rules), input=1)
    return {item.entry.path: item.entry for item in plan.finish()}


def unpacked(below: Tree, *members: Entry, to: str) -> dict[str, Entry]:
    plan = LayerPlan(below)
    plan.unpack(members, to, owner=None, input=1)
    return {item.entry.path: item.entry for item in plan.finish()}


EMPTY = tree_of([])
MERGED = tree_of([folder("usr", 0o751, uid=3), folder("usr/lib", 0o750), link("lib", "usr/lib"), link("abs", "/usr")])


def test_parents_stand_first_with_what_they_are_below() -> None:
    """A layer names every directory on the way, as the layers below have it."""
    entries = copied(MERGED, tree_of([file("a")]), "a", to="/lib/new/")
    assert list(entries) == ["usr", "usr/lib", "usr/lib/new", "usr/lib/new/a"]
    assert (entries["usr"].mode, entries["usr"].uid, entries["usr/lib"].mode) == (0o751, 3, 0o750)


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("/x", "x"),
        ("/x/", "x/a"),
        ("/lib", "usr/lib/a"),
        ("/abs/lib/q", "usr/lib/q"),
        ("/", "a"),
        ("/lib/.", "usr/lib/a"),
    ],
)
def test_where_a_file_goes(to: str, path: str) -> None:
    """Into a directory that is there or asked for by a slash, links of the tree followed; else to that name."""
    assert path in copied(MERGED, tree_of([file("a")]), "a", to=to)


def test_hard_links_within_a_copy() -> None:
    """Two names of one file stay so; the link comes after the file, whatever their order."""
    source = tree_of([folder("d"), hard("d/a", "d/z"), file("d/z", "z"), file("e", "z")])
    entries = copied(EMPTY, source, "d", to="/x")
    assert entries["x/a"].type is EntryType.FILE
    assert (entries["x/z"].type, entries["x/z"].link) == (EntryType.HARDLINK, "x/a")
    assert list(entries)[-1] == "x/z"


def test_a_link_whose_file_is_elsewhere() -> None:
    """Copying only the other name copies the file."""
    source = tree_of([file("first", "1"), hard("second", "first")])
    entries = copied(EMPTY, source, "second", to="/x")
    assert (entries["x"].type, entries["x"].digest) == (EntryType.FILE, Digest.of(b"1"))


def test_mode_and_owner_reach_everything() -> None:
    """But the mode of symbolic links, and the special bits directories that are made on the way."""
    source = tree_of([folder("d"), file("d/f"), link("d/l", "f")])
    entries = copied(EMPTY, source, "d", to="/x/y/", mode=0o4750, owner=Owner(5, 6))
    modes = {path: entry.mode for path, entry in entries.items()}
    assert modes == {"x": 0o750, "x/y": 0o750, "x/y/f": 0o4750, "x/y/l": 0o777}
    assert {(entry.uid, entry.gid) for entry in entries.values()} == {(5, 6)}


def test_what_cannot_replace_what() -> None:
    """Directories and files do not take each other's place."""
    below = tree_of([folder("d"), file("f"), folder("x"), folder("x/f")])
    with pytest.raises(BuildError, match="non-directory"):
        copied(below, tree_of([folder("s"), file("s/a")]), "s", to="/f")
    with pytest.raises(BuildError, match="cannot replace to directory /x/f with file"):
        copied(below, tree_of([file("f")]), "f", to="/x")
    with pytest.raises(BuildError, match="not a directory"):
        copied(below, tree_of([file("a")]), "a", to="/f/g")
    with pytest.raises(MissingSourceError):
        copied(below, EMPTY, "a", to="/b")


def test_loops_of_links() -> None:
    """A destination that leads around in a circle is an error, not a hang."""
    with pytest.raises(BuildError, match="symbolic links"):
        copied(tree_of([link("a", "b"), link("b", "a")]), tree_of([file("f")]), "f", to="/a/x")


def test_a_hard_link_to_what_lies_below() -> None:
    """An archive's link to a file of the image takes that file along."""
    entries = unpacked(tree_of([folder("d"), file("d/old", "old")]), hard("new", "d/old"), to="/")
    assert entries["d/old"].digest == Digest.of(b"old")
    assert entries["new"].link == "d/old"
    with pytest.raises(BuildError, match="does not exist"):
        unpacked(EMPTY, hard("new", "old"), to="/")


def test_a_hard_link_over_a_link_of_the_image() -> None:
    """The names in the archive lead through the image's links; so does the link's target."""
    entries = unpacked(MERGED, file("lib/a"), hard("lib/b", "lib/a"), to="/")
    assert entries["usr/lib/b"].link == "usr/lib/a"


def test_archives_replace_links_by_directories() -> None:
    """As tar does: a directory of the archive in place of a link of the image."""
    entries = unpacked(MERGED, folder("lib"), file("lib/a"), to="/")
    assert entries["lib"].type is EntryType.DIRECTORY
    assert "lib/a" in entries


def test_archives_replace_directories_by_files() -> None:
    """As BuildKit does: the directory goes with all that lies in it, also where it is the archive's own."""
    below = tree_of([folder("d"), file("d/old"), folder("e")])
    entries = unpacked(below, file("d", "new"), folder("x"), file("x/y"), link("x", "e"), to="/")
    assert (entries["d"].type, entries["x"].type) == (EntryType.FILE, EntryType.SYMLINK)
    assert entries.keys() == {"d", "x"}


def test_a_directory_that_comes_back_is_empty() -> None:
    """Directory, file, directory: what the layers below have in it does not show through."""
    plan = LayerPlan(tree_of([folder("d"), file("d/old")]))
    plan.unpack([file("d"), folder("d"), file("d/new")], "/", owner=None, input=1)
    planned = [(item.entry.path, item.entry.type) for item in plan.finish()]
    assert planned == [("d", EntryType.DIRECTORY), ("d", EntryType.OPAQUE), ("d/new", EntryType.FILE)]


def test_hard_links_outlive_their_file() -> None:
    """The first link becomes the file, and the others its links, wherever the file came from."""
    plan = LayerPlan(tree_of([folder("d"), file("d/old", "below")]))
    members = [
        file("a", "first"),
        hard("b", "a"),
        hard("c", "a"),
        hard("k", "d/old"),
        file("a", "second"),
        link("d", "x"),
    ]
    plan.unpack(members, "/", owner=None, input=1)
    planned = {item.entry.path: item for item in plan.finish()}
    assert planned.keys() == {"a", "b", "c", "d", "k"}
    assert planned["b"].source == members[0]
    assert planned["c"].entry.link == "b"
    assert (planned["k"].source, planned["k"].input) == (file("d/old", "below"), 0)


def test_a_link_of_the_image_whose_file_was_replaced() -> None:
    """Its content is still that of the file of the layers below."""
    plan = LayerPlan(tree_of([file("a", "below"), hard("b", "a")]))
    plan.unpack([file("a", "new"), hard("c", "b")], "/", owner=None, input=1)
    planned = {item.entry.path: item for item in plan.finish()}
    assert planned["b"].entry.digest == Digest.of(b"below")
    assert planned["b"].source == file("a", "below")
    assert planned["c"].entry.link == "b"


def test_whiteouts_are_no_files() -> None:
    """An archive to be unpacked cannot delete."""
    with pytest.raises(BuildError, match=r"\.wh\."):
        unpacked(EMPTY, Entry("a", EntryType.WHITEOUT), to="/")


def test_what_symbolic_modes_reach() -> None:
    """What is copied, each file by what it was; not the directories that are made on the way, nor links."""
    source = tree_of([folder("d", 0o700), folder("d/s", 0o700), file("d/f"), link("d/l", "f")])
    entries = copied(EMPTY, source, "d", to="/x/y/", mode=ModeChanges(text="go=u-w"))
    modes = {path: entry.mode for path, entry in entries.items()}
    assert modes == {"x": 0o755, "x/y": 0o755, "x/y/f": 0o644, "x/y/l": 0o777, "x/y/s": 0o755}


def test_what_is_excluded_is_not_there() -> None:
    """A directory that is left out is made for what is taken in again, as the source has it."""
    source = tree_of([folder("d", 0o700), file("d/a"), file("d/b"), folder("e"), file("e/f"), file("g")])
    paths = PathFilter(excludes=("d", "!d/b", "e"))
    entries = copied(EMPTY, source, "", to="/x", paths=paths)
    assert {path: entry.mode for path, entry in entries.items()} == {
        "x": 0o755,
        "x/d": 0o700,
        "x/d/b": 0o644,
        "x/g": 0o644,
    }


def test_parents_take_their_metadata_along() -> None:
    """Where they are new, changed by the flags; a directory that exists takes the source's mode and nothing else."""
    source = tree_of([folder("a", 0o700, uid=3), folder("a/b", 0o750), file("a/b/f")])
    rules: dict[str, Any] = {"paths": PathFilter(includes=("a/*/f",)), "owner": Owner(5, 6), "mode": 0o711}
    entries = copied(EMPTY, source, "", to="/", **rules)
    assert [(entry.mode, entry.uid) for entry in entries.values()] == [(0o711, 5)] * 3
    entries = copied(tree_of([folder("a", 0o755, uid=9)]), source, "", to="/", **rules)
    assert [(entry.mode, entry.uid) for entry in entries.values()] == [(0o700, 9), (0o711, 5), (0o711, 5)]


def test_attributes_of_directories_are_joined() -> None:
    """A directory that is copied over another one adds its extended attributes."""
    below = tree_of([folder("x"), folder("x/d")._replace(xattrs=(("user.a", b"1"), ("user.b", b"1")))])
    source = tree_of([folder("s"), folder("s/d")._replace(xattrs=(("user.b", b"2"),))])
    assert copied(below, source, "s", to="/x")["x/d"].xattrs == (("user.a", b"1"), ("user.b", b"2"))


names = st.sampled_from(["a", "b", "c"])
paths = st.lists(names, min_size=1, max_size=3).map("/".join)


@given(st.sets(paths), paths)
def test_layers_are_whole(files: set[str], destination: str) -> None:
    """Whatever is copied where: each parent is a directory of the layer and stands before what is in it."""
    table: dict[str, Entry] = {}
    for path in sorted(files):
        above = path.split("/")[:-1]
        parents = ["/".join(above[: depth + 1]) for depth in range(len(above))]
        if any(table.get(parent, folder("")).type is EntryType.FILE for parent in parents) or path in table:
            continue
        table.update({parent: folder(parent) for parent in parents if parent not in table})
        table[path] = file(path, path)
    source = tree_of(table.values())
    plan = LayerPlan(source)
    try:
        plan.copy(source, [""], f"/{destination}", CopyRules(), input=1)
    except BuildError:
        return
    seen = {""}
    for item in plan.finish():
        assert item.entry.path.rpartition("/")[0] in seen
        if item.entry.type is EntryType.DIRECTORY:
            seen.add(item.entry.path)
