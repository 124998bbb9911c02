"""Writing a layer: what is packed becomes a deterministic tar stream, hashed on the way, and its index, in one pass."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from jettison.hints import cast
from jettison.layer.entry_columns import EntryColumns
from jettison.layer.index import LayerIndex
from jettison.layer.pack import Packer
from jettison.layer.stream import CHUNK_BYTES, Sink
from jettison.layer.tar_header import END_OF_ARCHIVE
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.pools import Executor, Future

_AHEAD = 4
"""How many chunks wait for being hashed: bounds the memory. Larger ones would cost more than the waiting of the threads
for each other that they save: the kernel clears every page of them anew.
"""


class LayerWriter(Packer):
    """Packs entries into ``sink``; ``finish`` ends the stream and returns the index.

    After an error the stream is unusable: throw it away.
    """

    __slots__ = ("_buffered", "_executor", "_pending", "_sha256", "_sink")

    def __init__(self, sink: Sink, executor: Executor | None = None, *, exact_times: bool = False) -> None:
        """``executor`` has one thread, on which the stream is hashed and given to ``sink`` while more is packed.

        What the sink raises comes out of a later call then. The caller lets it end before it closes the sink.
        For ``exact_times`` see :class:`Packer`.
        """
        super().__init__(exact_times=exact_times)
        self._sink = sink
        self._executor = executor
        self._pending: deque[Future[None]] = deque()
        self._sha256 = hashlib.sha256()
        self._buffered = 0

    def take_over(self, entries: Iterable[Entry], start: int, data: Iterable[bytes]) -> None:
        """Append entries of another layer with the bytes that they have there, which begin at byte ``start`` of it."""
        moved = self.position - start
        for chunk in data:
            self._write(chunk)
        for entry in entries:
            is_moved = moved and entry.type is EntryType.FILE
            self.entries.append(entry._replace(offset=entry.offset + moved) if is_moved else entry)

    def take_packed(self, entries: EntryColumns, data: bytes | memoryview, release: Callable[[], object]) -> None:
        """Append what another packer packed, which began at 0 there; ``release`` is called when the bytes are used.

        A view is given to the sink as it is: only for sinks that take views.
        """
        self._flush()
        self.entries.extend(entries, self.position)
        self.position += len(data)
        self._submit([cast(bytes, data)], release)

    def finish(self) -> LayerIndex:
        """Write the end of the archive and return the index of all that was added."""
        self._write(END_OF_ARCHIVE)
        while self._pending:
            self._pending.popleft().result()
        self._emit(self.pieces)
        diff_id = Digest("sha256:" + self._sha256.hexdigest())
        return LayerIndex(diff_id=diff_id, tar_bytes=self.position, entries=self.entries)

    def _advance(self, count: int) -> None:
        self.position += count
        self._buffered += count
        if self._buffered >= CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self.pieces:
            pieces, self.pieces, self._buffered = self.pieces, [], 0
            self._submit(pieces)

    def _submit(self, pieces: Sequence[bytes], release: Callable[[], object] = lambda: None) -> None:
        if self._executor is None:
            self._emit(pieces, release)
            return
        if len(self._pending) >= _AHEAD:
            self._pending.popleft().result()
        self._pending.append(self._executor.submit(self._emit, pieces, release))

    def _emit(self, pieces: Sequence[bytes], release: Callable[[], object] = lambda: None) -> None:
        try:
            data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            self._sha256.update(data)
            self._sink(data)
        finally:
            release()
