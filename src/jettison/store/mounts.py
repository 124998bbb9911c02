"""Cache mounts: the folders of ``RUN --mount=type=cache``, ``mounts/<hash of the id>/<slot>``.

Sharing as BuildKit has it. *shared*: any number of commands use slot 0 at once. *locked*: one at a time, the others
wait. *private*: who finds slot 0 taken gets the next free one, new where there is none.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.frozen import dataclass
from jettison.model.op import Sharing
from jettison.store.database import Database, storable
from jettison.store.faults import storage_faults
from jettison.store.home import Home, is_there
from jettison.store.locking import FileLock, held, is_held
from jettison.store.temporary import Session

_TOUCH_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheMount:
    """A cache mount that is in use."""

    path: Path
    created: bool
    """Whether it is new, and so was prepared by the caller just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MountRecord:
    """A cache mount as it lies on disk."""

    mount_id: str
    key: str
    slot: int
    path: Path
    last_used_at: float


class Mounts:
    """All cache mounts of the store."""

    def __init__(self, home: Home, database: Database, session: Session, clock: Callable[[], float]) -> None:
        self._home = home
        self._database = database
        self._session = session
        self._clock = clock

    @contextmanager
    def cache_mount(
        self,
        mount_id: str,
        sharing: Sharing = Sharing.SHARED,
        *,
        prepare: Callable[[Path], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Iterator[CacheMount]:
        """The folder of that id, held for the length of the body.

        A new one is made with mode 0755 and handed to ``prepare``, which sets owner, mode and first content; it appears
        under its name only when ``prepare`` has returned, so a kill in between leaves no half of one.
        """
        key = hashlib.sha256(mount_id.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        slot, lock = self._take(key, sharing, cancelled)
        try:
            path = self._path(key, slot)
            self._note_use(key, slot, mount_id)  # before the folder: no folder is without a row
            created = not is_there(path) and self._create(path, prepare)
            yield CacheMount(path=path, created=created)
        finally:
            lock.release()

    def list(self) -> tuple[MountRecord, ...]:
        """Every cache mount on disk, the longest unused first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT key, slot, id, last_used_at FROM mounts ORDER BY last_used_at").fetchall()
        return tuple(
            MountRecord(mount_id=mount_id, key=key, slot=slot, path=self._path(key, slot), last_used_at=last_used_at)
            for key, slot, mount_id, last_used_at in rows
        )

    def is_used(self, record: MountRecord) -> bool:
        """Whether a command uses it now."""
        return is_held(self._lock_path(record.key, record.slot))

    def try_remove(self, record: MountRecord) -> bool:
        """Remove a cache mount that nobody uses; False where somebody does."""
        lock = FileLock.try_acquire(self._lock_path(record.key, record.slot))
        if lock is None:
            return False
        try:
            with self._session.directory("trash") as trash, self._database.write() as connection:
                connection.execute("DELETE FROM mounts WHERE key = ? AND slot = ?", (record.key, record.slot))
                with storage_faults("remove", record.path):
                    if record.path.exists():
                        record.path.rename(trash / "mount")
        finally:
            lock.release()
        return True

    def _take(self, key: str, sharing: Sharing, cancelled: threading.Event | None) -> tuple[int, FileLock]:
        if sharing is not Sharing.PRIVATE:
            shared = sharing is Sharing.SHARED
            return 0, FileLock.acquire(self._lock_path(key, 0), shared=shared, cancelled=cancelled)
        slot = 0
        while (lock := FileLock.try_acquire(self._lock_path(key, slot))) is None:
            slot += 1
        return slot, lock

    def _create(self, path: Path, prepare: Callable[[Path], None] | None) -> bool:
        """Make the folder; False where one that shares it was first."""
        with self._session.directory("mount") as fresh:
            fresh.chmod(0o755)
            if prepare is not None:
                prepare(fresh)
            # An empty folder would give way to a rename, under the feet of whoever shares it already: hence the lock.
            with held(self._lock_path(path.parent.name, "new")), storage_faults("create the cache mount", path):
                if path.exists():
                    return False
                path.parent.mkdir(mode=0o755, exist_ok=True)
                fresh.rename(path)
        return True

    def _note_use(self, key: str, slot: int, mount_id: str) -> None:
        now = self._clock()
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT last_used_at FROM mounts WHERE key = ? AND slot = ?", (key, slot)
            ).fetchone()
        if row is None or now - row[0] > _TOUCH_SECONDS:
            with self._database.write() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO mounts (key, slot, id, last_used_at) VALUES (?, ?, ?, ?)",
                    (key, slot, storable(mount_id), now),
                )

    def _path(self, key: str, slot: int) -> Path:
        return self._home.mounts / key / str(slot)

    def _lock_path(self, key: str, slot: int | str) -> Path:
        return self._home.lock("mounts", f"{key}-{slot}")
