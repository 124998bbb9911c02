"""Reading a blob while it is written: what comes after it, such as its compression, need not wait for its end."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from jettison.errors import CancelledError
from jettison.model.digest import Digest
from jettison.store.faults import storage_faults


class Growth:
    """How far a writer is. Safe to use from several threads; no reader holds the writer up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._size_bytes = 0
        self._whole = False
        self._closed = False
        self.digest: Digest | None = None
        """What the writer committed; None before, and where it gave up."""
        self._same: list[tuple[int, int, Digest]] = []

    def reach(self, size_bytes: int, *, whole: bool = False) -> None:
        """So many bytes can be read; ``whole`` tells that no more come."""
        with self._changed:
            self._size_bytes = size_bytes
            self._whole = whole
            self._changed.notify_all()

    def note_same(self, start: int, end: int, old: Digest) -> None:
        """What will be written from byte ``start`` to ``end`` is what the blob ``old`` has there."""
        with self._changed:
            self._same.append((start, end, old))

    def same_as(self, start: int, end: int) -> Digest | None:
        """A blob that has the same bytes at the same place, where that was noted."""
        with self._changed:
            return next((old for first, last, old in self._same if first <= start and end <= last), None)

    def commit(self, digest: Digest) -> None:
        """The blob is in the store."""
        with self._changed:
            self.digest = digest
            self._changed.notify_all()

    def close(self) -> None:
        """The writer is gone: what is not committed now never will be."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_for(self, size_bytes: int) -> int:
        """Wait for so many bytes, or all of them; how many there are. Raises :class:`CancelledError` where it was given
        up.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._size_bytes >= size_bytes or self._whole or self._closed)
            self._check()
            return self._size_bytes

    def wait_for_digest(self) -> Digest:
        """Wait for the commit. Raises :class:`CancelledError` where there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self.digest is not None or self._closed)
            self._check()
            assert self.digest is not None
            return self.digest

    def _check(self) -> None:
        if self._closed and self.digest is None:
            raise CancelledError("cancelled")


class Follower:
    """A stream of the blob, to be closed. Its end is the blob's, which may not be in the store yet."""

    def __init__(self, path: Path, growth: Growth) -> None:
        self._growth = growth
        self._path = path
        self._position = 0
        with storage_faults("open", path):
            self._file = path.open("rb", buffering=0)

    @property
    def digest(self) -> Digest | None:
        """What the writer committed; None before."""
        return self._growth.digest

    def committed(self) -> Digest:
        """What the writer commits, once it has. Raises :class:`CancelledError` where the writer gave up."""
        return self._growth.wait_for_digest()

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, as many as asked for unless the blob ends before; waits for them.

        Raises :class:`CancelledError` where the writer gave up.
        """
        there = self._growth.wait_for(self._position + size if size >= 0 else sys.maxsize)
        left = there - self._position
        with storage_faults("read", self._path):
            data = os.pread(self._file.fileno(), min(size, left) if size >= 0 else left, self._position)
        self._position += len(data)
        return data

    def same_as(self, start: int, end: int) -> Digest | None:
        """Of what was read: a blob that has the same bytes at the same place; None where nobody said so.

        It counts only if the writer commits.
        """
        return self._growth.same_as(start, end)

    def close(self) -> None:
        """Let go of the file; idempotent."""
        self._file.close()
