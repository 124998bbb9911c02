"""The content of one member of an archive, as a bounded stream over the archive's own."""

from __future__ import annotations

import hashlib

from jettison.errors import IntegrityError
from jettison.layer.sparse import SparseMap, zeros
from jettison.layer.stream import CHUNK_BYTES, Source


class Content:
    """The bytes of one member, holes filled with zeros; valid until the next member is asked for."""

    __slots__ = (
        "_gaps",
        "_left_in_run",
        "_next_run",
        "_sha256",
        "_source",
        "_sparse",
        "_what",
        "left",
        "size",
        "stored_left",
    )

    def __init__(self, source: Source, size: int, what: str, *, sparse: SparseMap | None, hashed: bool) -> None:
        self._source = source
        self._what = what
        self._sha256 = hashlib.sha256() if hashed else None
        self._sparse = sparse
        self._next_run = 0
        self._left_in_run = 0
        self._gaps = 0
        self.size = size
        """Bytes in all, after expansion."""
        self.left = size
        """Bytes that were not read yet."""
        self.stored_left = sparse.stored_bytes if sparse else size
        """Bytes that the archive still holds of it."""
        if sparse:
            self._start_run()

    @property
    def sparse(self) -> SparseMap | None:
        """Where its data lies, of a sparse member; None of another."""
        return self._sparse

    def read(self, size: int = -1, /) -> bytes:
        """Read up to ``size`` bytes: exactly that many but at the end; everything where it is negative."""
        wanted = self.left if size < 0 else min(size, self.left)
        data = self._read_some(wanted) if wanted else b""
        if len(data) < wanted:
            parts = [data]
            missing = wanted - len(data)
            while missing:
                parts.append(self._read_some(missing))
                missing -= len(parts[-1])
            data = b"".join(parts)
        if self._sha256 is not None:
            self._sha256.update(data)
        return data

    def finish(self) -> bytes | None:
        """Pass over what was not read; the sha256 of the whole content, where it is hashed."""
        if self._sha256 is None:
            self._source.skip(self.stored_left, self._what)
            self.left = self.stored_left = 0
            return None
        if self._sparse is None:
            self._source.pass_on(self.left, self._sha256.update, self._what)
            self.left = self.stored_left = 0
        while self.left:
            self.read(CHUNK_BYTES)
        return self._sha256.digest()

    def _read_some(self, wanted: int) -> bytes:
        if self._gaps:
            data = zeros(min(wanted, self._gaps))
            self._gaps -= len(data)
            self.left -= len(data)
            return data
        if self._sparse:
            wanted = min(wanted, self._left_in_run)
        data = self._source.take_some(wanted)
        if not data:
            raise IntegrityError(f"truncated archive: it ends at byte {self._source.position} inside {self._what}")
        self.left -= len(data)
        self.stored_left -= len(data)
        if self._sparse:
            self._left_in_run -= len(data)
            if not self._left_in_run:
                self._start_run()
        return data

    def _start_run(self) -> None:
        """Set up the hole before the next piece of data, and the piece; at the last, the hole up to the end."""
        assert self._sparse is not None
        position = self.size - self.left
        if self._next_run < len(self._sparse.runs):
            run = self._sparse.runs[self._next_run]
            self._next_run += 1
            self._gaps = run.start - position
            self._left_in_run = run.size
        else:
            self._gaps = self.left
