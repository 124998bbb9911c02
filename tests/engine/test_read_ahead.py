"""Reading ahead on threads."""

from __future__ import annotations

import gzip
import io
import threading

import pytest

from jettison.engine.read_ahead import ReadAhead, index_ahead
from jettison.errors import IntegrityError
from jettison.layer.decompress import Codec
from jettison.layer.index import index_layer
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType


class _Counted:
    """A stream that counts how often it is read, and breaks after so many reads."""

    def __init__(self, pieces: int, *, breaks_after: int | None = None) -> None:
        self._left = pieces
        self._breaks_after = breaks_after
        self.reads = 0

    def read(self, size: int = -1, /) -> bytes:
        self.reads += 1
        if self._breaks_after is not None and self.reads > self._breaks_after:
            raise IntegrityError("broken")
        self._left -= 1
        return b"x" * size if self._left >= 0 else b""


def _layer(size: int) -> bytes:
    tar = io.BytesIO()
    writer = LayerWriter(tar.write)
    writer.add(Entry(path="file", type=EntryType.FILE, mode=0o644, size=size), io.BytesIO(b"a" * size))
    writer.finish()
    return tar.getvalue()


def test_the_bytes_are_those_of_the_stream() -> None:
    """Whatever sizes are asked for, the bytes come in order and none is lost."""
    data = bytes(range(256)) * 10_000
    with ReadAhead(io.BytesIO(data), "test") as ahead:
        parts = [ahead.read(size) for size in (1, 1000, 1 << 19, 1 << 20)]
        assert b"".join(parts) + ahead.read() == data
        assert ahead.read(10) == b""


def test_an_error_comes_in_its_place() -> None:
    """What was read before the stream broke is handed out first, and the error again and again afterwards."""
    with ReadAhead(_Counted(9, breaks_after=2), "test") as ahead:
        assert len(ahead.read(1 << 30)) + len(ahead.read(1 << 30)) == 2 << 19
        for _ in range(2):
            with pytest.raises(IntegrityError, match="broken"):
                ahead.read(1)


def test_no_more_is_read_ahead_than_is_bounded() -> None:
    """A stream without an end is read a little, and no more once nobody takes."""
    endless = _Counted(1 << 40)
    with ReadAhead(endless, "test") as ahead:
        ahead.read(1)
    assert endless.reads <= 12


def test_closing_ends_the_thread() -> None:
    """Whoever stops in the middle leaves no thread behind."""
    before = threading.active_count()
    with ReadAhead(_Counted(1 << 40), "test"):
        pass
    assert threading.active_count() == before


@pytest.mark.parametrize("compressed", [False, True])
def test_a_layer_is_indexed_as_ever(*, compressed: bool) -> None:
    """The index and the copy of the tar are what reading without threads gives, and the blob is read to its end."""
    tar = _layer(3 << 20)
    blob = io.BytesIO((gzip.compress(tar) if compressed else tar) + bytes(1024))
    copied = bytearray()
    index, codec = index_ahead(blob, tap=copied.extend)
    assert blob.read() == b""
    assert codec is (Codec.GZIP if compressed else Codec.NONE)
    expected = tar if compressed else tar + bytes(1024)
    assert bytes(copied) == expected
    assert index == index_layer(io.BytesIO(expected))


def test_the_digest_of_a_blob_is_that_of_a_tar_that_is_not_compressed() -> None:
    """And says nothing of one that is, whatever the image claims."""
    tar, claimed = _layer(1 << 20), Digest.of(b"claimed")
    assert index_ahead(io.BytesIO(tar), blob_digest=claimed)[0].diff_id == claimed
    assert index_ahead(io.BytesIO(gzip.compress(tar)), blob_digest=claimed)[0].diff_id == Digest.of(tar)


def test_a_damaged_blob_leaves_no_thread() -> None:
    """Where the data is corrupt the error is raised here, and all threads end."""
    before = threading.active_count()
    blob = bytearray(gzip.compress(_layer(3 << 20)))
    blob[len(blob) // 2] ^= 0xFF
    with pytest.raises(IntegrityError):
        index_ahead(io.BytesIO(bytes(blob)))
    assert threading.active_count() == before
