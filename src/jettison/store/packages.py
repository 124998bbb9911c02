"""The folder of downloaded packages: kept between runs of ``base``, dropped as a whole when nobody uses it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.frozen import dataclass
from jettison.store.erase import erase
from jettison.store.faults import storage_faults
from jettison.store.home import Home
from jettison.store.locking import FileLock, held, is_held
from jettison.store.measure import disk_bytes
from jettison.store.temporary import Session

_SUFFIX = ".deb"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesRecord:
    """What lies in the folder now."""

    total: int
    """Package files."""
    size_bytes: int
    """With the lists of packages."""
    last_used_at: float
    is_used: bool


class Packages:
    """The one such folder of the store."""

    def __init__(self, home: Home, session: Session, clock: Callable[[], float]) -> None:
        self._path = home.packages
        self._lock_path = home.lock("keys", "packages")
        self._session = session
        self._clock = clock

    @contextmanager
    def using(self) -> Iterator[Path]:
        """The folder, made if need be, and kept from pruning for the length of the body; any number may use it."""
        with held(self._lock_path, shared=True):
            with storage_faults("use the folder", self._path):
                self._path.mkdir(mode=0o700, exist_ok=True)
            try:
                yield self._path
            finally:
                now = self._clock()
                os.utime(self._path, (now, now))

    def find(self) -> PackagesRecord | None:
        """What there is; None where there is no folder."""
        with storage_faults("look at", self._path):
            try:
                last_used_at = self._path.stat().st_mtime
            except FileNotFoundError:
                return None
        return PackagesRecord(
            total=sum(1 for _ in self._path.rglob(f"*{_SUFFIX}")),
            size_bytes=disk_bytes(self._path),
            last_used_at=last_used_at,
            is_used=is_held(self._lock_path),
        )

    def try_remove(self) -> bool:
        """Remove the folder unless somebody uses it; whether it is gone."""
        with self._session.directory("trash") as trash:
            lock = FileLock.try_acquire(self._lock_path)
            if lock is None:
                return False
            try:
                with storage_faults("remove", self._path):
                    self._path.rename(trash / "packages")
            finally:
                lock.release()
            erase(trash / "packages")
        return True
