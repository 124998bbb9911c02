"""Containers: what ``run`` made, ``ps`` shows and ``rm`` removes.

A container is running while the process that runs it holds its lock: a process killed with ``kill -9`` leaves a
container that has exited, never one that seems to run. Its writable files lie in ``containers/<id>/``.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from jettison.enums import StrEnum
from jettison.errors import NotFoundError, UsageError
from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.patterns import late_pattern
from jettison.store.database import Database, storable
from jettison.store.faults import storage_faults
from jettison.store.home import Home
from jettison.store.locking import FileLock, is_held
from jettison.store.names import random_name
from jettison.store.temporary import Session

_NAME = late_pattern(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_LOST_EXIT_CODE = 255
"""As docker shows a container whose end nobody saw."""
_NAME_ATTEMPTS = 20
_SHORT_ID_LENGTH = 12


class ContainerState(StrEnum):
    """In docker's words."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRecord:
    """One container. Times are seconds since the epoch."""

    container_id: str
    """64 hexadecimal digits."""
    name: str
    image_id: Digest
    image_name: str
    """What the user called the image."""
    command: tuple[str, ...]
    created_at: float
    auto_remove: bool
    state: ContainerState
    pid: int | None
    """While it runs."""
    started_at: float | None
    finished_at: float | None
    exit_code: int | None
    """Once it has exited; 255 where the process that ran it was killed."""

    @property
    def short_id(self) -> str:
        """The first 12 digits of the id."""
        return self.container_id[:_SHORT_ID_LENGTH]


