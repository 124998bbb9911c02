"""Reading ahead: a stream read on a thread of its own, so that what makes its bytes overlaps what becomes of them."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType

from jettison.hints import Self
from jettison.layer.decompress import Codec, Decompressed
from jettison.layer.index import LayerIndex, OnMember, index_layer
from jettison.layer.stream import CHUNK_BYTES, Readable, Sink
from jettison.model.digest import Digest
from jettison.pools import begin

_PIECE_BYTES = 1 << 19
"""What one thread hands to the next: large enough that handing costs nothing, small enough to stay in the cache."""
_AHEAD = 8
"""How many pieces are read before somebody takes one."""
_KEPT_BYTES = 31 << 20
"""What the C library may keep of freed memory, for a while: just below the most that it can be taught."""


class ReadAhead:
    """The bytes of ``stream``, whose errors are raised here, in their place. Close it before what it reads from."""

    def __init__(self, stream: Readable, name: str) -> None:
        """``name`` is the thread's, for people."""
        self._stream = stream
        self._pieces: deque[bytes | BaseException] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._left: bytes | BaseException = b""
        """What was taken over from the thread and not handed on; at the end its error, or nothing more."""
        self._ended = False
        self._thread = begin(threading.Thread(target=self._work, name=name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def read(self, size: int = -1, /) -> bytes:
        """Up to ``size`` bytes, as many as one piece has; all that are left where it is negative."""
        if size < 0:
            parts = []
            while part := self.read(CHUNK_BYTES):
                parts.append(part)
            return b"".join(parts)
        if not self._left and not self._ended:
            self._left = self._take()
            self._ended = not self._left or isinstance(self._left, BaseException)
        if isinstance(self._left, BaseException):
            raise self._left
        if len(self._left) <= size:
            data, self._left = self._left, b""
        else:
            data, self._left = self._left[:size], self._left[size:]
        return data

    def close(self) -> None:
        """Stop reading, and wait for the read that is under way; idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _take(self) -> bytes | BaseException:
        with self._changed:
            self._changed.wait_for(lambda: self._pieces)
            if len(self._pieces) == _AHEAD:
                self._changed.notify_all()
            return self._pieces.popleft()

    def _work(self) -> None:
        while True:
            try:
                found: bytes | BaseException = self._stream.read(_PIECE_BYTES)
            except BaseException as error:  # it is raised where the bytes are taken
                found = error
            with self._changed:
                self._changed.wait_for(lambda: len(self._pieces) < _AHEAD or self._closed)
                if self._closed:
                    return
                self._pieces.append(found)
                self._changed.notify_all()
            if not found or isinstance(found, BaseException):
                return


def index_ahead(
    stream: Readable, *, on_member: OnMember | None = None, tap: Sink | None = None, blob_digest: Digest | None = None
) -> tuple[LayerIndex, Codec]:
    """Index a layer as it is stored, read to its end: it is read, decompressed and indexed by a thread each.

    ``on_member`` and ``tap`` are called from this one; see ``index_layer``. ``blob_digest`` is for a stream that
    verifies itself: where it turns out not to be compressed, it is not hashed again. Returns also how it was
    compressed.
    """
    _keep_freed_memory()
    with ReadAhead(stream, "fetch") as fetched:
        tar = Decompressed(fetched)
        if tar.codec is Codec.NONE:
            index = index_layer(tar, on_member=on_member, tap=tap, diff_id=blob_digest)
        else:
            with ReadAhead(tar, "decompress") as decompressed:
                index = index_layer(decompressed, on_member=on_member, tap=tap)
        while fetched.read(CHUNK_BYTES):
            pass  # what follows the compressed data belongs to the blob
        return index, tar.codec


def _keep_freed_memory() -> None:
    """Have the memory of pieces used again, instead of given back to the kernel, which clears it anew each time.

    The C library keeps about as much as the largest piece that it ever took back (mallopt(3), M_MMAP_THRESHOLD, with
    glibc). No page of this one is touched.
    """
    bytes(_KEPT_BYTES)
