"""Bytes that claim to be a blob."""

from __future__ import annotations

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.errors import IntegrityError
from jettison.model.digest import Digest
from jettison.model.oci import Descriptor
from jettison.model.verified_reader import open_verified, read_verified


def claim(data: bytes, algorithm: str = "sha256") -> Descriptor:
    digest = Digest(f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}")
    return Descriptor(media_type="x", digest=digest, size=len(data))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@given(data=st.binary(max_size=5000), sizes=st.lists(st.integers(min_value=1, max_value=2000), max_size=20))
def test_true_content_passes(algorithm: str, data: bytes, sizes: list[int]) -> None:
    """In pieces of any size, to the end and beyond."""
    with open_verified(io.BytesIO(data), claim(data, algorithm), "blob") as stream:
        read = b"".join([stream.read(size) for size in sizes] + [stream.read(), stream.read()])
    assert read == data


@given(good=st.binary(max_size=300), bad=st.binary(max_size=300))
def test_other_content_does_not(good: bytes, bad: bytes) -> None:
    """Shorter, longer, changed: it is never read to its end without an error."""
    if good == bad:
        assert read_verified(io.BytesIO(bad), claim(good), "blob") == good
    else:
        with pytest.raises(IntegrityError, match="blob: "):
            read_verified(io.BytesIO(bad), claim(good), "blob")


def test_the_last_byte_of_wrong_content_is_not_handed_out() -> None:
    """A reader that takes exactly the claimed size is safe too."""
    with open_verified(io.BytesIO(b"evil"), claim(b"good"), "blob") as stream, pytest.raises(IntegrityError):
        stream.read(4)


def test_an_endless_source_is_not_read_forever() -> None:
    """Not more than the claimed size and one byte are asked for."""
    asked: list[int] = []

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            return b"x" * size

    with pytest.raises(IntegrityError, match="more data than the 10 bytes"):
        read_verified(Endless(), claim(b"x" * 10), "blob")
    assert sum(asked) == 11


def test_the_source_is_closed() -> None:
    """With the stream, also where reading failed."""
    source = io.BytesIO(b"evil")
    with pytest.raises(IntegrityError):
        read_verified(source, claim(b"good"), "blob")
    assert source.closed
