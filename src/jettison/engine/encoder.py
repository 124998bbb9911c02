"""Layers compressed for leaving this machine: in the background, each one once, remembered by the store."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from types import TracebackType

from jettison.errors import CancelledError, IntegrityError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, Self
from jettison.layer.decompress import Codec
from jettison.layer.stream import Readable
from jettison.model.digest import Digest
from jettison.model.oci import OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, Descriptor
from jettison.pools import Executor, Future, ThreadPoolExecutor
from jettison.solve.events import SpanKind
from jettison.solve.spans import Spans, untimed
from jettison.store.blobs import BlobWriter
from jettison.store.following import Follower
from jettison.store.layers import Encoding
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.layer.compress import Compressed, Known

_MEDIA_TYPES = {Codec.NONE: OCI_LAYER, Codec.GZIP: OCI_LAYER_GZIP, Codec.ZSTD: OCI_LAYER_ZSTD}
_MEDIA_SUFFIXES = {Codec.GZIP: ("+gzip", ".gzip"), Codec.ZSTD: ("+zstd", ".zstd")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compression:
    """How layers are to be compressed."""

    codec: Codec = Codec.GZIP
    level: int | None = None
    """None: the codec's default."""
    force: bool = False
    """Compress anew also what came compressed by another codec with its base image."""


class Encoder:
    """Compresses layers for one output. Safe to use from several threads; close it, or use it in ``with``."""

    def __init__(self, store: Store, compression: Compression, spans: Spans = untimed) -> None:
        self._store = store
        self._spans = spans
        self._compression = compression
        self._jobs: dict[Digest, Future[Descriptor]] = {}
        self._followed: list[tuple[Follower, Future[Descriptor]]] = []
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._layer_pool = ThreadPoolExecutor(2, thread_name_prefix="encode")
        self._block_pool = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="compress")

    def start(self, diff_id: Digest) -> None:
        """Begin to compress a layer that is in the store; idempotent."""
        self._job(diff_id)

    def follow(self, tar: BlobWriter) -> None:
        """Begin to compress a layer while its tar is written; its diff_id is what the writer commits.

        To be called before the first byte is written. Where the writer gives up, so does this.
        """
        if self._compression.codec is Codec.NONE:
            return
        follower = tar.follow()
        job = self._layer_pool.submit(self._compress_behind, follower)
        job.add_done_callback(lambda _: follower.close())
        with self._guard:
            self._followed.append((follower, job))

    def load(self) -> None:
        """Load what compresses."""
        from jettison.layer.compress import load_codec

        import_module("jettison.engine.old_blocks")
        load_codec(self._compression.codec, _level(self._compression))

    def descriptor(self, diff_id: Digest) -> Descriptor:
        """The compressed layer, once it is there: its blob is in the store."""
        return self._job(diff_id).result()

    def close(self) -> None:
        """Give up what is not done; idempotent."""
        self._closed.set()
        self._layer_pool.shutdown(cancel_futures=True)
        self._block_pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _job(self, diff_id: Digest) -> Future[Descriptor]:
        with self._guard:
            job = self._jobs.get(diff_id)
            if job is None:
                job = next((job for follower, job in self._followed if follower.digest == diff_id), None)
                job = self._jobs[diff_id] = job or self._layer_pool.submit(self._encode, diff_id)
            return job

    def _encode(self, diff_id: Digest) -> Descriptor:
        known = self._known(diff_id)
        if known is not None:
            return known
        with self._store.lock(f"encode {diff_id} {self._compression.codec} {self._compression.level}"):
            return self._known(diff_id) or self._compress(diff_id)

    def _known(self, diff_id: Digest) -> Descriptor | None:
        """A form that is in the store: as it came with its image, else by us with the same settings.

        What came is kept, whatever its codec, as with BuildKit: registries have it already. Forced, the codec counts.
        """
        wanted = self._compression
        ours, foreign = None, None
        for encoding in self._store.layers.encodings(diff_id):
            is_wanted = encoding.codec == wanted.codec
            if not self._store.blobs.has(encoding.digest):
                continue
            if encoding.level is not None:
                ours = encoding if is_wanted and encoding.level == _level(wanted) else ours
            elif is_wanted or (not wanted.force and encoding.codec in _MEDIA_SUFFIXES):
                foreign = encoding if is_wanted else foreign or encoding
        found = foreign or ours
        if found is not None:
            return Descriptor(media_type=_oci_media_type(found), digest=found.digest, size=found.size)
        if wanted.codec is Codec.NONE:
            return Descriptor(media_type=OCI_LAYER, digest=diff_id, size=self._store.blobs.size(diff_id) or 0)
        return None

    def _compress_behind(self, tar: Follower) -> Descriptor:
        """Of a layer that shares much with an older one, compressed blocks are shared as well."""
        from jettison.engine.old_blocks import OldBlocks

        with closing(OldBlocks(self._store, tar, self._compression.codec, _level(self._compression))) as old:
            try:
                with self._compressed(tar, old.block) as (writer, done):
                    old.verify()
                    writer.settle()
                    diff_id = tar.committed()
                    return self._known(diff_id) or self._keep(diff_id, writer, done)
            except IntegrityError:  # the older form was damaged, and the store has let go of it
                diff_id = tar.committed()
        return self._known(diff_id) or self._compress(diff_id)

    def _compress(self, diff_id: Digest) -> Descriptor:
        with self._store.blobs.open_verified(diff_id) as tar, self._compressed(tar) as (writer, done):
            return self._keep(diff_id, writer, done)

    @contextmanager
    def _compressed(self, tar: Readable, known: Known | None = None) -> Iterator[tuple[BlobWriter, Compressed]]:
        """A layer compressed, not committed yet."""
        from jettison.layer.compress import compress

        codec = self._compression.codec
        with self._store.blobs.writer(hashed=False) as writer:

            def write(data: bytes) -> None:
                if self._closed.is_set():
                    raise CancelledError("cancelled")
                writer.write(data)

            level, executor = self._compression.level, self._compressors()
            yield writer, compress(tar, write, codec=codec, level=level, executor=executor, known=known)

    def _compressors(self) -> Executor:
        if self._spans is untimed:
            return self._block_pool
        from jettison.engine.timed_pool import TimedPool

        return TimedPool(self._block_pool, self._spans, SpanKind.COMPRESS)

    def _keep(self, diff_id: Digest, writer: BlobWriter, done: Compressed) -> Descriptor:
        writer.commit(done.digest)
        codec = self._compression.codec
        media_type = _MEDIA_TYPES[codec]
        self._store.layers.record_encoding(
            Encoding(
                diff_id=diff_id,
                digest=done.digest,
                media_type=media_type,
                size=done.size,
                codec=codec,
                level=_level(self._compression),
                blocks=done.blocks,
            )
        )
        return Descriptor(media_type=media_type, digest=done.digest, size=done.size)


def _level(compression: Compression) -> int:
    from jettison.layer.compress import DEFAULT_LEVELS

    return DEFAULT_LEVELS[compression.codec] if compression.level is None else compression.level


def _oci_media_type(encoding: Encoding) -> str:
    """Docker's media types mean the same as OCI's; a manifest of ours does not mix them."""
    for codec, suffixes in _MEDIA_SUFFIXES.items():
        if encoding.media_type.endswith(suffixes):
            return _MEDIA_TYPES[codec]
    return encoding.media_type
