"""A layer of the store from which a new one takes what both have, without a look at the files that it came from."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jettison.engine.layers import Layers
from jettison.errors import IntegrityError, NotFoundError
from jettison.layer.plan import PlannedEntry
from jettison.layer.reuse import Shared, shared_ranges
from jettison.layer.stream import CHUNK_BYTES, Readable, read_exactly
from jettison.model.digest import Digest
from jettison.pools import begin
from jettison.store.store import Store

_LARGE_BYTES = 8 << 20
"""A tar of that size takes longer to be verified than a thread to be started."""

_MAX_ENTRIES = 200_000
"""The index of a larger layer takes too much memory for what is gained."""


class OldLayer:
    """The layer that the same step wrote the last time."""

    def __init__(self, store: Store, diff_id: Digest, shared: Sequence[Shared]) -> None:
        self.diff_id = diff_id
        self._store = store
        self._shared = shared

    @classmethod
    def find(cls, diff_id: Digest, planned: Sequence[PlannedEntry], store: Store, layers: Layers) -> OldLayer | None:
        """The layer, where most of its tar is wanted again: it is read whole, since it has to be verified."""
        if not store.blobs.has(diff_id):
            return None
        try:
            index = layers.index(diff_id)
        except (IntegrityError, NotFoundError):  # a tar without its index is no layer
            return None
        if len(index.entries) > _MAX_ENTRIES:
            return None
        shared = shared_ranges([item.entry for item in planned], index)
        if 2 * sum(one.end - one.start for one in shared) < index.tar_bytes:
            return None
        return cls(store, diff_id, shared)

    def applied(self, planned: Sequence[PlannedEntry]) -> list[PlannedEntry | Shared]:
        """The plan with what this layer has in place of the entries."""
        pieces: list[PlannedEntry | Shared] = []
        done = 0
        for one in self._shared:
            pieces += planned[done : one.position]
            pieces.append(one)
            done = one.position + len(one.entries)
        return [*pieces, *planned[done:]]

    @contextmanager
    def opened(self, verification: Verification | None = None) -> Iterator[OldTar]:
        """The tar, for reading what is shared in its order; it is verified on the way, unless that is done beside."""
        blobs = self._store.blobs
        with blobs.open_verified(self.diff_id) if verification is None else blobs.open(self.diff_id) as tar:
            yield OldTar(tar, self.diff_id, verification)


class Verification:
    """The tar of an old layer read whole by a thread of its own, while something else is done. Close it."""

    def __init__(self, diff_id: Digest, store: Store) -> None:
        """The tar is in the store; where it is damaged, it is removed."""
        self._store = store
        self._diff_id = diff_id
        self._error: BaseException | None = None
        self._is_stopped = False
        self._thread = begin(threading.Thread(target=self._work, name="verify"))

    @classmethod
    def begin(cls, diff_id: Digest, store: Store) -> Verification | None:
        """Begin with a layer that is worth a thread."""
        size_bytes = store.blobs.size(diff_id)
        return cls(diff_id, store) if size_bytes is not None and size_bytes >= _LARGE_BYTES else None

    def result(self) -> None:
        """Wait for the end; raises what was found, :class:`IntegrityError` where the tar is damaged."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Read no further; idempotent."""
        self._is_stopped = True
        self._thread.join()

    def _work(self) -> None:
        try:
            with self._store.blobs.open_verified(self._diff_id) as tar:
                while not self._is_stopped and tar.read(CHUNK_BYTES):
                    pass
        except BaseException as error:  # whoever asks for the result hears of it
            self._error = error


class OldTar:
    """The tar of an old layer, read once from start to end."""

    def __init__(self, tar: Readable, diff_id: Digest, verification: Verification | None = None) -> None:
        self._tar = tar
        self._verification = verification
        self.diff_id = diff_id
        self._position = 0

    def data(self, shared: Shared) -> Iterator[bytes]:
        """The bytes of a shared range, which lies behind all those before."""
        while self._position < shared.start:
            self._next(shared.start)
        while self._position < shared.end:
            yield self._next(shared.end)

    def read_to_end(self) -> None:
        """Read what nobody asked for, or wait for who does: only the whole can be verified. Where it is damaged it is
        removed from the store, and :class:`IntegrityError` is raised.
        """
        if self._verification is not None:
            self._verification.result()
            return
        while read_exactly(self._tar, CHUNK_BYTES):
            pass

    def _next(self, end: int) -> bytes:
        data = read_exactly(self._tar, min(end - self._position, CHUNK_BYTES))
        if not data:
            self.read_to_end()  # which tells what is wrong
            raise IntegrityError("the tar of a layer is shorter than its index says")
        self._position += len(data)
        return data
