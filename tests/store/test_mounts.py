"""Cache mounts: one folder an id, shared, locked or private as asked for, whole or not there."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jettison.errors import CancelledError
from jettison.model.op import Sharing
from jettison.store import Store

_KILLED_WHILE_PREPARING = """
import sys
from pathlib import Path
from jettison.store import Store
def prepare(path):
    (path / "half").write_text("x")
    print("preparing", flush=True)
    sys.stdin.read()
with Store.open(Path(sys.argv[1])) as store, store.mounts.cache_mount("id", prepare=prepare):
    pass
"""


def test_a_mount_keeps_its_files_and_is_prepared_once(store: Store) -> None:
    prepared: list[Path] = []

    def prepare(path: Path) -> None:
        prepared.append(path)
        (path / "seed").write_text("x")
        path.chmod(0o1777)

    for created in (True, False):
        with store.mounts.cache_mount("go \udcff/cache", prepare=prepare) as mount:
            assert mount.created is created
            assert (mount.path / "seed").read_text() == "x"
            assert mount.path.stat().st_mode & 0o7777 == 0o1777
    assert len(prepared) == 1
    with store.mounts.cache_mount("another") as other:
        assert other.path != mount.path
        assert list(other.path.iterdir()) == []
    assert {record.mount_id for record in store.mounts.list()} == {"another", "go \\udcff/cache"}
    assert list((store.root / "locks" / "mounts").iterdir()) == []


def test_shared_is_one_folder_at_once(store: Store) -> None:
    with store.mounts.cache_mount("id") as first, store.mounts.cache_mount("id") as second:
        assert first.path == second.path


def test_locked_waits(store: Store) -> None:
    inside = threading.Event()

    def work() -> None:
        with store.mounts.cache_mount("id", Sharing.LOCKED):
            inside.set()

    with store.mounts.cache_mount("id", Sharing.LOCKED):
        thread = threading.Thread(target=work)
        thread.start()
        assert not inside.wait(0.05)
        cancelled = threading.Event()
        cancelled.set()
        with pytest.raises(CancelledError), store.mounts.cache_mount("id", Sharing.LOCKED, cancelled=cancelled):
            pass
    thread.join()
    assert inside.is_set()


def test_private_takes_the_first_folder_that_is_free(store: Store) -> None:
    with store.mounts.cache_mount("id", Sharing.PRIVATE) as first:
        with store.mounts.cache_mount("id", Sharing.PRIVATE) as second:
            assert first.path != second.path
        with store.mounts.cache_mount("id", Sharing.PRIVATE) as third:
            assert third.path == second.path
    with store.mounts.cache_mount("id") as shared:
        assert shared.path == first.path


def test_many_threads_share_a_new_mount(store: Store) -> None:
    barrier = threading.Barrier(8)
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            barrier.wait()
            with store.mounts.cache_mount("id") as mount:
                (mount.path / str(number)).write_text("x")
                barrier.wait()
                assert len(list(mount.path.iterdir())) == 8
        except BaseException as problem:  # handed to the test's own thread
            problems.append(problem)
            barrier.abort()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_a_kill_while_preparing_leaves_no_half_of_a_mount(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED_WHILE_PREPARING, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "preparing\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Store.open(home) as store, store.mounts.cache_mount("id") as mount:
        assert mount.created
        assert list(mount.path.iterdir()) == []
