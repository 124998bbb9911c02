"""Compressed layers are read by every reader, and their bytes depend on nothing but the content."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from jettison.errors import IntegrityError, UsageError
from jettison.layer.compress import GZIP_BLOCK_BYTES, Compressed, compress
from jettison.layer.decompress import Codec, Decompressed, detect_codec
from jettison.layer.zstd import compress as zstd_compress
from jettison.model.digest import Digest

TEXT = b"".join(b"line %d of many\n" % number for number in range(250_000))
SIZES = [0, 1, GZIP_BLOCK_BYTES - 1, GZIP_BLOCK_BYTES, GZIP_BLOCK_BYTES + 1, len(TEXT)]
MAKERS: dict[Codec, Callable[[bytes], bytes]] = {
    Codec.GZIP: gzip.compress,
    Codec.BZIP2: bz2.compress,
    Codec.XZ: lzma.compress,
    Codec.ZSTD: zstd_compress,
}


def compressed(content: bytes, codec: Codec, **options: int | ThreadPoolExecutor) -> tuple[bytes, Compressed]:
    chunks: list[bytes] = []
    level, executor = options.get("level"), options.get("executor")
    assert not isinstance(level, ThreadPoolExecutor)
    assert not isinstance(executor, int)
    result = compress(io.BytesIO(content), chunks.append, codec=codec, level=level, executor=executor)
    return b"".join(chunks), result


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.ZSTD, Codec.NONE])
def test_what_is_compressed_is_decompressed(codec: Codec, size: int) -> None:
    """With its digest and size."""
    data, result = compressed(TEXT[:size], codec)
    assert (result.digest, result.size) == (Digest.of(data), len(data))
    stream = Decompressed(io.BytesIO(data))
    assert stream.read() == TEXT[:size]
    assert stream.read(1) == b""
    assert detect_codec(data[:6]) == (codec if size or codec is not Codec.NONE else Codec.NONE)


@pytest.mark.parametrize("size", SIZES)
def test_gzip_itself_reads_it(size: int) -> None:
    """The joined members are one file to gunzip."""
    data, _ = compressed(TEXT[:size], Codec.GZIP)
    assert subprocess.run(["gzip", "-dc"], input=data, capture_output=True, check=True).stdout == TEXT[:size]
    assert data[4:8] == bytes(4), "the header tells no time"


@pytest.mark.parametrize("codec", [Codec.GZIP, Codec.ZSTD])
def test_the_bytes_do_not_depend_on_threads(codec: Codec) -> None:
    """One thread, four threads, no threads."""
    content = TEXT * 5
    alone, _ = compressed(content, codec)
    for threads in (1, 4):
        with ThreadPoolExecutor(threads) as executor:
            assert compressed(content, codec, executor=executor)[0] == alone


def test_levels() -> None:
    """Higher levels are smaller; levels that there are not are refused."""
    sizes = [len(compressed(TEXT, Codec.GZIP, level=level)[0]) for level in (1, 6, 12)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(compressed(TEXT, Codec.GZIP, level=0)[0]) > len(TEXT)
    for codec, highest in ((Codec.GZIP, 12), (Codec.ZSTD, 22)):
        assert compressed(TEXT, codec, level=highest)[0]
    with pytest.raises(UsageError, match="gzip has no level 13"):
        compressed(TEXT, Codec.GZIP, level=13)
    with pytest.raises(UsageError, match="bzip2"):
        compressed(TEXT, Codec.BZIP2)


def test_a_sink_that_fails_stops_the_work() -> None:
    """The error comes out; no thread hangs."""

    def full(data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with ThreadPoolExecutor(2) as executor, pytest.raises(OSError, match="No space"):
        compress(io.BytesIO(TEXT * 10), full, codec=Codec.GZIP, executor=executor)


@pytest.mark.parametrize("codec", MAKERS)
def test_other_writers_files_are_read(codec: Codec) -> None:
    """In pieces of any size, several members in a row, zeros after them."""
    data = MAKERS[codec](TEXT[:1_000_000]) + MAKERS[codec](b"") + MAKERS[codec](TEXT[1_000_000:]) + bytes(512)
    stream = Decompressed(Dribble(data))
    assert stream.codec is codec
    pieces = []
    pick = random.Random(7)
    while piece := stream.read(pick.randrange(1, 100_000)):
        pieces.append(piece)
    assert b"".join(pieces) == TEXT


class Dribble(io.BytesIO):
    """Gives a few bytes at a time, as a socket may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size if size is not None and size >= 0 else 3_001, 3_001))


@pytest.mark.parametrize("codec", MAKERS)
def test_damage_is_noticed(codec: Codec) -> None:
    """A cut anywhere, a flipped bit in the middle, garbage behind."""
    data = MAKERS[codec](TEXT[:100_000])
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :]
    for damaged in (
        data[:-1],
        data[:middle],
        data[:7],
        data + b"garbage",
        *([flipped] if codec is not Codec.ZSTD else []),
    ):
        with pytest.raises(IntegrityError, match=codec):
            Decompressed(io.BytesIO(damaged)).read()


@pytest.mark.parametrize("codec", MAKERS)
def test_bombs_are_read_in_bounded_pieces(codec: Codec) -> None:
    """What is asked for is all that is expanded."""
    stream = Decompressed(io.BytesIO(MAKERS[codec](bytes(50_000_000))))
    assert len(stream.read(10)) == 10
    assert len(stream.read(1_000_000)) <= 1_000_000


def test_a_stream_that_wants_much_memory_is_refused() -> None:
    """An xz header can claim a dictionary of gigabytes."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29, "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3}]
    data = lzma.compress(b"small", filters=filters)
    with pytest.raises(IntegrityError, match=r"xz.*[Mm]emory"):
        Decompressed(io.BytesIO(data)).read()


def test_plain_data_passes_through() -> None:
    """Also when it is shorter than any magic number."""
    for content in (b"", b"x", b"plain tar", TEXT):
        stream = Decompressed(Dribble(content))
        assert stream.codec is Codec.NONE
        assert stream.read() == content
