"""Comparing trees: every kind of difference, moves, hard links, sizes."""

from __future__ import annotations

import pytest

from jettison.layer.compare import Aspect, Change, ChangeKind, compare_trees, content_bytes
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree, tree_of


def file(path: str, text: str, **more: object) -> Entry:
    data = text.encode()
    return Entry(path, EntryType.FILE, 0o644, size=len(data), digest=Digest.of(data))._replace(**more)  # type: ignore[arg-type]


def link(path: str, target: str) -> Entry:
    return Entry(path, EntryType.HARDLINK, 0o644, link=target)


def told(changes: tuple[Change, ...]) -> list[tuple[str, str, int, tuple[str, ...]]]:
    return [(change.kind.value, change.path, change.size_bytes, tuple(change.aspects)) for change in changes]


def compare(old: list[Entry], new: list[Entry], *, times: bool = False) -> list[tuple[str, str, int, tuple[str, ...]]]:
    return told(compare_trees(tree_of(old), tree_of(new), times=times))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param([], [file("a", "xx")], [("added", "a", 2, ())], id="added"),
        pytest.param([file("a", "xx")], [], [("removed", "a", -2, ())], id="removed"),
        pytest.param([file("a", "xx")], [file("a", "yyy")], [("changed", "a", 1, ("content",))], id="content"),
        pytest.param(
            [file("a", "xx")], [file("a", "xx", mode=0o755)], [("metadata", "a", 0, ("mode",))], id="mode alone"
        ),
        pytest.param([file("a", "xx")], [file("a", "xx", uid=7)], [("metadata", "a", 0, ("owner",))], id="owner alone"),
        pytest.param(
            [file("a", "xx")],
            [file("a", "xx", xattrs=(("user.a", b"1"),))],
            [("metadata", "a", 0, ("xattrs",))],
            id="attributes alone",
        ),
        pytest.param(
            [file("a", "xx")],
            [file("a", "xy", mode=0o755, gid=3)],
            [("changed", "a", 0, ("content", "mode", "owner"))],
            id="content and more",
        ),
        pytest.param(
            [file("a", "xx")], [Entry("a", EntryType.DIRECTORY, 0o755)], [("changed", "a", -2, ("type",))], id="type"
        ),
        pytest.param(
            [Entry("a", EntryType.SYMLINK, 0o777, link="b")],
            [Entry("a", EntryType.SYMLINK, 0o755, link="c")],
            [("changed", "a", 0, ("link",))],
            id="a link's target, never its mode",
        ),
        pytest.param(
            [Entry("a", EntryType.CHAR_DEVICE, device=(1, 3))],
            [Entry("a", EntryType.CHAR_DEVICE, device=(1, 5))],
            [("changed", "a", 0, ("device",))],
            id="device",
        ),
        pytest.param([file("a", "xx", offset=512)], [file("a", "xx", offset=9)], [], id="where it lies"),
        pytest.param([file("a", "xx", mtime_ns=1)], [file("a", "xx", mtime_ns=2)], [], id="time"),
        pytest.param([], [Entry("", EntryType.DIRECTORY, 0o755, mtime_ns=5)], [], id="a root that one does not name"),
        pytest.param(
            [], [Entry("", EntryType.DIRECTORY, 0o700)], [("metadata", "", 0, ("mode",))], id="a root of another mode"
        ),
    ],
)
def test_each_difference_is_told_as_what_it_is(
    old: list[Entry], new: list[Entry], expected: list[tuple[str, str, int, tuple[str, ...]]]
) -> None:
    """One kind a path, with everything that differs, and signed bytes."""
    assert compare(old, new) == expected


def test_times_count_where_they_are_asked_for() -> None:
    """Two builds rarely agree on times."""
    old, new = [file("a", "xx", mtime_ns=1)], [file("a", "xx", mtime_ns=2)]
    assert compare(old, new, times=True) == [("metadata", "a", 0, ("time",))]


def test_the_same_content_elsewhere_was_moved() -> None:
    """With a preference for the same name, and each removal used once."""
    old = [file("a/x", "same"), file("a/y", "same"), file("e", "")]
    new = [file("b/q", "same"), file("b/y", "same", mode=0o755), file("b/z", "same"), file("f", "")]
    changes = compare_trees(tree_of(old), tree_of(new))
    assert [(change.kind, change.old_path, change.path, tuple(change.aspects)) for change in changes] == [
        (ChangeKind.MOVED, "a/x", "b/q", ()),
        (ChangeKind.MOVED, "a/y", "b/y", (Aspect.MODE,)),
        (ChangeKind.ADDED, "b/z", "b/z", ()),
        (ChangeKind.REMOVED, "e", "e", ()),
        (ChangeKind.ADDED, "f", "f", ()),
    ]
    assert sum(change.size_bytes for change in changes) == 4


def test_names_of_one_file_are_equal_whichever_is_the_file() -> None:
    """Which name a layer stores the content under is nobody's business."""
    assert compare([file("a", "xx"), link("b", "a")], [file("b", "xx"), link("a", "b")]) == []


def test_a_file_that_loses_a_name_keeps_its_bytes() -> None:
    """The content counts under the first name: sizes add up."""
    old, new = tree_of([file("a", "xx"), link("b", "a")]), tree_of([file("b", "xx")])
    changes = compare_trees(old, new)
    assert told(changes) == [("removed", "a", -2, ()), ("metadata", "b", 2, ("hard links",))]
    assert sum(change.size_bytes for change in changes) == content_bytes(new) - content_bytes(old) == 0


def test_two_copies_and_two_names_differ() -> None:
    """A write through one name is seen through the other."""
    assert compare([file("a", "xx"), file("b", "xx")], [file("a", "xx"), link("b", "a")]) == [
        ("metadata", "a", 0, ("hard links",)),
        ("metadata", "b", -2, ("hard links",)),
    ]


def test_a_tree_equals_itself() -> None:
    """Also where nothing has to be looked at for that."""
    tree = Tree(entries={"a": file("a", "xx")})
    assert compare_trees(tree, tree) == ()
