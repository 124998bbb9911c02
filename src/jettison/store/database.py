"""The SQLite file: connections, transactions, migrations.

Write-ahead logging lets any number of processes read while one writes. A write transaction takes the write lock when
it begins, so two that read and then write never deadlock. A connection serves one thread at a time.

Here and in its neighbours ``sqlite3`` is loaded as what that is made of: the rest converts dates, of which no table has
any, and loads ``datetime`` for it.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jettison.errors import StorageError
from jettison.store.faults import corrupt_database, database_error, printable
from jettison.store.locking import held
from jettison.store.schema import APPLICATION_ID, MIGRATIONS

_BUSY_SECONDS = 60.0


def storable(text: str) -> str:
    """A text that people read, as SQLite takes it: what cannot be written in UTF-8 becomes an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Database:
    """A pool of connections to one file, brought to the newest schema when it is opened."""

    def __init__(self, path: Path, *, lock_path: Path, migrations: tuple[str, ...] = MIGRATIONS) -> None:
        self.path = path
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._closed = False
        self._refusal: sqlite3.Error | None = None
        """Why nothing can be written here; what is there is read all the same."""
        self._address = ""
        """How it is read then."""
        try:
            self._prepare(lock_path, migrations)
        except StorageError as error:
            refused = error.__cause__
            if not isinstance(refused, sqlite3.OperationalError) or (address := _unlocked(path)) is None:
                raise
            self.close()
            self._closed, self._refusal, self._address = False, refused, address
            self._prepare(lock_path, migrations)
        else:
            if not os.access(path, os.W_OK):
                self._refusal = self._try_to_write()

    def _prepare(self, lock_path: Path, migrations: tuple[str, ...]) -> None:
        """Bring the file to the newest schema."""
        with self._connection() as connection:
            if not _is_current(connection, len(migrations), self.path):
                if self._refusal is not None:
                    raise self._refusal
                with held(lock_path):
                    _migrate(connection, migrations, self.path)

    def _try_to_write(self) -> sqlite3.Error | None:
        """Why that is refused: what killed processes left lets SQLite open a file on a disk that takes no more."""
        with self._connection() as connection:
            try:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")  # which it is
            except sqlite3.OperationalError as error:
                return error
        return None

    @property
    def is_read_only(self) -> bool:
        """Whether the disk takes no more, so that every :meth:`write` raises."""
        return self._refusal is not None

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for statements that only read."""
        with self._connection() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed when the body ends, rolled back when it raises. Nobody else writes meanwhile."""
        if self._refusal is not None:
            raise database_error(self.path, self._refusal) from self._refusal
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    # The first error is the one to report; a failed rollback ends when the connection is closed.
                    with suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                raise

    def write_back(self) -> None:
        """Bring into the file itself what is still in its log, as far as nobody reads that; so does the last user."""
        if self._refusal is None:
            with self._connection() as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Close every connection; idempotent. Nothing may be running."""
        with self._guard:
            self._closed = True
            connections, self._idle = self._idle, []
        for connection in connections:
            connection.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        except sqlite3.Error as error:
            raise database_error(self.path, error) from error

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                raise StorageError(f"{printable(self.path)} is used after it was closed")
            if self._idle:
                return self._idle.pop()
        connection = sqlite3.connect(
            self._address or self.path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            uri=bool(self._address),
        )
        try:
            if self._address:
                # Alone, a connection keeps the list of what the log holds in its memory, not in a file beside it.
                connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed and not connection.in_transaction:
                self._idle.append(connection)
                return
        connection.close()


def _unlocked(path: Path) -> str | None:
    """The address under which SQLite reads a file on a disk that takes no more: read-only, forbidden or full.

    SQLite wants to write even where it only reads: the others who use the file find each other in one beside it.
    Where that is not there, nobody uses it. None where SQLite has to be let find them.
    """
    from urllib.parse import quote

    try:
        is_locked_up = not (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK))
        log, others = (path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))
        has_log = log.exists() and log.stat().st_size > 0
        if not path.is_file() or not (is_locked_up or os.statvfs(path).f_bavail == 0):
            return None
        if not has_log:
            return f"file:{quote(os.fsencode(path))}?immutable=1"
        # What a killed process left in the log is read with it. A full disk may be given space meanwhile.
        return (
            f"file:{quote(os.fsencode(path))}?mode=ro&vfs=unix-none" if is_locked_up and not others.exists() else None
        )
    except OSError:
        return None


def _is_current(connection: sqlite3.Connection, newest: int, path: Path) -> bool:
    """Whether nothing needs migrating; raises where the file is not ours or is from the future."""
    # One statement sees one snapshot: another process may be migrating.
    version, application, tables = connection.execute(
        "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema)"
        " FROM pragma_user_version, pragma_application_id"
    ).fetchone()
    if application != APPLICATION_ID and (version or tables):
        raise corrupt_database(path, "it belongs to another program")
    if version > newest:
        raise StorageError(
            f"{printable(path)} was written by a newer jettison (schema {version}; this one knows {newest})",
            hint="update jettison, or keep this version's images apart with JETTISON_HOME",
        )
    return bool(version == newest)


def _migrate(connection: sqlite3.Connection, migrations: tuple[str, ...], path: Path) -> None:
    """Apply what is missing, each migration in a transaction of its own. The caller excludes other processes."""
    connection.execute("PRAGMA journal_mode = WAL")
    while not _is_current(connection, len(migrations), path):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        # executescript would commit a transaction that was open before it: the whole one is part of the script.
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE; {migrations[version]}; "
                f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version + 1}; COMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
