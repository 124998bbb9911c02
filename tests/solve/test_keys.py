"""Cache keys: every field counts, order and names are told apart, times and inodes are not."""

from __future__ import annotations

from typing import Any

import pytest

from jettison import frozen
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
    return frozen.replace(RUN, mounts=(frozen.replace(MOUNT, **change),))


def other_copy(**change: Any) -> FileOp:
    return FileOp(actions=(frozen.replace(COPY, **change),))


OPS: list[Op] = [
    RUN,
    frozen.replace(RUN, args=("sh", "-c", "y")),
    frozen.replace(RUN, args=("sh", "-c x")),
    frozen.replace(RUN, env=()),
    frozen.replace(RUN, env=(("A", "2"),)),
    frozen.replace(RUN, env=(("A", "1"), ("B", ""))),
    frozen.replace(RUN, working_dir="/w"),
    frozen.replace(RUN, user="u"),
    frozen.replace(RUN, network="none"),
    frozen.replace(RUN, extra_hosts=(("a", "1.1.1.1"),)),
    frozen.replace(RUN, platform=ARM64),
    frozen.replace(RUN, insecure=True),
    frozen.replace(RUN, hostname="h"),
    frozen.replace(RUN, shm_size_bytes=1),
    frozen.replace(RUN, control_group_parent="p"),
    frozen.replace(RUN, limits=(Limit(name="nofile", soft=1, hard=1),)),
    frozen.replace(RUN, limits=(Limit(name="nofile", soft=1, hard=2),)),
    frozen.replace(RUN, secret_env=(SecretVariable(name="A", id="i"),)),
    frozen.replace(RUN, secret_env=(SecretVariable(name="A", id="j"),)),
    frozen.replace(RUN, mounts=()),
    frozen.replace(RUN, mounts=(MOUNT, MOUNT)),
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
    frozen.replace(HTTP, url="http://x/b"),
    frozen.replace(HTTP, filename="b"),
    frozen.replace(HTTP, checksum=Digest.of(b"")),
    GIT,
    frozen.replace(GIT, remote="https://x/b.git"),
    frozen.replace(GIT, ref="b"),
    frozen.replace(GIT, checksum="b"),
    frozen.replace(GIT, subdir="b"),
    frozen.replace(GIT, keep_git_dir=True),
    frozen.replace(GIT, submodules=False),
    frozen.replace(GIT, commit_times=True),
    frozen.replace(GIT, fetch_by_commit=True),
    INLINE,
    frozen.replace(INLINE, data=b"b"),
    frozen.replace(INLINE, filename="b"),
    frozen.replace(INLINE, mode=0o755),
    IMAGE,
    frozen.replace(IMAGE, image_id=Digest.of(b"j")),
]


def test_every_difference_counts() -> None:
    """No two of many operations that differ in one thing have the same key."""
    keys = [key(op) for op in OPS]
    assert len(set(keys)) == len(OPS)


@pytest.mark.parametrize("kind", [ExecOp, ExecMount, FileOp, CopyAction, MakeDirectory, HttpOp, GitOp, InlineOp])
def test_no_field_is_forgotten(kind: type) -> None:
    """The list above changes each field of each operation: whoever adds one adds it there too."""
    values = _all(kind)
    names = {field.name for field in frozen.fields(kind)}
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
    first = frozen.replace(RUN, env=(("A", "1"), ("B", "2")))
    second = frozen.replace(RUN, env=(("B", "2"), ("A", "1")))
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
    assert key(frozen.replace(RUN, args=("\udcff",))) != key(frozen.replace(RUN, args=("\udcfe",)))


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