class Containers:
    """All containers of the store."""

    def __init__(self, home: Home, database: Database, session: Session, clock: Callable[[], float]) -> None:
        self._home = home
        self._database = database
        self._session = session
        self._clock = clock

    def create(
        self,
        image_id: Digest,
        command: Sequence[str],
        *,
        image_name: str = "",
        name: str | None = None,
        auto_remove: bool = False,
    ) -> ContainerRecord:
        """A new container and its empty folder; the image is kept from pruning as long as it exists.

        Raises :class:`UsageError` where the name is taken or malformed, :class:`NotFoundError` where the image is gone.
        """
        if name is not None and not _NAME.fullmatch(name):
            raise UsageError(f"invalid container name {name!r}: only letters, digits, '_', '.' and '-' are allowed")
        container_id = os.urandom(32).hex()
        folder = self.directory(container_id)
        with self._database.write() as connection:
            if not connection.execute("SELECT 1 FROM images WHERE image_id = ?", (image_id,)).fetchone():
                raise NotFoundError(f"no such image: {image_id}")
            connection.execute(
                "INSERT INTO containers (id, name, image_id, image_name, command, created_at, auto_remove)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    container_id,
                    _free_name(connection) if name is None else _checked_name(connection, name),
                    image_id,
                    storable(image_name or image_id.short),
                    json.dumps(list(command)),
                    self._clock(),
                    int(auto_remove),
                ),
            )
            connection.execute(
                "INSERT OR IGNORE INTO container_layers (container_id, diff_id)"
                " SELECT ?, diff_id FROM image_layers WHERE image_id = ?",
                (container_id, image_id),
            )
            with storage_faults("create the folder", folder):
                folder.mkdir(mode=0o700)
        return self.get(container_id)

    def directory(self, container_id: str) -> Path:
        """The folder for the container's writable files."""
        return self._home.containers / container_id

    @contextmanager
    def running(self, container_id: str, pid: int) -> Iterator[None]:
        """The container runs for the length of the body, in the care of this process; ``pid`` is for people.

        Raises :class:`UsageError` where it runs already.
        """
        self._session.begin()
        lock = FileLock.try_acquire(self._lock_path(container_id))
        if lock is None:
            raise UsageError(f"the container {container_id[:_SHORT_ID_LENGTH]} is running already")
        try:
            with self._database.write() as connection:
                cursor = connection.execute(
                    "UPDATE containers SET pid = ?, started_at = ?, finished_at = NULL, exit_code = NULL WHERE id = ?",
                    (pid, self._clock(), container_id),
                )
                if cursor.rowcount == 0:
                    raise NotFoundError(f"no such container: {container_id}")
            yield
        finally:
            lock.release()

    def finish(self, container_id: str, exit_code: int) -> None:
        """Note how it ended; to be called inside :meth:`running`."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE containers SET exit_code = ?, finished_at = ? WHERE id = ?",
                (exit_code, self._clock(), container_id),
            )

    def get(self, container_id: str) -> ContainerRecord:
        """The container of exactly this id. Raises :class:`NotFoundError`."""
        for record in self.list():
            if record.container_id == container_id:
                return record
        raise NotFoundError(f"no such container: {container_id}")

    def find(self, text: str) -> ContainerRecord:
        """The container that a user means: its name, its id or the beginning of that.

        Raises :class:`NotFoundError`; :class:`UsageError` where several ids begin so.
        """
        everything = self.list()
        for record in everything:
            if text in (record.container_id, record.name):
                return record
        records = [record for record in everything if text and record.container_id.startswith(text)]
        if len(records) > 1:
            raise UsageError(f"{len(records)} containers have an id that begins with {text!r}", hint="give more digits")
        if not records:
            raise NotFoundError(f"no such container: {text}", hint="`jettison ps -a` lists them")
        return records[0]

    def list(self) -> tuple[ContainerRecord, ...]:
        """Every container, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, name, image_id, image_name, command, created_at, auto_remove, pid, started_at, finished_at,"
                " exit_code FROM containers ORDER BY created_at DESC, id"
            ).fetchall()
        return tuple(self._record(row) for row in rows)

    def using(self, image_id: Digest) -> tuple[ContainerRecord, ...]:
        """The containers made from that image."""
        return tuple(record for record in self.list() if record.image_id == image_id)

    def remove(self, container_id: str) -> None:
        """Remove the container and its files; one that is gone is fine. Raises :class:`UsageError` while it runs."""
        if not self.try_remove(container_id):
            raise UsageError(
                f"cannot remove the container {container_id[:_SHORT_ID_LENGTH]}: it is running", hint="stop it first"
            )

    def try_remove(self, container_id: str) -> bool:
        """Like :meth:`remove`, but False while it runs."""
        lock = FileLock.try_acquire(self._lock_path(container_id))
        if lock is None:
            return False
        try:
            with self._database.write() as connection:
                connection.execute("DELETE FROM containers WHERE id = ?", (container_id,))
            self._discard(container_id)
        finally:
            lock.release()
        return True

    def reap(self) -> None:
        """Remove what killed processes left: containers of ``run --rm`` that have exited, folders without a row."""
        records = self.list()
        for record in records:
            if record.auto_remove and record.state is ContainerState.EXITED:
                self.try_remove(record.container_id)
        if set(self._folders()) - {record.container_id for record in records}:
            with self._database.write() as connection:
                # A folder appears inside the transaction that adds its row: whatever has none now never gets one.
                known = {container_id for (container_id,) in connection.execute("SELECT id FROM containers")}
                orphans = set(self._folders()) - known
            for container_id in orphans:
                self._discard(container_id)

    def _folders(self) -> Sequence[str]:
        with storage_faults("list", self._home.containers):
            return os.listdir(self._home.containers)

    def _discard(self, container_id: str) -> None:
        """Remove a folder whose row is gone; another process may be doing the same."""
        folder = self.directory(container_id)
        with self._session.directory("trash") as trash, storage_faults("remove", folder), suppress(FileNotFoundError):
            folder.rename(trash / "container")

    def _record(self, row: tuple[Any, ...]) -> ContainerRecord:
        (container_id, name, image_id, image_name, command, created_at, auto_remove, pid, started, finished, code) = row
        state = ContainerState.CREATED
        if started is not None:
            state = ContainerState.EXITED
            if code is None and is_held(self._lock_path(container_id)):
                state = ContainerState.RUNNING
        if state is ContainerState.EXITED and code is None:
            code = _LOST_EXIT_CODE
        return ContainerRecord(
            container_id=container_id,
            name=name,
            image_id=Digest(image_id),
            image_name=image_name,
            command=tuple(json.loads(command)),
            created_at=created_at,
            auto_remove=bool(auto_remove),
            state=state,
            pid=pid if state is ContainerState.RUNNING else None,
            started_at=started,
            finished_at=finished,
            exit_code=code,
        )

    def _lock_path(self, container_id: str) -> Path:
        return self._home.lock("containers", container_id)


def _checked_name(connection: sqlite3.Connection, name: str) -> str:
    row = connection.execute("SELECT id FROM containers WHERE name = ?", (name,)).fetchone()
    if row:
        raise UsageError(
            f"the container name {name!r} is already in use by container {row[0][:_SHORT_ID_LENGTH]}",
            hint=f"`jettison rm {name}` frees it, or choose another --name",
        )
    return name


def _free_name(connection: sqlite3.Connection) -> str:
    for _ in range(_NAME_ATTEMPTS):
        name = random_name()
        if not connection.execute("SELECT 1 FROM containers WHERE name = ?", (name,)).fetchone():
            return name
    return f"{random_name()}_{os.urandom(4).hex()}"
