"""Compression of what leaves: fixed input blocks, each a gzip member or zstd frame of its own.

A block's bytes depend on nothing but the block and the level, so that the result does not depend on how many threads
made it. Readers of gzip (RFC 1952, section 2.2) and of zstd (RFC 8878, section 3) join members and frames.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator

from jettison.errors import UsageError
from jettison.frozen import dataclass
from jettison.layer.decompress import Codec
from jettison.layer.stream import Readable, Sink, read_exactly
from jettison.model.digest import Digest
from jettison.pools import Executor, Future

GZIP_BLOCK_BYTES = 1024 * 1024
ZSTD_BLOCK_BYTES = 4 * 1024 * 1024
FAST_LEVEL = -1
"""Gzip's default, which is none of the levels that can be asked for: ISA-L's level 1, six times as fast as level 6 for
a sixth more bytes (docs/adr/0005-gzip-is-fast-by-default.md)."""

DEFAULT_LEVELS = {Codec.GZIP: FAST_LEVEL, Codec.ZSTD: 3}

_ISAL_LEVEL = 1
_MAX_LEVELS = {Codec.GZIP: 12, Codec.ZSTD: 22}
_AHEAD = 8
"""How many blocks are in work at once: bounds the memory, not the speed of a few cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compressed:
    """What a blob came to."""

    digest: Digest
    size: int
    blocks: tuple[int, ...]
    """The lengths of its blocks."""


Known = Callable[[int, int], bytes | None]
"""The compressed form of a block, by its number and length, where somebody has it; asked in the order of the blocks,
of each that was read.
"""


def compress(
    stream: Readable,
    sink: Sink,
    *,
    codec: Codec,
    level: int | None = None,
    executor: Executor | None = None,
    known: Known | None = None,
) -> Compressed:
    """Compress all of ``stream`` into ``sink``; equal input, codec and level give equal bytes.

    The blocks are compressed by ``executor`` where there is one (threads do: the libraries release the lock), else
    here; those that are ``known`` are taken as they are. ``Codec.NONE`` copies. Raises :class:`UsageError` for a codec
    that is only read, or a level that it does not have.
    """
    sha256 = hashlib.sha256()
    lengths = []
    for block in _compressed_blocks(stream, codec, checked_level(codec, level), executor, known or _nothing_known):
        sha256.update(block)
        lengths.append(len(block))
        sink(block)
    return Compressed(digest=Digest("sha256:" + sha256.hexdigest()), size=sum(lengths), blocks=tuple(lengths))


def block_bytes(codec: Codec) -> int:
    """How much goes into each block but the last."""
    return ZSTD_BLOCK_BYTES if codec is Codec.ZSTD else GZIP_BLOCK_BYTES


def _nothing_known(number: int, size: int) -> None:
    return None


def checked_level(codec: Codec, level: int | None) -> int:
    """The level that counts; :class:`UsageError` for one that the codec does not have."""
    if codec is Codec.NONE:
        return 0
    if codec not in DEFAULT_LEVELS:
        raise UsageError(f"layers are not written as {codec}", hint="use gzip, zstd or none")
    if level is None:
        return DEFAULT_LEVELS[codec]
    if not 0 <= level <= _MAX_LEVELS[codec]:
        raise UsageError(f"{codec} has no level {level}: expected 0 to {_MAX_LEVELS[codec]}")
    return level


def _compressed_blocks(
    stream: Readable, codec: Codec, level: int, executor: Executor | None, known: Known
) -> Iterator[bytes]:
    compress_block = _block_compressor(codec, level)
    blocks = _blocks(stream, block_bytes(codec))
    pending: deque[Future[bytes] | bytes] = deque()
    try:
        for number, block in enumerate(blocks):
            compressed: Future[bytes] | bytes | None = known(number, len(block))
            if compressed is None:
                compressed = compress_block(block) if executor is None else executor.submit(compress_block, block)
            pending.append(compressed)
            if executor is None or len(pending) >= _AHEAD:
                yield _result(pending.popleft())
        while pending:
            yield _result(pending.popleft())
    finally:
        for waiting in pending:
            if not isinstance(waiting, bytes):
                waiting.cancel()


def _result(block: Future[bytes] | bytes) -> bytes:
    return block if isinstance(block, bytes) else block.result()


def _blocks(stream: Readable, size: int) -> Iterator[bytes]:
    """The stream in blocks of ``size``, the last one shorter; an empty stream is one empty block."""
    block = read_exactly(stream, size)
    yield block
    while len(block) == size and (block := read_exactly(stream, size)):
        yield block


def load_codec(codec: Codec, level: int) -> None:
    """Load what compresses with it."""
    _block_compressor(codec, level)


def _block_compressor(codec: Codec, level: int) -> Callable[[bytes], bytes]:
    if codec is Codec.GZIP and level == FAST_LEVEL:
        from isal import igzip_lib

        return lambda block: igzip_lib.compress(block, _ISAL_LEVEL, igzip_lib.COMP_GZIP)
    if codec is Codec.GZIP:
        import deflate

        return lambda block: bytes(deflate.gzip_compress(block, level))
    if codec is Codec.ZSTD:
        from jettison.layer import zstd

        return lambda block: zstd.compress(block, level=level)
    return bytes
