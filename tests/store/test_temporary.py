"""Unfinished work: gone with its process, whatever way that went, and never that of a living one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jettison.store import Store

_WRITER = """
import sys, os
from pathlib import Path
from jettison.model.digest import Digest
from jettison.store import Store
with Store.open(Path(sys.argv[1])) as store, store.lease() as lease, store.temporary_directory() as folder, store.blobs.writer() as writer:
    lease.hold_blobs([Digest.of(b"leased")])
    (folder / "work" / "work").mkdir(parents=True)
    (folder / "work" / "file").write_text("x")
    (folder / "work" / "work").chmod(0)
    (folder / "work").chmod(0o500)
    writer.write(b"half a blob")
    print("writing", flush=True)
    sys.stdin.read()
"""


def _sessions(home: Path) -> list[str]:
    return sorted(os.listdir(home / "tmp"))


def _start(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def _leases(home: Path) -> int:
    import sqlite3

    connection = sqlite3.connect(home / "cache.db")
    try:
        return int(connection.execute("SELECT count(*) FROM leases").fetchone()[0])
    finally:
        connection.close()


def test_a_temporary_directory_is_private_and_goes(store: Store) -> None:
    with store.temporary_directory() as folder:
        assert folder.stat().st_mode & 0o7777 == 0o700
        assert folder.stat().st_dev == store.root.stat().st_dev
        (folder / "file").write_text("x")
        (folder / "closed").mkdir(mode=0)
    assert not folder.exists()


def test_a_temporary_directory_may_be_renamed_away(store: Store, tmp_path: Path) -> None:
    with store.temporary_directory() as folder:
        folder.rename(tmp_path / "kept")
    assert (tmp_path / "kept").is_dir()


def test_reading_leaves_no_trace(home: Path) -> None:
    with Store.open(home) as store:
        store.images.list()
    with Store.open(home) as store:
        store.images.list()
        assert _sessions(home) == []


def test_closing_removes_everything_unfinished(home: Path) -> None:
    with Store.open(home) as store:
        store.temporary_path().write_text("x")
        lease = store.lease()
        lease.hold_blobs([store.blobs.put(b"x")])
        assert _leases(home) == 1
    assert _sessions(home) == []
    assert os.listdir(home / "locks" / "sessions") == []
    assert _leases(home) == 0


def test_what_a_killed_process_left_is_removed_by_the_next(home: Path) -> None:
    Store.open(home).close()
    with _start(home) as dead, _start(home) as living:
        try:
            dead.send_signal(signal.SIGKILL)
            dead.wait()
            with Store.open(home) as store:
                while _leases(home) > 1:  # the living process may be at it already
                    store.reap()
                assert [name.partition("-")[0] for name in _sessions(home)] == [str(living.pid)]
                assert _leases(home) == 1
                assert store.faults() == ()
        finally:
            living.communicate("")
            dead.communicate()
    assert living.returncode == 0
    assert _sessions(home) == []
    assert os.listdir(home / "locks" / "sessions") == []
    assert _leases(home) == 0


def test_the_first_write_removes_what_was_left_without_being_asked(home: Path) -> None:
    Store.open(home).close()
    with _start(home) as dead:
        dead.send_signal(signal.SIGKILL)
        dead.communicate()
    with Store.open(home) as store:
        store.blobs.put(b"x")
    with Store.open(home) as store:
        store.blobs.put(b"y")
        store.reap()
        assert [name.partition("-")[0] for name in _sessions(home)] == [str(os.getpid())]


def test_pruning_removes_what_was_left_and_counts_it(home: Path) -> None:
    Store.open(home).close()
    with _start(home) as dead:
        (home / "tmp" / _sessions(home)[0] / "large").write_bytes(b"x" * 100_000)
        dead.send_signal(signal.SIGKILL)
        dead.communicate()
    with Store.open(home) as store:
        report = store.prune(containers=False, images=False, cache=False)
        assert [item.kind for item in report.removed] == ["unfinished"]
        assert report.freed_bytes >= 100_000
    assert _sessions(home) == []


@pytest.mark.root
def test_leftovers_that_cannot_go_are_told_and_stop_nothing(home: Path) -> None:
    Store.open(home).close()
    script = """
import os, sys
from pathlib import Path
from jettison.store import Store
home = Path(sys.argv[1])
point = home / "tmp" / "1-dead" / "mounted"
point.mkdir(parents=True)
(home / "tmp" / "2-dead").mkdir()
assert os.system(f"mount -t tmpfs none {point}") == 0
with Store.open(home) as store:
    store.blobs.put(b"work goes on")
    store.reap()
    print(sorted({str(fault) for fault in store.faults()}))
"""
    done = subprocess.run(
        ["unshare", "-m", sys.executable, "-c", script, str(home)], capture_output=True, text=True, check=True
    )
    assert "cannot remove" in done.stdout
    assert "2-dead" not in _sessions(home)
    with Store.open(home) as store:
        store.reap()
        assert store.faults() == ()
    assert _sessions(home) == []
