"""Locks between processes, and between the threads of one: ``flock`` on a file that goes when its last holder does.

The kernel lets go of an flock when its holder dies, by ``kill -9`` too: liveness is never guessed from a process id.
An flock belongs to the opened file, so two threads that each open it exclude each other as two processes do.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.errors import CancelledError
from jettison.store.faults import storage_faults

_POLL_SECONDS = 0.05
_PROBES = 3
_PROBE_SECONDS = 0.001
"""Whoever asks whether a lock is held holds it for some microseconds: a lock found held is looked at again."""


class FileLock:
    """A held lock; :meth:`release`, or the end of ``with``, lets go of it and removes the file where nobody else holds
    it.
    """

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path, *, shared: bool = False, cancelled: threading.Event | None = None) -> FileLock:
        """Wait for the lock; raise :class:`CancelledError` once ``cancelled`` is set while waiting."""
        if cancelled is None:
            lock = cls._attempt(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        else:
            lock = cls.try_acquire(path, shared=shared)
            while lock is None:
                if cancelled.wait(_POLL_SECONDS):
                    raise CancelledError(f"cancelled while waiting for another build that holds {path.name[:12]}")
                lock = cls.try_acquire(path, shared=shared)
        if lock is None:
            raise AssertionError("a blocking flock came back without the lock")
        return lock

    @classmethod
    def try_acquire(cls, path: Path, *, shared: bool = False) -> FileLock | None:
        """The lock where it is free, None where it is held."""
        operation = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
        for _ in range(_PROBES):
            lock = cls._attempt(path, operation)
            if lock is not None:
                return lock
            time.sleep(_PROBE_SECONDS)
        return None

    @classmethod
    def _attempt(cls, path: Path, operation: int) -> FileLock | None:
        with storage_faults("lock", path):
            while True:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
                try:
                    fcntl.flock(descriptor, operation)
                    if _still_named(descriptor, path):
                        return cls(path, descriptor)
                except BlockingIOError:
                    os.close(descriptor)
                    return None
                except BaseException:
                    os.close(descriptor)
                    raise
                # The holder before us removed the file while we waited: the lock we got is nobody's.
                os.close(descriptor)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let go. The file is removed before the lock, so whoever waited on it notices and opens a new one."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._path.unlink(missing_ok=True)
        except BlockingIOError:
            pass  # others share it: the last of them removes the file
        finally:
            os.close(self._descriptor)


@contextmanager
def held(path: Path, *, shared: bool = False, cancelled: threading.Event | None = None) -> Iterator[None]:
    """Hold the lock for the length of the body."""
    with FileLock.acquire(path, shared=shared, cancelled=cancelled):
        yield


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock, shared or not."""
    return all(_is_held_now(path, attempt) for attempt in range(_PROBES))


def _is_held_now(path: Path, attempt: int) -> bool:
    if attempt:
        time.sleep(_PROBE_SECONDS)
    with storage_faults("look at the lock", path):
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


def _still_named(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
