"""Reading with care: a stream that knows at its end whether it was what its name says."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

from jettison.errors import IntegrityError, NotFoundError
from jettison.hints import TYPE_CHECKING
from jettison.model.digest import Digest
from jettison.store.faults import storage_faults

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class VerifyingReader(io.RawIOBase):
    """A file read once from start to end; the read that finds the end raises where the digest differs."""

    def __init__(self, path: Path, digest: Digest, *, on_mismatch: Callable[[], None]) -> None:
        """Raises :class:`NotFoundError` where there is no such file. ``on_mismatch`` is called before the error."""
        super().__init__()
        self._path = path
        self._digest = digest
        self._on_mismatch = on_mismatch
        self._hash = hashlib.new(digest.algorithm, usedforsecurity=False)
        self._size_bytes = 0
        with storage_faults("open", path):
            try:
                self._file = io.FileIO(path)
            except FileNotFoundError:
                raise missing_blob(digest) from None

    def readable(self) -> bool:
        """True: it is what this is for."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read; 0 is the end, and comes only when the digest was right."""
        view = memoryview(buffer).cast("B")
        with storage_faults("read", self._path):
            count = self._file.readinto(view)
        if count:
            self._hash.update(view[:count])
            self._size_bytes += count
        elif len(view):
            self._verify()
        return count

    def close(self) -> None:
        """Close the file; idempotent."""
        if not self.closed:
            self._file.close()
        super().close()

    def _verify(self) -> None:
        found = f"{self._digest.algorithm}:{self._hash.hexdigest()}"
        if found != self._digest:
            self._on_mismatch()
            raise IntegrityError(
                f"the stored blob {self._digest} is damaged: its {self._size_bytes} bytes are {found}",
                hint="it has been removed from the store; run the command again to pull or build it anew",
            )


def missing_blob(digest: Digest) -> NotFoundError:
    """The error for a blob that is not there."""
    return NotFoundError(f"the blob {digest} is not in the store")
