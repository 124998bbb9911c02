"""What an open store is writing but has not finished: ``tmp/<pid>-<random>/``, owned by whoever holds its lock.

An open store becomes a *session* with its first write. The session's lock file exists before its folder does and goes
after it, so a folder without a held lock belongs to a process that died, and the next session removes it, together with
the leases in its name. The process id in the name is for people; nothing is decided by it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jettison.errors import JettisonError, StorageError
from jettison.pools import begin
from jettison.store.erase import erase
from jettison.store.faults import printable, storage_faults
from jettison.store.home import Home
from jettison.store.locking import FileLock, is_held
from jettison.store.measure import disk_bytes


def erase_leftovers(home: Home) -> tuple[tuple[Path, int], ...]:
    """Remove the files of sessions that died, without a session or the database: also where a disk is full.

    Returns the folders and the bytes that came free. Locks and leases stay for the next session to bury.
    """
    with storage_faults("list", home.temporary):
        names = sorted(os.listdir(home.temporary)) if home.temporary.is_dir() else []
    gone = []
    for path in (home.temporary / name for name in names if not is_held(home.lock("sessions", name))):
        size_bytes = disk_bytes(path)
        erase(path)
        gone.append((path, size_bytes))
    return tuple(gone)


class Session:
    """One open store, as other processes see it."""

    def __init__(self, home: Home, *, on_death: Callable[[str], None]) -> None:
        """``on_death`` is called with the name of each session found dead, after its files are gone."""
        self._home = home
        self._on_death = on_death
        self._guard = threading.Lock()
        self._lock: FileLock | None = None
        self._name = f"{os.getpid()}-{os.urandom(6).hex()}"
        self._reaper: threading.Thread | None = None
        self._closing = threading.Event()
        self._reaping = threading.Lock()
        self._faults: dict[str, JettisonError] = {}

    def begin(self) -> str:
        """The session's name; the first call takes its lock and starts removing what the dead left."""
        with self._guard:
            if self._closing.is_set():
                raise StorageError(f"the store {printable(self._home.root)} is used after it was closed")
            if self._lock is None:
                self._lock = FileLock.acquire(self._home.lock("sessions", self._name))
                with storage_faults("create the folder", self._folder):
                    self._folder.mkdir(mode=0o700)
                self._reaper = begin(threading.Thread(target=self.reap, name="jettison-reaper", daemon=True))
        return self._name

    @property
    def is_open(self) -> bool:
        """Whether the session has begun: it has nothing to its name before."""
        return self._lock is not None

    def reap(self) -> None:
        """Remove what dead sessions left. Stops early when this one closes: the next goes on from there."""
        with self._reaping:
            for name in sorted(self._others()):
                if self._closing.is_set():
                    return
                try:
                    self._bury(name)
                    self._faults.pop(name, None)
                except JettisonError as error:
                    self._faults[name] = error

    def leftovers(self) -> tuple[Path, ...]:
        """The folders of dead sessions."""
        with storage_faults("list", self._home.temporary):
            names = sorted(os.listdir(self._home.temporary))
        return tuple(self._home.temporary / name for name in names if not self.is_alive(name))

    def faults(self) -> tuple[JettisonError, ...]:
        """What :meth:`reap` could not remove, and why."""
        with self._reaping:
            return tuple(self._faults.values())

    def is_alive(self, name: str) -> bool:
        """Whether the process of that session still holds its lock."""
        return is_held(self._home.lock("sessions", name))

    def new_path(self, kind: str) -> Path:
        """A path inside the session's folder that does not exist yet; ``kind`` is for people."""
        self.begin()
        return self._folder / f"{kind}-{os.urandom(8).hex()}"

    @contextmanager
    def directory(self, kind: str = "directory") -> Iterator[Path]:
        """A new empty folder, removed with all its contents at the end of the body unless it was renamed away."""
        path = self.new_path(kind)
        with storage_faults("create the folder", path):
            path.mkdir(mode=0o700)
        try:
            yield path
        finally:
            erase(path)

    def close(self) -> None:
        """Remove the session's files and let go of its lock; idempotent. Nothing can be written afterwards."""
        self._closing.set()
        if self._reaper is not None:
            self._reaper.join()
        with self._guard:
            lock, self._lock = self._lock, None
        if lock is not None:
            try:
                erase(self._folder)
            finally:
                lock.release()

    def _others(self) -> set[str]:
        # A folder that cannot be listed cannot be written either: whoever writes there reports it.
        with suppress(OSError):
            locks = self._home.lock("sessions", self._name).parent
            return {*os.listdir(self._home.temporary), *os.listdir(locks)} - {self._name}
        return set()

    def _bury(self, name: str) -> None:
        lock = FileLock.try_acquire(self._home.lock("sessions", name))
        if lock is None:
            return
        try:
            erase(self._home.temporary / name)
            self._on_death(name)
        finally:
            lock.release()

    @property
    def _folder(self) -> Path:
        return self._home.temporary / self._name
