"""A folder as a build context: what of it is seen, what is read when, and what a hostile one can do."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from jettison.dockerfile.ignore import parse_ignore
from jettison.errors import BuildError, JettisonError, NotFoundError, StorageError, UsageError
from jettison.model.digest import Digest
from jettison.model.entry import EntryType
from jettison.model.tree import tree_of
from jettison.sources.local import LocalContext
from jettison.store.erase import erase


class Remembered:
    """A memory that tells what it was asked."""

    def __init__(self) -> None:
        self.known: dict[str, Digest] = {}

    def lookup(self, path: str, stamp: bytes) -> Digest | None:
        return self.known.get(path)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users may enter."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def test_what_is_seen(tmp_path: Path) -> None:
    """Every kind of file but sockets; owners are root, hard links are links, links are as written."""
    (tmp_path / "d").mkdir(mode=0o700)
    (tmp_path / "d/f").write_bytes(b"12345")
    os.link(tmp_path / "d/f", tmp_path / "g")
    (tmp_path / "l").symlink_to("/nowhere")
    os.mkfifo(tmp_path / "p")
    with socket.socket(socket.AF_UNIX) as server:
        inside = os.open(tmp_path, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{inside}/s")
        os.close(inside)
        entries = LocalContext(tmp_path).tree.entries
    kinds = {path: entry.type for path, entry in entries.items()}
    assert kinds == {
        "d": EntryType.DIRECTORY,
        "d/f": EntryType.FILE,
        "g": EntryType.HARDLINK,
        "l": EntryType.SYMLINK,
        "p": EntryType.FIFO,
    }
    assert (entries["d"].mode, entries["d/f"].size, entries["g"].link) == (0o700, 5, "d/f")
    assert {(entry.uid, entry.gid) for entry in entries.values()} == {(0, 0)}


def test_names_in_byte_order(tmp_path: Path) -> None:
    """The order of the walk is that of bytes, whatever the file system has."""
    names = [b"b", b"a.b", b"a", b"\xff", b"Z", "\u00e9".encode()]
    for name in names:
        (tmp_path / os.fsdecode(name)).touch()
    assert [os.fsencode(path) for path in LocalContext(tmp_path).tree.entries] == sorted(names)


def test_a_context_is_in_the_order_of_a_walk(tmp_path: Path) -> None:
    """As anybody else's tree of the same entries is walked: folder by folder, those left out in part among them."""
    for name in ("b/c/one", "b/one", "b-/one", "b.c", "b\x01/d/e/one", "kept/out/one", "kept/one", "out/in/one"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for files in (None, parse_ignore("out\nkept\n!kept/one\n!out/in\n")):
        tree = LocalContext(tmp_path, files).tree
        for path in ("", *tree.entries):
            assert list(tree.walk(path)) == list(tree_of(tree.entries.values()).walk(path))


def test_fingerprints(tmp_path: Path) -> None:
    """Digests of what is asked for, read once, remembered, and taken from the memory where it knows."""
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b" * (3 << 20))
    memory = Remembered()
    with closing(LocalContext(tmp_path, memory=memory)) as context:
        entries = context.tree.entries
        assert [entry.digest for entry in context.fingerprint([entries["a"], entries["b"]])] == [
            Digest.of(b"a"),
            Digest.of(b"b" * (3 << 20)),
        ]
        known = [hashlib.sha256(b"a").digest(), hashlib.sha256(b"b" * (3 << 20)).digest()]
        assert [(paths, sums) for paths, _, sums in context.digests()] == [(["a", "b"], b"".join(known))]
    memory.known["a"] = Digest.of(b"remembered")
    again = LocalContext(tmp_path, memory=memory)
    (found,) = again.fingerprint([again.tree.entries["a"]])
    assert found.digest == Digest.of(b"remembered")


def test_attributes(tmp_path: Path) -> None:
    """Those that belong to an image are kept; a file that has some is not left to a memory of digests."""
    (tmp_path / "f").write_bytes(b"f")
    try:
        os.setxattr(tmp_path / "f", "user.colour", b"red")
    except OSError:
        pytest.skip("the file system has no extended attributes")
    memory = Remembered()
    with closing(LocalContext(tmp_path, memory=memory)) as context:
        (found,) = context.fingerprint([context.tree.entries["f"]])
        assert found.xattrs == (("user.colour", b"red"),)
        assert list(context.digests()) == []


def _grow(path: Path) -> None:
    path.write_bytes(b"longer")


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _replace(path: Path) -> None:
    path.rename(path.with_name("old"))
    path.write_bytes(b"f")


def _move_away(path: Path) -> None:
    path.parent.rename(path.parents[1] / "moved")
    path.parent.symlink_to("/etc")


@pytest.mark.parametrize("change", [_grow, _link, _pipe, _replace, _move_away, Path.unlink])
def test_files_that_change_meanwhile(tmp_path: Path, change: object) -> None:
    """A file that is not what the walk saw is neither read nor followed, and never waited for."""
    assert callable(change)
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(b"f")
    with closing(LocalContext(tmp_path)) as context:
        entry = context.tree.entries["d/f"]
        change(tmp_path / "d/f")
        with pytest.raises(BuildError, match="d/f"):
            list(context.fingerprint([entry]))
        with pytest.raises(BuildError, match="d/f"):
            context.open(entry)


def test_what_is_removed_during_the_walk_was_never_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary files of editors come and go: a file and a link that were listed, a folder that was looked at."""
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "l").symlink_to("a")
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_bytes(b"x")
    scandir = os.scandir

    @contextmanager
    def scan(descriptor: int) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scandir(descriptor) as entries:
            yield map(seen, entries)

    def seen(entry: os.DirEntry[str]) -> os.DirEntry[str]:
        (tmp_path / "b").unlink(missing_ok=True)
        return entry

    class Memory:
        def lookup(self, path: str, stamp: bytes) -> None:
            (tmp_path / "l").unlink(missing_ok=True)
            shutil.rmtree(tmp_path / "d", ignore_errors=True)

    monkeypatch.setattr(os, "scandir", scan)
    with closing(LocalContext(tmp_path, memory=Memory())) as context:
        assert set(context.tree.entries) == {"a", "c", "d"}
        assert len(context.walked) == 3


def test_folders_in_folders_without_end_are_refused(tmp_path: Path) -> None:
    """With a way out: a folder that is left out is not looked into."""
    with contextlib.chdir(tmp_path):
        for _ in range(1200):
            Path("d").mkdir()
            os.chdir("d")
    with closing(LocalContext(tmp_path)) as context, pytest.raises(BuildError, match="nested too deeply"):
        _ = context.tree
    with closing(LocalContext(tmp_path, parse_ignore("d"))) as context:
        assert not context.tree.entries
    erase(tmp_path / "d")


def test_no_descriptor_is_left(tmp_path: Path) -> None:
    """However many folders are read from, a bounded number is open, and none at the end."""
    for number in range(100):
        (tmp_path / f"d{number}/e").mkdir(parents=True)
        (tmp_path / f"d{number}/e/f").write_bytes(b"f")
    gc.collect()  # what earlier tests left to be closed is closed now
    before = len(os.listdir("/proc/self/fd"))
    with closing(LocalContext(tmp_path)) as context:
        files = [entry for entry in context.tree.entries.values() if entry.type is EntryType.FILE]
        assert len(list(context.fingerprint(files))) == 100
        assert len(os.listdir("/proc/self/fd")) < before + 50
    assert len(os.listdir("/proc/self/fd")) <= before


def test_folders_that_are_none(tmp_path: Path) -> None:
    """Missing, and a file."""
    with pytest.raises(NotFoundError, match="does not exist"):
        LocalContext(tmp_path / "no")
    (tmp_path / "f").touch()
    with pytest.raises(UsageError, match="not a directory"):
        LocalContext(tmp_path / "f")


@contextmanager
def nobody() -> Iterator[None]:
    """The body runs without the rights of root."""
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.root
def test_files_that_may_not_be_read(folder: Path) -> None:
    """Which file and why, but only where somebody copies it."""
    (folder / "ok").write_text("ok")
    (folder / "closed").write_text("x")
    (folder / "closed").chmod(0)
    with nobody(), closing(LocalContext(folder)) as context:
        entries = context.tree.entries
        assert next(context.fingerprint([entries["ok"]])).digest == Digest.of(b"ok")
        with pytest.raises(JettisonError, match=r"closed.*Permission denied"):
            next(context.fingerprint([entries["closed"]]))


@pytest.mark.root
def test_folders_that_may_not_be_listed(folder: Path) -> None:
    """The walk cannot know what it would have found."""
    (folder / "closed").mkdir(mode=0)
    with nobody(), pytest.raises(StorageError, match="closed"):
        _ = LocalContext(folder).tree
