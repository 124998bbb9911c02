"""A layer while it is packed: pieces in the order of the tar become its tar in the store, and its index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from jettison.engine.layers import Layers
from jettison.hints import TYPE_CHECKING
from jettison.layer.index import LayerIndex
from jettison.layer.plan import PlannedEntry
from jettison.layer.reuse import Shared
from jettison.layer.tar_write import LayerWriter
from jettison.pools import ThreadPoolExecutor
from jettison.sources.local import LocalContext
from jettison.store.blobs import BlobWriter
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.engine.batches import Batches
    from jettison.engine.old_layer import OldTar
    from jettison.sources.pack_pool import PackPool


class Packing:
    """Packs the layer of one step. Close it; where it was not kept, nothing is in the store then."""

    def __init__(
        self,
        store: Store,
        write_one: Callable[[LayerWriter, PlannedEntry], None],
        context_of: Callable[[int], LocalContext | None],
        *,
        on_tar: Callable[[BlobWriter], None] | None = None,
        pool: PackPool | None = None,
        old_tar: OldTar | None = None,
    ) -> None:
        """``write_one`` packs what this process packs itself; ``on_tar`` is shown the tar before its first byte is
        written. What is shared is taken from ``old_tar``.

        While whoever adds pieces reads files, another thread hashes and writes, and processes of the ``pool`` pack.
        """
        self._write_entry = write_one
        self._pool = pool
        self._old_tar = old_tar
        self._stack = ExitStack()
        try:
            self._tar = self._stack.enter_context(store.blobs.writer(hashed=False))
            self._executor = self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="pack"))
            if on_tar is not None:
                on_tar(self._tar)
        except BaseException:
            self._stack.close()
            raise
        self._writer = LayerWriter(self._tar.write, self._executor)
        self._batches: Batches | None = None
        if pool is not None:
            from jettison.engine.batches import Batches

            self._batches = Batches(pool, self._writer, context_of, self._write_one)

    @property
    def position(self) -> int:
        """How many bytes of the tar there are so far."""
        return self._writer.position

    def add(self, pieces: Sequence[PlannedEntry | Shared]) -> None:
        """Pack them, sooner or later."""
        if self._batches is not None:
            self._batches.add(pieces)
            return
        for piece in pieces:
            self._write_one(piece)

    def pack_rest(self) -> None:
        """Pack whatever was put off; nothing can be added afterwards."""
        if self._batches is not None:
            self._batches.finish()
            assert self._pool is not None
            self._pool.let_end()

    def finish(self) -> LayerIndex:
        """The index of all that was added, once it is packed."""
        if self._old_tar is not None:
            self._old_tar.read_to_end()
        return self._writer.finish()

    def keep(self, index: LayerIndex, layers: Layers, meanwhile: Callable[[], object]) -> None:
        """Have the tar in the store, and then its index: it is never there without the tar.

        ``meanwhile`` is called while the disk takes them.
        """

        def keep() -> None:
            self._tar.commit(index.diff_id)
            layers.add(index)

        kept = self._executor.submit(keep)
        meanwhile()
        kept.result()

    def close(self) -> None:
        """Give up what was not kept; idempotent."""
        self._stack.close()

    def _write_one(self, piece: PlannedEntry | Shared) -> None:
        if not isinstance(piece, Shared):
            self._write_entry(self._writer, piece)
            return
        old_tar = self._old_tar
        assert old_tar is not None
        if self._writer.position == piece.start:
            self._tar.note_same(piece.start, piece.end, old_tar.diff_id)
        self._writer.take_over(piece.entries, piece.start, old_tar.data(piece))
