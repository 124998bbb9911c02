"""The memory of a build context: the digests of its files, so that an unchanged file is not read again.

A file is taken for unchanged when device, inode, size, mtime and ctime are what they were. That is wrong where it was
changed again within one tick of the file system's clock after it was read; so a file whose ctime is as young as the
memory is not remembered (git's racy rule, Documentation/technical/racy-git.txt).

One row holds a whole context: 30,000 files are loaded at once in a few milliseconds, where 30,000 queries would cost
half a second. It is not compressed: digests do not shrink, and reading is what the cached build waits for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from jettison.model.digest import Digest
from jettison.recall.stamp import STAMP_BYTES, all_settled
from jettison.store.database import Database

_SHA256_BYTES = 32
_AT_ONCE = 64
"""So many runs of files are noted at once."""
_WRITTEN_BYTES = 1 << 20

_SECOND_NS = 1_000_000_000
_MAX_CONTEXTS = 32
_VERSION = b"4"
_HEADER_BYTES = 9
"""The version and the number of files; then come all stamps, all digests, all paths, each ended by NUL."""


class ContextDigests:
    """The memory of one context during one build. Safe to use from several threads.

    Paths are image paths relative to the context's root.
    """

    def __init__(self, root: Path, packed: bytes, began_ns: int) -> None:
        self.root = root
        self._began_ns = began_ns
        self._packed = packed
        self._known = _paths(packed)
        self._next = 0
        """Where the next path is expected: files are asked for in the order in which they were recorded."""
        self._places: dict[str, int] | None = None
        self._count = 0
        self._paths = bytearray()
        self._stamps = bytearray()
        self._sums = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether :meth:`lookup` knows no file at all."""
        return not self._known

    def lookup(self, path: str, stamp: bytes) -> Digest | None:
        """The digest of the file where it is the one remembered, None where it must be read."""
        place = self._next
        if place >= len(self._known) or self._known[place] != path:
            if self._places is None:
                self._places = {known: place for place, known in enumerate(self._known)}
            if (found := self._places.get(path)) is None:
                return None
            place = found
        self._next = place + 1
        if not self._packed.startswith(stamp, _HEADER_BYTES + place * STAMP_BYTES):
            return None
        at = _HEADER_BYTES + len(self._known) * STAMP_BYTES + place * _SHA256_BYTES
        return Digest("sha256:" + self._packed[at : at + _SHA256_BYTES].hex())

    def record(self, files: Iterable[tuple[Sequence[str], bytes, bytes]]) -> None:
        """Note files in runs of paths, packed stamps and sha256s, but for those that are too young.

        Stamps were taken before the files were read. A path may come twice: both times it says the same.
        """
        rest = iter(files)
        while runs := list(islice(rest, _AT_ONCE)):
            paths = [path for run in runs for path in run[0]]
            stamps, sums = b"".join([run[1] for run in runs]), b"".join([run[2] for run in runs])
            if not all_settled(stamps, self._began_ns):
                each = zip(paths, _parts(stamps, STAMP_BYTES), _parts(sums, _SHA256_BYTES), strict=True)
                rows = [row for row in each if all_settled(row[1], self._began_ns)]
                paths = [path for path, _, _ in rows]
                stamps, sums = b"".join([stamp for _, stamp, _ in rows]), b"".join([sha256 for _, _, sha256 in rows])
            self._count += len(paths)
            self._paths += "\0".join([*paths, ""]).encode("utf-8", "surrogateescape")
            self._stamps += stamps
            self._sums += sums

    def packed(self) -> tuple[bytes | bytearray, ...]:
        """The files recorded, as bytes, in parts that follow each other."""
        return _VERSION + self._count.to_bytes(8, "little"), self._stamps, self._sums, self._paths


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
        return ContextDigests(root, row[0] if row else b"", began_ns)

    def save(self, memory: ContextDigests) -> None:
        """Keep what this build recorded; the rest is forgotten."""
        parts = memory.packed()
        with self._database.write() as connection:
            (row,) = connection.execute(
                "INSERT OR REPLACE INTO contexts (root, last_used_at, digests)"
                " VALUES (?, ?, zeroblob(?)) RETURNING rowid",
                (_key(memory.root), self._clock_ns() / _SECOND_NS, sum(map(len, parts))),
            ).fetchone()
            with connection.blobopen("contexts", "digests", row) as blob:  # in parts: SQLite copies what it is given
                for part in parts:
                    for start in range(0, len(part), _WRITTEN_BYTES):
                        blob.write(part[start : start + _WRITTEN_BYTES])
            connection.execute(
                "DELETE FROM contexts WHERE root NOT IN (SELECT root FROM contexts ORDER BY last_used_at DESC LIMIT ?)",
                (_MAX_CONTEXTS,),
            )


def _parts(data: bytes, size: int) -> Iterator[bytes]:
    """The data in parts of that size."""
    return (data[start : start + size] for start in range(0, len(data), size))


def _key(root: Path) -> bytes:
    return os.fsencode(root.absolute())


def _paths(packed: bytes) -> list[str]:
    """The paths of the files that are packed; none where it was another version that packed them."""
    if packed[:1] != _VERSION:
        return []
    end = _HEADER_BYTES + int.from_bytes(packed[1:_HEADER_BYTES], "little") * (STAMP_BYTES + _SHA256_BYTES)
    return packed[end:].decode("utf-8", "surrogateescape").split("\0")[:-1]
