"""Cache keys: every field counts, order and names are told apart, times and inodes are not."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.mode import ModeChanges
from jettison.model.op import (
    CopyAction,
    ExecMount,
    ExecOp,
    FileOp,
    GitOp,
    HttpOp,
    ImageOp,
    InlineOp,
    Limit,
    MakeDirectory,
    MountKind,
    Op,
    SecretVariable,
    Sharing,
)
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.solve.keys import key_of, op_components, selection_digest

AMD64, ARM64 = Platform.parse("linux/amd64"), Platform.parse("linux/arm64")
MOUNT = ExecMount(kind=MountKind.CACHE, target="/c")
RUN = ExecOp(args=("sh", "-c", "x"), env=(("A", "1"),), working_dir="/", mounts=(MOUNT,), platform=AMD64)
COPY = CopyAction(input=1, sources=("a",), destination="/")
FILES = FileOp(actions=(COPY,))
HTTP = HttpOp(url="http://x/a", filename="a")
GIT = GitOp(remote="https://x/a.git")
INLINE = InlineOp(filename="a", data=b"a")
IMAGE = ImageOp(reference=Reference.parse("a:1"), platform=AMD64, image_id=Digest.of(b"i"), diff_ids=())


def key(op: Op) -> Digest:
    return key_of(op_components(op), [])


def other_mount(**change: Any) -> ExecOp:
    return dataclasses.replace(RUN, mounts=(dataclasses.replace(MOUNT, **change),))


def other_copy(**change: Any) -> FileOp:
    return FileOp(actions=(dataclasses.replace(COPY, **change),))


OPS: list[Op] = [
    RUN,
    dataclasses.replace(RUN, args=("sh", "-c", "y")),
    dataclasses.replace(RUN, args=("sh", "-c x")),
    dataclasses.replace(RUN, env=()),
    dataclasses.replace(RUN, env=(("A", "2"),)),
    dataclasses.replace(RUN, env=(("A", "1"), ("B", ""))),
    dataclasses.replace(RUN, working_dir="/w"),
    dataclasses.replace(RUN, user="u"),
    dataclasses.replace(RUN, network="none"),
    dataclasses.replace(RUN, extra_hosts=(("a", "1.1.1.1"),)),
    dataclasses.replace(RUN, platform=ARM64),
    dataclasses.replace(RUN, insecure=True),
    dataclasses.replace(RUN, hostname="h"),
    dataclasses.replace(RUN, shm_size_bytes=1),
    dataclasses.replace(RUN, control_group_parent="p"),
    dataclasses.replace(RUN, limits=(Limit(name="nofile", soft=1, hard=1),)),
    dataclasses.replace(RUN, limits=(Limit(name="nofile", soft=1, hard=2),)),
    dataclasses.replace(RUN, secret_env=(SecretVariable(name="A", id="i"),)),
    dataclasses.replace(RUN, secret_env=(SecretVariable(name="A", id="j"),)),
    dataclasses.replace(RUN, mounts=()),
    dataclasses.replace(RUN, mounts=(MOUNT, MOUNT)),
    other_mount(kind=MountKind.BIND),
    other_mount(target="/d"),
    other_mount(input=1),
    other_mount(source="s"),
    other_mount(read_only=True),
    other_mount(id="i"),
    other_mount(required=True),
    other_mount(sharing=Sharing.LOCKED),
    other_mount(mode=0),
    other_mount(uid=0),
    other_mount(gid=0),
    other_mount(size_bytes=1),
    FILES,
    FileOp(actions=(COPY, COPY)),
    FileOp(actions=()),
    other_copy(input=2),
    other_copy(sources=("a", "b")),
    other_copy(destination="/b"),
    other_copy(wildcards=False),
    other_copy(chown="0"),
    other_copy(mode=0),
    other_copy(mode=ModeChanges(text="+x")),
    other_copy(mode=ModeChanges(text="a+x")),
    other_copy(includes=("a",)),
    other_copy(excludes=("a",)),
    other_copy(required=True),
    other_copy(unpack=True),
    FileOp(actions=(MakeDirectory(path="/a"),)),
    FileOp(actions=(MakeDirectory(path="/b"),)),
    FileOp(actions=(MakeDirectory(path="/a", mode=0o700),)),
    FileOp(actions=(MakeDirectory(path="/a", owner="u"),)),
    FileOp(actions=(MakeDirectory(path="/a", mtime_ns=1),)),
    HTTP,
    dataclasses.replace(HTTP, url="http://x/b"),
    dataclasses.replace(HTTP, filename="b"),
    dataclasses.replace(HTTP, checksum=Digest.of(b"")),
    GIT,
    dataclasses.replace(GIT, remote="https://x/b.git"),
    dataclasses.replace(GIT, ref="b"),
    dataclasses.replace(GIT, checksum="b"),
    dataclasses.replace(GIT, subdir="b"),
    dataclasses.replace(GIT, keep_git_dir=True),
    dataclasses.replace(GIT, submodules=False),
    dataclasses.replace(GIT, commit_times=True),
    dataclasses.replace(GIT, fetch_by_commit=True),
    INLINE,
    dataclasses.replace(INLINE, data=b"b"),
    dataclasses.replace(INLINE, filename="b"),
    dataclasses.replace(INLINE, mode=0o755),
    IMAGE,
    dataclasses.replace(IMAGE, image_id=Digest.of(b"j")),
]


def test_every_difference_counts() -> None:
    """No two of many operations that differ in one thing have the same key."""
    keys = [key(op) for op in OPS]
    assert len(set(keys)) == len(OPS)


@pytest.mark.parametrize("kind", [ExecOp, ExecMount, FileOp, CopyAction, MakeDirectory, HttpOp, GitOp, InlineOp])
def test_no_field_is_forgotten(kind: type) -> None:
    """The list above changes each field of each operation: whoever adds one adds it there too."""
    values = _all(kind)
    names = {field.name for field in dataclasses.fields(kind)}
    changed = {name for name in names if len({repr(getattr(value, name)) for value in values}) > 1}
    assert changed == names


def _all(kind: type) -> list[Any]:
    found = []
    for op in OPS:
        found += [
            value for value in (op, *getattr(op, "mounts", ()), *getattr(op, "actions", ())) if type(value) is kind
        ]
    return found


def test_equal_operations_have_equal_keys() -> None:
    """Made anew, and whatever the order of variables."""
    first = dataclasses.replace(RUN, env=(("A", "1"), ("B", "2")))
    second = dataclasses.replace(RUN, env=(("B", "2"), ("A", "1")))
    assert key(first) == key(second) != key(RUN)


def test_inputs_count_in_their_order() -> None:
    """The same inputs the other way round are other inputs."""
    components = op_components(FILES)
    assert len({key_of(components, inputs) for inputs in ([], ["a"], ["a", "b"], ["b", "a"], ["ab"])}) == 5


def test_components_have_names_for_people() -> None:
    """What `why` compares: one line a variable, an argument, a mount."""
    names = set(op_components(RUN))
    assert {"kind", "argument 0", "argument 2", "variable A", "mount 0", "working_dir", "network"} <= names


def test_bytes_that_are_not_utf8() -> None:
    """They have keys like everything else."""
    assert key(dataclasses.replace(RUN, args=("\udcff",))) != key(dataclasses.replace(RUN, args=("\udcfe",)))


FILE = Entry("a", EntryType.FILE, mode=0o644, size=1, digest=Digest.of(b"a"))


def test_what_counts_of_a_selection() -> None:
    """Path, type, mode, owner, content, link, device, attributes; not times, sizes and places in a tar."""
    differing = [
        FILE,
        FILE._replace(path="b"),
        FILE._replace(mode=0o600),
        FILE._replace(uid=1),
        FILE._replace(gid=1),
        FILE._replace(digest=Digest.of(b"b")),
        FILE._replace(xattrs=(("user.a", b"1"),)),
        FILE._replace(xattrs=(("user.a", b"2"),)),
        Entry("a", EntryType.SYMLINK, link="x"),
        Entry("a", EntryType.SYMLINK, link="y"),
        Entry("a", EntryType.HARDLINK, link="x"),
        Entry("a", EntryType.CHAR_DEVICE, device=(1, 2)),
        Entry("a", EntryType.CHAR_DEVICE, device=(1, 3)),
        Entry("a", EntryType.BLOCK_DEVICE, device=(1, 3)),
        Entry("a", EntryType.FIFO),
        Entry("a", EntryType.DIRECTORY),
    ]
    assert len({selection_digest([entry]) for entry in differing}) == len(differing)
    assert selection_digest([FILE]) == selection_digest([FILE._replace(mtime_ns=5, offset=512)])
    assert selection_digest([FILE, FILE]) != selection_digest([FILE])
    assert selection_digest([]) != selection_digest([FILE])
