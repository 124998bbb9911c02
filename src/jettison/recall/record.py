"""The file of a remembered build: a JSON document, and after it the stamps of what a build context holds.

Stamps are packed: 30,000 of them are read in a few milliseconds. Whatever is torn or strange is no record.
"""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Iterator

from jettison.recall.question import FOLDER
from jettison.recall.stamp import STAMP_BYTES, Stamp, unpack_stamps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEPT_SECONDS = 3600.0
"""How long an answer is given without asking anew: then the ordinary build runs once, and counts as a use."""

_HEAD = struct.Struct("<8sQQ")
_PATHS_AT_ONCE = 4096
_MAGIC = b"recall\0\1"


class Record:
    """One remembered build."""

    __slots__ = ("document", "paths", "stamps")

    def __init__(self, document: dict[str, Any], paths: list[str], stamps: bytes | bytearray) -> None:
        self.document = document
        """See :func:`jettison.recall.answer.give_out`."""
        self.paths = paths
        """Of the build context, relative to it."""
        self.stamps = stamps
        """One for each path, packed, one after the other."""

    def walked(self) -> Iterator[tuple[str, Stamp]]:
        """Each path of the build context with its stamp."""
        return zip(self.paths, unpack_stamps(self.stamps), strict=True)


def write_record(path: str, record: Record) -> None:
    """Write a record in place of an older one, and remove those that are too old to be of use.

    Nothing is synced: what a crash leaves is read as no record.
    """
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    text = json.dumps(record.document).encode("ascii")
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as file:
        file.write(_HEAD.pack(_MAGIC, len(text), len(record.stamps)) + text)
        file.write(record.stamps)
        for start in range(0, len(record.paths), _PATHS_AT_ONCE):
            names = "\0".join(record.paths[start : start + _PATHS_AT_ONCE])
            file.write((names if not start else f"\0{names}").encode("utf-8", "surrogateescape"))
    os.replace(temporary, path)
    _remove(folder, older_than=time.time() - KEPT_SECONDS)


def read_record(path: str) -> Record | None:
    """The record, where it is there and whole."""
    try:
        with open(path, "rb", buffering=0) as file:
            data = file.read()
        magic, length, packed = _HEAD.unpack_from(data)
        if magic != _MAGIC:
            return None
        text_end = _HEAD.size + length
        document = json.loads(data[_HEAD.size : text_end])
        names = data[text_end + packed :]
        paths = names.decode("utf-8", "surrogateescape").split("\0") if packed else []
        if len(paths) * STAMP_BYTES != packed or len(data) < text_end + packed:
            return None
        return Record(document, paths, data[text_end : text_end + packed])
    except (OSError, ValueError, struct.error):
        return None


def forget_all(home: str) -> None:
    """Remove every record of a store."""
    _remove(f"{home}/{FOLDER}", older_than=float("inf"))


def _remove(folder: str, *, older_than: float) -> None:
    try:
        with os.scandir(folder) as entries:
            old = [entry.path for entry in entries if entry.stat(follow_symlinks=False).st_mtime < older_than]
        for path in old:
            os.unlink(path)
    except OSError:
        return  # somebody else was first; what stays is too old to be believed
