"""Locks: exclusive between threads and processes, gone with their holder, and no file left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jettison.errors import CancelledError
from jettison.store import Store
from jettison.store.locking import FileLock, held, is_held

_HOLDER = """
import sys
from pathlib import Path
from jettison.store.locking import FileLock
lock = FileLock.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

_COUNTER = """
import sys
from pathlib import Path
from jettison.store import Store
with Store.open(Path(sys.argv[1])) as store:
    counter = Path(sys.argv[2])
    for _ in range(50):
        with store.lock("the counter"):
            counter.write_text(str(int(counter.read_text()) + 1))
"""


def test_a_second_holder_is_refused_or_waits(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = FileLock.acquire(path)
    assert FileLock.try_acquire(path) is None
    assert is_held(path)
    taken = threading.Event()

    def wait() -> None:
        with held(path):
            taken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not taken.wait(0.05)
    first.release()
    thread.join()
    assert taken.is_set()
    assert not path.exists()
    assert not is_held(path)


def test_shared_holders_exclude_only_an_exclusive_one(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, second = FileLock.acquire(path, shared=True), FileLock.acquire(path, shared=True)
    assert FileLock.try_acquire(path) is None
    first.release()
    assert FileLock.try_acquire(path) is None
    second.release()
    assert not path.exists()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert is_held(path)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not is_held(path)
    FileLock.acquire(path).release()
    assert not path.exists()


def test_waiting_can_be_cancelled(store: Store) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with store.lock("step"), pytest.raises(CancelledError), store.lock("step", cancelled=cancelled):
        pass
    with store.lock("step", cancelled=cancelled):
        pass


def test_key_locks_count_right_between_processes_and_leave_no_files(home: Path, tmp_path: Path) -> None:
    Store.open(home).close()
    counter = tmp_path / "counter"
    counter.write_text("0")
    processes = [subprocess.Popen([sys.executable, "-c", _COUNTER, home, counter]) for _ in range(4)]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert counter.read_text() == "200"
    assert os.listdir(home / "locks" / "keys") == []


def test_key_locks_count_right_between_threads(store: Store) -> None:
    counts = [0]

    def work() -> None:
        for _ in range(100):
            with store.lock("a name that is not UTF-8: \udcff"):
                seen = counts[0]
                os.sched_yield()
                counts[0] = seen + 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [600]
    assert os.listdir(store.root / "locks" / "keys") == []
