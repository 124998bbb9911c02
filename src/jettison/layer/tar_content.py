"""The content of one member of an archive, as a bounded stream over the archive's own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from jettison.errors import IntegrityError
from jettison.hints import Protocol
from jettison.layer.sparse import SparseMap, zeros
from jettison.layer.stream import CHUNK_BYTES, Source


class Digester(Protocol):
    """Makes a digest of bytes that come one after the other, as those of hashlib do."""

    def update(self, data: bytes | memoryview, /) -> object:
        """Take more bytes."""
        ...

    def digest(self) -> bytes:
        """Of all that came."""
        ...


class Content:
    """The bytes of one member; valid until the next member is asked for."""

    __slots__ = ("_running", "_source", "digester", "left", "path", "size", "stored_left")

    sparse: SparseMap | None = None
    """Where its data lies, of a sparse member; None of another."""

    def __init__(self, source: Source, size: int, path: str, *, hashed: bool) -> None:
        self._source = source
        self._running: Digester | None = None
        self.digester: Callable[[bytes | memoryview], Digester] | None = hashlib.sha256 if hashed else None
        """Begins a digest with some bytes; another one may be chosen as long as nothing was read."""
        self.path = path
        """Of the member, for messages."""
        self.size = self.left = self.stored_left = size
        """Bytes in all, after expansion; bytes that were not read yet; bytes that the archive still holds of it."""

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
        if self._running is not None:
            self._running.update(data)
        elif self.digester is not None:
            self._running = self.digester(data)
        return data

    def finish(self) -> bytes | None:
        """Pass over what was not read; the digest of the whole content, where it is hashed."""
        if self.digester is None:
            self._source.skip(self.stored_left, "/", self.path)
            self.left = self.stored_left = 0
            return None
        if self._running is None:
            data = self._source.view(self.left)
            if data is not None:
                self.left = self.stored_left = 0
                return self.digester(data).digest()
            self._running = self.digester(b"")
        self._source.pass_on(self.left, self._running.update, "/", self.path)
        self.left = self.stored_left = 0
        return self._running.digest()

    def _read_some(self, wanted: int) -> bytes:
        data = self._source.take_some(wanted)
        if not data:
            raise IntegrityError(f"truncated archive: it ends at byte {self._source.position} inside /{self.path}")
        self.left -= len(data)
        self.stored_left -= len(data)
        return data


class SparseContent(Content):
    """The same of a sparse member, holes filled with zeros."""

    __slots__ = ("_gaps", "_left_in_run", "_next_run", "sparse")

    sparse: SparseMap

    def __init__(self, source: Source, sparse: SparseMap, path: str, *, hashed: bool) -> None:
        super().__init__(source, sparse.size, path, hashed=hashed)
        self.sparse = sparse
        self.stored_left = sparse.stored_bytes
        self._next_run = 0
        self._left_in_run = 0
        self._gaps = 0
        self._start_run()

    def finish(self) -> bytes | None:
        """See :meth:`Content.finish`."""
        if self.digester is None:
            return super().finish()
        if self._running is None:
            self._running = self.digester(b"")
        while self.left:
            self.read(CHUNK_BYTES)
        return self._running.digest()

    def _read_some(self, wanted: int) -> bytes:
        if self._gaps:
            data = zeros(min(wanted, self._gaps))
            self._gaps -= len(data)
            self.left -= len(data)
            return data
        data = super()._read_some(min(wanted, self._left_in_run))
        self._left_in_run -= len(data)
        if not self._left_in_run:
            self._start_run()
        return data

    def _start_run(self) -> None:
        """Set up the hole before the next piece of data, and the piece; at the last, the hole up to the end."""
        position = self.size - self.left
        if self._next_run < len(self.sparse.runs):
            run = self.sparse.runs[self._next_run]
            self._next_run += 1
            self._gaps = run.start - position
            self._left_in_run = run.size
        else:
            self._gaps = self.left
