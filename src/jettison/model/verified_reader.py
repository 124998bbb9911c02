"""Reading bytes that claim to be a certain blob: the claim is checked as they stream (descriptor.md, Verification)."""

from __future__ import annotations

import hashlib
import io

from jettison.errors import IntegrityError
from jettison.hints import TYPE_CHECKING, BinaryIO, Protocol
from jettison.model.oci import Descriptor

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER_BYTES = 256 * 1024


class ByteSource(Protocol):
    """What a blob can be read from."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        ...

    def close(self) -> None:
        """Let go of what is behind the stream."""
        ...


def open_verified(source: ByteSource, descriptor: Descriptor, what: str) -> BinaryIO:
    """A stream of exactly the bytes that ``descriptor`` names, read from ``source``, which it owns from now on.

    ``what`` names the blob in errors. :class:`IntegrityError` is raised as soon as the content is known to be wrong: at
    the last byte where the digest differs, at the end of a short source, after the last byte of a long one.
    """
    return io.BufferedReader(_VerifyingReader(source, descriptor, what), BUFFER_BYTES)


def read_verified(source: ByteSource, descriptor: Descriptor, what: str) -> bytes:
    """All bytes of a small blob, verified; closes ``source``."""
    with open_verified(source, descriptor, what) as stream:
        return stream.read()


class _VerifyingReader(io.RawIOBase):
    def __init__(self, source: ByteSource, descriptor: Descriptor, what: str) -> None:
        self._source = source
        self._descriptor = descriptor
        self._what = what
        self._hash = hashlib.new(descriptor.digest.algorithm, usedforsecurity=False)
        self._left = descriptor.size
        if not self._left:
            self._check_digest()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        if not self._left:
            self._check_end()
            return 0
        data = self._source.read(min(len(view), self._left))
        count = len(data)
        if not count:
            size, got = self._descriptor.size, self._descriptor.size - self._left
            raise IntegrityError(
                f"{self._what}: the data ends after {got} bytes, expected {size} ({self._descriptor.digest})"
            )
        self._hash.update(data)
        self._left -= count
        if not self._left:
            self._check_digest()
        view[:count] = data
        return count

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()

    def _check_digest(self) -> None:
        got = f"{self._descriptor.digest.algorithm}:{self._hash.hexdigest()}"
        if got != self._descriptor.digest:
            raise IntegrityError(f"{self._what}: the digest is wrong: expected {self._descriptor.digest}, got {got}")

    def _check_end(self) -> None:
        if self._source.read(1):
            raise IntegrityError(
                f"{self._what}: there is more data than the {self._descriptor.size} bytes of {self._descriptor.digest}"
            )
