"""What the disk and the database can do to us, said in words: every failure becomes an error with a way out.

A full, read-only or forbidden disk is a :class:`StorageError`; a file that is not what it should be is an
:class:`IntegrityError`. Nothing else leaves the store as a bare ``OSError`` or ``sqlite3.Error``.
"""

from __future__ import annotations

import _sqlite3 as sqlite3
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.errors import IntegrityError, JettisonError, StorageError

_FULL = "free some space: `jettison prune` removes what no image and no running build needs"
_FULL_FIRST = (
    "remove another file of this disk first, for the database needs a little space; then `jettison prune` removes "
    "what no image and no running build needs"
)
_FORBIDDEN = "choose a folder that you may write to with JETTISON_HOME, or change the owner of this one"
_HINTS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: "the file system is read-only: choose a writable folder with JETTISON_HOME",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOTDIR: "a part of the path is a file: choose another folder with JETTISON_HOME",
    errno.EMFILE: "too many files are open: raise the limit with `ulimit -n`",
    errno.ENOLCK: "the file system cannot lock files: choose a local folder with JETTISON_HOME",
}

_CORRUPT_CODES = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY_CODE_MASK = 0xFF
"""An extended result code of SQLite carries its primary code in the lowest byte."""


@contextmanager
def storage_faults(doing: str, path: Path) -> Iterator[None]:
    """Turn an ``OSError`` of the body into a :class:`StorageError` that says what was being done, and to what."""
    try:
        yield
    except OSError as error:
        raise storage_error(doing, path, error) from error


def storage_error(doing: str, path: Path, error: OSError) -> StorageError:
    """The error for a failed system call on a file of the store."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return StorageError(f"cannot {doing} {printable(path)}: {reason}", hint=_HINTS.get(error.errno or 0))


def database_error(path: Path, error: sqlite3.Error) -> JettisonError:
    """The error for a failed statement, told apart by SQLite's result code."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE_MASK
    name = printable(path)
    if code in _CORRUPT_CODES:
        return corrupt_database(path, str(error))
    if code == sqlite3.SQLITE_FULL:
        return StorageError(f"cannot write {name}: {os.strerror(errno.ENOSPC)}", hint=_FULL_FIRST)
    if code == sqlite3.SQLITE_BUSY:
        return StorageError(
            f"cannot write {name}: another process holds it locked",
            hint="wait for the other jettison to finish; `fuser` on the file names it",
        )
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return StorageError(f"cannot open {name} for writing: {error}", hint=_FORBIDDEN)
    return StorageError(f"cannot use {name}: {error}", hint=_FULL_FIRST if code == sqlite3.SQLITE_IOERR else None)


def corrupt_database(path: Path, reason: str) -> IntegrityError:
    """The error for a database that SQLite cannot read, or that is not ours."""
    name = printable(path)
    return IntegrityError(
        f"{name} is damaged or not a jettison database: {reason}",
        hint=f"move {name}, {path.name}-wal and {path.name}-shm away: tags and cache records are lost, "
        "the next build makes them anew",
    )


def printable(path: Path) -> str:
    """The path as it can be printed anywhere: bytes that are not UTF-8 as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
