"""A layer of the store from which a new one takes what both have, without a look at the files that it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from jettison.engine.layers import Layers
from jettison.errors import IntegrityError, NotFoundError
from jettison.layer.plan import PlannedEntry
from jettison.layer.reuse import Shared, shared_ranges
from jettison.layer.stream import CHUNK_BYTES, Readable, read_exactly
from jettison.model.digest import Digest
from jettison.store.store import Store

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
    def opened(self) -> Iterator[OldTar]:
        """The tar, for reading what is shared in its order."""
        with self._store.blobs.open_verified(self.diff_id) as tar:
            yield OldTar(tar, self.diff_id)


class OldTar:
    """The tar of an old layer, read once from start to end."""

    def __init__(self, tar: Readable, diff_id: Digest) -> None:
        self._tar = tar
        self.diff_id = diff_id
        self._position = 0

    def data(self, shared: Shared) -> Iterator[bytes]:
        """The bytes of a shared range, which lies behind all those before."""
        while self._position < shared.start:
            self._next(shared.start)
        while self._position < shared.end:
            yield self._next(shared.end)

    def read_to_end(self) -> None:
        """Read what nobody asked for: only the whole can be verified. Where it is damaged it is removed from the store,
        and :class:`IntegrityError` is raised.
        """
        while read_exactly(self._tar, CHUNK_BYTES):
            pass

    def _next(self, end: int) -> bytes:
        data = read_exactly(self._tar, min(end - self._position, CHUNK_BYTES))
        if not data:
            raise IntegrityError("the tar of a layer is shorter than its index says")
        self._position += len(data)
        return data
