"""What differs between two builds of the same step."""

from __future__ import annotations

from jettison.engine.changes import Change, component_changes, file_changes
from jettison.layer.index import LayerIndex
from jettison.layer.plan import PlannedEntry
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType

ONE, TWO = Digest.of(b"1"), Digest.of(b"2")


def file(path: str, digest: Digest = ONE, mode: int = 0o644, mtime_ns: int = 0) -> Entry:
    return Entry(path, EntryType.FILE, mode=mode, size=1, mtime_ns=mtime_ns, digest=digest)


def changes(old: list[Entry], new: list[Entry]) -> tuple[Change, ...]:
    index = LayerIndex(diff_id=Digest.of(b"layer"), tar_bytes=0, entries=tuple(old))
    return file_changes(index, [PlannedEntry(entry=entry) for entry in new])


def test_components_in_the_order_of_the_new_key() -> None:
    """What is as it was is left out; what is gone comes last."""
    old = {"kind": "ExecOp", "variable GONE": "1", "variable LANG": "C"}
    new = {"kind": "ExecOp", "variable NEW": "", "variable LANG": "de"}
    assert component_changes(old, new) == (
        Change(what="variable NEW", old=None, new=""),
        Change(what="variable LANG", old="C", new="de"),
        Change(what="variable GONE", old="1", new=None),
    )
    assert component_changes(new, new) == ()


def test_times_and_directories_do_not_count() -> None:
    """They are no part of a key."""
    assert changes([file("a", mtime_ns=1)], [file("a", mtime_ns=2), Entry("d", EntryType.DIRECTORY)]) == ()
    assert changes([Entry("d", EntryType.DIRECTORY)], []) == ()


def test_a_file_that_became_something_else() -> None:
    """A link, a directory: what it is now is said."""
    link = Entry("a", EntryType.SYMLINK, mode=0o777, link="b")
    assert changes([file("a")], [link]) == (Change(what="file a", old=ONE, new="symlink b"),)
    folder = Entry("a", EntryType.DIRECTORY)
    assert changes([file("a")], [folder]) == (Change(what="file a", old=ONE, new="directory"),)


def test_files_are_called_by_their_name_in_the_source() -> None:
    """One that is gone has only its place in the image."""
    index = LayerIndex(diff_id=Digest.of(b"layer"), tar_bytes=0, entries=(file("app/a.py"), file("app/old.py")))
    new = [PlannedEntry(entry=file("app/a.py", TWO), source=file("src/a.py", TWO), input=1)]
    assert file_changes(index, new) == (
        Change(what="file src/a.py", old=ONE, new=TWO),
        Change(what="file app/old.py", old=ONE, new=None),
    )
