"""Blocks of an older layer's compressed form, taken where the new tar has the same bytes in the same place.

Compressing costs more than all else of a layer that a few files changed in.
"""

from __future__ import annotations

from jettison.hints import BinaryIO
from jettison.layer.compress import block_bytes
from jettison.layer.decompress import Codec
from jettison.layer.stream import CHUNK_BYTES, read_exactly
from jettison.model.digest import Digest
from jettison.store.following import Follower
from jettison.store.layers import Encoding
from jettison.store.store import Store


class OldBlocks:
    """What is known of the blocks of a tar that is followed. Close it."""

    def __init__(self, store: Store, tar: Follower, codec: Codec, level: int) -> None:
        self._store = store
        self._tar = tar
        self._codec = codec
        self._level = level
        self._block_bytes = block_bytes(codec)
        self._diff_id: Digest | None = None
        """The older layer."""
        self._blob: BinaryIO | None = None
        self._lengths: tuple[int, ...] = ()
        self._next = 0
        """The block that comes next in the blob."""

    def block(self, number: int, size: int) -> bytes | None:
        """The compressed form of that block of the tar, which was just read; blocks are asked for in their order."""
        start = number * self._block_bytes
        old = self._tar.same_as(start, start + size) if size == self._block_bytes else None
        if old is None:
            return None
        if self._diff_id is None:
            self._diff_id = old
            self._open(old)
        if self._blob is None or old != self._diff_id or number >= len(self._lengths):
            return None
        data = b""
        while self._next <= number:
            data = read_exactly(self._blob, self._lengths[self._next])
            self._next += 1
        return data

    def verify(self) -> None:
        """Read the rest of the older form: only as a whole it can be verified. Raises :class:`IntegrityError`."""
        if self._blob is not None:
            while self._blob.read(CHUNK_BYTES):
                pass

    def close(self) -> None:
        """Let go of the older form; idempotent."""
        if self._blob is not None:
            self._blob.close()

    def _open(self, diff_id: Digest) -> None:
        for encoding in self._store.layers.encodings(diff_id):
            if self._fits(encoding):
                self._blob = self._store.blobs.open_verified(encoding.digest)
                self._lengths = encoding.blocks
                return

    def _fits(self, encoding: Encoding) -> bool:
        return (
            (encoding.codec, encoding.level) == (self._codec, self._level)
            and encoding.blocks != ()
            and sum(encoding.blocks) == self._store.blobs.size(encoding.digest)
        )
