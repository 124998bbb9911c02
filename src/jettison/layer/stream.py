"""Binary streams as this package sees them: something to read from, and a counting, tapped view of it."""

from __future__ import annotations

import io
from collections.abc import Callable

from jettison.errors import IntegrityError
from jettison.hints import BinaryIO, Protocol

CHUNK_BYTES = 1024 * 1024
"""How much is asked of a stream at a time, and the most that is held of one file's content."""

Sink = Callable[[bytes], object]
"""Takes the next bytes of an output. The bytes belong to the sink; it takes all of them or raises."""


class Readable(Protocol):
    """The one method of a ``BinaryIO`` that is needed: may return less than asked, and ``b""`` only at the end."""

    def read(self, size: int = -1, /) -> bytes:
        """Read at most ``size`` bytes; all that is left where ``size`` is negative."""
        ...


class _Nothing:
    """An empty stream."""

    __slots__ = ()

    def read(self, size: int = -1, /) -> bytes:
        return b""


NOTHING: Readable = _Nothing()


def read_exactly(stream: Readable, size: int) -> bytes:
    """Read ``size`` bytes, or less only where the stream ends before."""
    data = stream.read(size)
    if len(data) == size or not data:
        return data
    parts = [data]
    missing = size - len(data)
    while missing and (data := stream.read(missing)):
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


class Leaping:
    """An open file as a stream that parts of can be left out."""

    __slots__ = ("_file", "_size")

    def __init__(self, file: BinaryIO) -> None:
        """Reads on from where ``file`` is."""
        self._file = file
        position = file.tell()
        self._size = file.seek(0, io.SEEK_END)
        file.seek(position)

    def read(self, size: int = -1, /) -> bytes:
        """See :class:`Readable`."""
        return self._file.read(size)

    def leap(self, size: int) -> int:
        """Go ``size`` bytes ahead, at most to the end; how many bytes that is."""
        passed = min(size, max(self._size - self._file.tell(), 0))
        self._file.seek(passed, io.SEEK_CUR)
        return passed


class Source:
    """A stream read in large chunks, that knows its position and shows every byte to a tap exactly once."""

    __slots__ = ("_buffer", "_ended", "_start", "_stream", "_tap", "position")

    def __init__(self, stream: Readable, tap: Sink | None = None) -> None:
        self._stream = stream
        self._tap = tap
        self._buffer = b""
        self._start = 0
        self._ended = False
        self.position = 0
        """Bytes handed out so far."""

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes; less only at the end of the stream. Meant for sizes up to ``CHUNK_BYTES``."""
        start = self._start
        end = start + size
        if end > len(self._buffer):
            self._fill(size)
            start, end = 0, min(size, len(self._buffer))
        self._start = end
        self.position += end - start
        return self._buffer[start:end]

    def take_some(self, size: int) -> bytes:
        """Between 1 and ``size`` bytes, whatever costs least; ``b""`` at the end of the stream."""
        available = len(self._buffer) - self._start
        return self.take(min(size, available or CHUNK_BYTES))

    def view(self, size: int) -> memoryview | None:
        """The next ``size`` bytes uncopied, valid until more is asked for; None where they are not all at hand."""
        end = self._start + size
        if end > len(self._buffer):
            return None
        view = memoryview(self._buffer)[self._start : end]
        self._start = end
        self.position += size
        return view

    def skip(self, size: int, what: str, path: str = "") -> None:
        """Pass over ``size`` bytes; raise :class:`IntegrityError` where the stream ends before, inside ``what path``.

        Of a :class:`Leaping` stream they are not even read, where there is no tap that has to see them.
        """
        available = len(self._buffer) - self._start
        if size <= available:
            self._start += size
            self.position += size
            return
        if self._tap is None and size > available + CHUNK_BYTES and isinstance(self._stream, Leaping):
            passed = available + self._stream.leap(size - available)
            self._buffer, self._start = b"", 0
            self.position += passed
            size -= passed
        while size:
            data = self.take_some(size)
            if not data:
                raise IntegrityError(f"truncated archive: it ends at byte {self.position} inside {what}{path}")
            size -= len(data)

    def pass_on(self, size: int, take: Callable[[memoryview], object], what: str, path: str = "") -> None:
        """Show the next ``size`` bytes to ``take``, uncopied and piece by piece; raises as :meth:`skip` does."""
        while size:
            if self._start == len(self._buffer):
                self._fill(1)
            piece = memoryview(self._buffer)[self._start : self._start + size]
            if not piece:
                raise IntegrityError(f"truncated archive: it ends at byte {self.position} inside {what}{path}")
            take(piece)
            self._start += len(piece)
            self.position += len(piece)
            size -= len(piece)

    def drain(self, most_bytes: int | None = None) -> None:
        """Read to the end of the stream, so that the tap has seen all of it.

        Raises :class:`IntegrityError` where it has not come after so many bytes.
        """
        size_bytes = 0
        while data := self.take_some(CHUNK_BYTES):
            size_bytes += len(data)
            if most_bytes is not None and size_bytes > most_bytes:
                raise IntegrityError(f"corrupt archive: more than {most_bytes} bytes follow its end")

    def _fill(self, size: int) -> None:
        parts = [self._buffer[self._start :]] if self._start < len(self._buffer) else []
        available = len(self._buffer) - self._start
        while available < size and not self._ended:
            chunk = self._stream.read(CHUNK_BYTES)
            if not chunk:
                self._ended = True
                break
            if self._tap is not None:
                self._tap(chunk)
            parts.append(chunk)
            available += len(chunk)
        self._buffer = parts[0] if len(parts) == 1 else b"".join(parts)
        self._start = 0
