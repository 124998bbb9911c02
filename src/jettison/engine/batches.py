"""Small files of build contexts packed in batches by processes beside this one, everything else here, in one order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from jettison.hints import TYPE_CHECKING
from jettison.layer.entry_columns import DIGEST_BYTES
from jettison.layer.plan import PlannedEntry
from jettison.layer.reuse import Shared
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry
from jettison.recall.stamp import STAMP_BYTES
from jettison.sources.local import LocalContext
from jettison.sources.pack_pool import MOST_BYTES, MOST_ITEMS, Batch, PackPool

if TYPE_CHECKING:
    from jettison.sources.pack_worker import FileItem, OtherItem

MOST_FILE_BYTES = 1 << 18
"""Larger files are not worth a batch."""

_HEADER_BYTES = 512
_LONG_NAME = 100
_LONG_NAME_BYTES = 1536
"""What a pax header takes."""


class _Pending:
    """A batch that was given to the pool, with what it is made of; or something else that waits for its turn."""

    __slots__ = ("batch", "context", "pieces")

    def __init__(
        self, pieces: list[PlannedEntry | Shared], context: LocalContext | None = None, batch: Batch | None = None
    ) -> None:
        self.pieces = pieces
        self.context = context
        self.batch = batch


class Batches:
    """Packs pieces in the order in which they are given, several at once."""

    def __init__(
        self,
        pool: PackPool,
        writer: LayerWriter,
        context_of: Callable[[int], LocalContext | None],
        write_one: Callable[[PlannedEntry | Shared], None],
    ) -> None:
        """``write_one`` does in this process what the pool does not; also where a batch failed, which raises what is
        wrong.
        """
        self._pool = pool
        self._writer = writer
        self._context_of = context_of
        self._write_one = write_one
        self._pending: deque[_Pending] = deque()
        self._pieces: list[PlannedEntry | Shared] = []
        self._items: list[FileItem | OtherItem] = []
        self._bytes = 0
        self._number = 0
        self._context: LocalContext | None = None
        """That the files of the batch which is gathered come from, and its number."""
        self._stamps = bytearray()

    def add(self, pieces: Sequence[PlannedEntry | Shared]) -> None:
        """Pack them when their turn comes."""
        for piece in pieces:
            if isinstance(piece, Shared):
                self._wait_turn(piece)
                continue
            entry, source, number = piece
            path, kind, mode, uid, gid, size, mtime_ns, link, xattrs, device, digest, _ = entry
            if source is None:
                if digest is not None or size:
                    self._wait_turn(piece)
                    continue
                item: FileItem | OtherItem = (path, kind.value, mode, uid, gid, mtime_ns, link, xattrs, device)
            else:
                if number != self._number:
                    self._turn_to(number)
                if self._context is None or size > MOST_FILE_BYTES or size != source.size or xattrs:
                    self._wait_turn(piece)
                    continue
                at = source.offset * STAMP_BYTES
                stamp = bytes(self._stamps[at : at + STAMP_BYTES])
                item = (path, mode, uid, gid, size, mtime_ns, source.path, stamp, digest and str(digest))
            self._items.append(item)
            self._pieces.append(piece)
            self._bytes += _HEADER_BYTES + size + (-size % _HEADER_BYTES)
            if len(path) > _LONG_NAME or not path.isascii():
                self._bytes += _LONG_NAME_BYTES
            if len(self._items) >= MOST_ITEMS or self._bytes >= MOST_BYTES:
                self._give()

    def finish(self) -> None:
        """Pack what is left."""
        self._give()
        while self._pending:
            self._take()

    def _turn_to(self, number: int) -> None:
        """The files that come next are from that input: those of a batch come from one context."""
        self._give()
        self._number = number
        self._context = self._context_of(number)
        self._stamps = bytearray() if self._context is None else self._context.stamps

    def _wait_turn(self, piece: PlannedEntry | Shared) -> None:
        self._give()
        self._pending.append(_Pending([piece]))

    def _give(self) -> None:
        if not self._items:
            return
        while self._pool.is_full and self._pending:
            self._take()
        root = "/" if self._context is None else str(self._context.root.absolute())
        batch = self._pool.give(root, self._items)
        self._pending.append(_Pending(self._pieces, self._context, batch))
        self._pieces, self._items, self._bytes = [], [], 0

    def _take(self) -> None:
        """Have the oldest one in the layer."""
        pending = self._pending.popleft()
        packed = None if pending.batch is None else pending.batch.result()
        if packed is None or pending.batch is None:
            for piece in pending.pieces:
                self._write_one(piece)
            if pending.batch is not None:
                pending.batch.release()
            return
        entries, tar = packed
        self._writer.take_packed(entries, tar, pending.batch.release)
        if pending.context is not None:
            _learn(pending.context, pending.pieces, entries.digests, entries.xattrs)


def _learn(
    context: LocalContext,
    pieces: list[PlannedEntry | Shared],
    digests: bytearray,
    xattrs: dict[int, tuple[tuple[str, bytes], ...]],
) -> None:
    at = 0
    for place, piece in enumerate(pieces):
        source = piece[1]
        if isinstance(source, Entry):
            if source.digest is None:
                context.learn(source, xattrs.get(place, ()) if xattrs else (), digests[at : at + DIGEST_BYTES])
            at += DIGEST_BYTES
