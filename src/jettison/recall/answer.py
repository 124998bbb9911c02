"""Giving a remembered answer: look whether all that it stands on is as it was, then write what was written before.

Nothing is written before everything was looked at, and nothing appears under its name before it is whole. Whatever does
not fit means no answer, and the ordinary build.
"""

from __future__ import annotations

import binascii
import os
import stat
import time

from jettison.recall.record import KEPT_SECONDS, Record
from jettison.recall.stamp import stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAX_SEND_BYTES = 1 << 30


class ChangedError(Exception):
    """Something is not what it was."""


def check(record: Record, home: str, asked: str) -> None:
    """Raise :class:`ChangedError` or :class:`OSError` where the record does not answer ``asked`` any more.

    Keys of the document: ``question``; ``made`` (seconds); ``followed``: path, stamp of what links lead to; ``absent``:
    paths where nothing is; ``context``: the folder that the packed paths are in; ``present``: paths of the store;
    ``schema``, ``tags`` (repository, tag, image id), ``images``: what the database says.
    """
    document = record.document
    age = time.time() - document["made"]
    if document["question"] != asked or not 0 <= age < KEPT_SECONDS:
        raise ChangedError
    for path, known in document["followed"]:
        if stamp(os.stat(path)) != tuple(known):
            raise ChangedError(path)
    for path in document["absent"]:
        if os.path.lexists(path):
            raise ChangedError(path)
    for path in document["present"]:
        os.stat(path)
    _check_database(document, home)
    root, lstat = document["context"], os.lstat
    for path, known in record.walked():
        if stamp(lstat(f"{root}/{path}")) != known:
            raise ChangedError(path)


def _check_database(document: dict[str, Any], home: str) -> None:
    if not (document["tags"] or document["images"]):
        return
    import _sqlite3 as sqlite3

    path = f"{home}/cache.db"
    os.stat(path)  # sqlite would make an empty one
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        if connection.execute("PRAGMA user_version").fetchone() != (document["schema"],):
            raise ChangedError
        for repository, tag, image_id in document["tags"]:
            place = (repository, tag)
            found = connection.execute("SELECT image_id FROM tags WHERE repository = ? AND tag = ?", place).fetchone()
            if found != (image_id,):
                raise ChangedError(tag)
            others = "SELECT 1 FROM tag_platforms WHERE repository = ? AND tag = ?"
            if connection.execute(others, place).fetchone():
                raise ChangedError(tag)
        for image_id in document["images"]:
            if not connection.execute("SELECT 1 FROM images WHERE image_id = ?", (image_id,)).fetchone():
                raise ChangedError(image_id)
    except sqlite3.Error as error:
        raise ChangedError from error
    finally:
        connection.close()


def give_out(document: dict[str, Any]) -> list[float]:
    """Write the archives of a document; the seconds that each took. Raises as :func:`check` does; then none appears.

    ``archives``: the path of each, and its parts: bytes in base64, or the path and the stamp of a blob.
    """
    written: list[tuple[str, str]] = []
    seconds = []
    try:
        for path, parts in document["archives"]:
            began = time.monotonic()
            if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
                raise ChangedError(path)  # links are followed, devices written to: not here
            folder, name = os.path.split(path)
            temporary = os.path.join(folder, f".{name}.{os.getpid()}")
            target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
            written.append((temporary, path))
            try:
                for part in parts:
                    _write(target, part)
            finally:
                os.close(target)
            seconds.append(time.monotonic() - began)
        while written:
            os.replace(*written[0])
            del written[0]
    finally:
        for temporary, _ in written:
            os.unlink(temporary)
    return seconds


def _write(target: int, part: str | list[Any]) -> None:
    if isinstance(part, str):
        data = memoryview(binascii.a2b_base64(part))
        while data:
            data = data[os.write(target, data) :]
        return
    path, known = part
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        status = os.fstat(source)
        if stamp(status) != tuple(known):
            raise ChangedError(path)
        left = status.st_size
        while left:
            count = os.sendfile(target, source, None, min(left, _MAX_SEND_BYTES))
            if not count:
                raise ChangedError(path)
            left -= count
    finally:
        os.close(source)
