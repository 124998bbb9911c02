"""The memory of a build context: the digests of its files, so that an unchanged file is not read again.

A file is taken for unchanged when device, inode, size, mtime and ctime are what they were. That is wrong where it was
changed again within one tick of the file system's clock after it was read; so a file whose ctime is as young as the
memory is not remembered (git's racy rule, Documentation/technical/racy-git.txt).

One row holds a whole context: 30,000 files are loaded at once in a few milliseconds, where 30,000 queries would cost
half a second. It is not compressed: digests do not shrink, and reading is what the cached build waits for.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path

from jettison.model.digest import Digest
from jettison.recall.stamp import is_settled
from jettison.store.database import Database

_STATUS = struct.Struct("<QQQqq")
"""device, inode, size, mtime_ns, ctime_ns."""
_ROW_BYTES = _STATUS.size + 32
"""And the sha256."""

_SECOND_NS = 1_000_000_000
_MAX_CONTEXTS = 32
_VERSION = b"1"
_HEADER_BYTES = 9
"""The version and the number of files."""


class ContextDigests:
    """The memory of one context during one build. Safe to use from several threads: a file is one assignment.

    Paths are image paths relative to the context's root.
    """

    def __init__(self, root: Path, known: dict[str, bytes], began_ns: int) -> None:
        self.root = root
        self._known = known
        self._began_ns = began_ns
        self._kept: dict[str, bytes] = {}
        self._changed = False

    def lookup(self, path: str, status: os.stat_result) -> Digest | None:
        """The digest of the file where it is the one remembered, None where it must be read."""
        row = self._known.get(path)
        if row is None or not row.startswith(_pack(status)):
            return None
        self._kept[path] = row
        return Digest("sha256:" + row[_STATUS.size :].hex())

    def record(self, path: str, status: os.stat_result, digest: Digest) -> None:
        """Note the digest of a file, unless it is too young. ``status`` was taken before it was read."""
        self._changed = True
        if digest.algorithm == "sha256" and is_settled(status.st_ctime_ns, self._began_ns):
            self._kept[path] = _pack(status) + bytes.fromhex(digest.hex)

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save: a file recorded, or one forgotten that was not looked up again."""
        return self._changed or len(self._kept) != len(self._known)

    def packed(self) -> bytes:
        """The files looked up or recorded, as bytes."""
        paths = "\0".join(self._kept).encode("utf-8", "surrogateescape")
        rows = b"".join(self._kept.values())
        return _VERSION + len(self._kept).to_bytes(8, "little") + rows + paths


class Digests:
    """The memories of all contexts."""

    def __init__(self, database: Database, clock_ns: Callable[[], int]) -> None:
        self._database = database
        self._clock_ns = clock_ns

    def load(self, root: Path) -> ContextDigests:
        """The memory of the context in the folder ``root``, empty for a new one. To be called before it is walked."""
        began_ns = self._clock_ns()
        with self._database.read() as connection:
            row = connection.execute("SELECT digests FROM contexts WHERE root = ?", (_key(root),)).fetchone()
        return ContextDigests(root, _unpack(row[0]) if row else {}, began_ns)

    def save(self, memory: ContextDigests) -> None:
        """Keep what this build looked up or recorded, where that differs from what was kept; the rest is forgotten."""
        if not memory.is_changed:
            return
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO contexts (root, last_used_at, digests) VALUES (?, ?, ?)",
                (_key(memory.root), self._clock_ns() / _SECOND_NS, memory.packed()),
            )
            connection.execute(
                "DELETE FROM contexts WHERE root NOT IN (SELECT root FROM contexts ORDER BY last_used_at DESC LIMIT ?)",
                (_MAX_CONTEXTS,),
            )


def _key(root: Path) -> bytes:
    return os.fsencode(root.absolute())


def _pack(status: os.stat_result) -> bytes:
    return _STATUS.pack(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _unpack(packed: bytes) -> dict[str, bytes]:
    if packed[:1] != _VERSION:
        return {}
    count = int.from_bytes(packed[1:_HEADER_BYTES], "little")
    end = _HEADER_BYTES + count * _ROW_BYTES
    if not count:
        return {}
    paths = packed[end:].decode("utf-8", "surrogateescape").split("\0")
    rows = [packed[start : start + _ROW_BYTES] for start in range(_HEADER_BYTES, end, _ROW_BYTES)]
    return dict(zip(paths, rows, strict=True))
