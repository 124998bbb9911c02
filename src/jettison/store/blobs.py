"""Blobs: immutable files named by their digest, ``blobs/<algorithm>/<hex>``.

A blob is there whole or not at all: bytes are written under ``tmp/``, made durable, and renamed. The renames are made
durable together, by :meth:`Blobs.settle`, before anything says that a blob is there and is believed without a look.
That the name is true is checked when the blob is written and, by :meth:`Blobs.open_verified`, whenever it is read with
care.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jettison.errors import IntegrityError
from jettison.hints import BinaryIO
from jettison.model.digest import Digest
from jettison.store.erase import erase
from jettison.store.faults import storage_error, storage_faults
from jettison.store.following import Follower, Growth
from jettison.store.home import Home, digest_of_name, sync_directory
from jettison.store.leases import Leases
from jettison.store.reading import VerifyingReader, missing_blob
from jettison.store.temporary import Session
from jettison.store.write_behind import WriteBehind

_BUFFER_BYTES = 256 * 1024


class BlobWriter:
    """A blob being written; its digest runs along unless the caller computes it."""

    def __init__(self, blobs: Blobs, path: Path, algorithm: str, *, hashed: bool) -> None:
        self._blobs = blobs
        self._path = path
        self._algorithm = algorithm
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if hashed else None
        self._size_bytes = 0
        self._growth: Growth | None = None
        with storage_faults("create", path):
            self._file = io.BufferedWriter(io.FileIO(path, "x"), _BUFFER_BYTES)
        self._behind = WriteBehind(self._file.fileno())

    def follow(self) -> Follower:
        """The blob for reading while it is written, from its beginning; to be called before the first byte is."""
        if self._growth is None:
            self._growth = Growth()
        return Follower(self._path, self._growth)

    def note_same(self, start: int, end: int, old: Digest) -> None:
        """Tell those who follow, before it is written, that a part will be what the blob ``old`` has at that place.

        Whoever notes it commits only if that is true.
        """
        if self._growth is not None:
            self._growth.note_same(start, end, old)

    @property
    def size_bytes(self) -> int:
        """How much was written so far."""
        return self._size_bytes

    def write(self, data: bytes | memoryview) -> int:
        """Append; the return value is the length, as a file's is."""
        try:  # not `storage_faults`: a blob may be written in many small pieces
            self._file.write(data)
            if self._growth is not None:
                self._file.flush()
        except OSError as error:
            raise storage_error("write", self._path, error) from error
        if self._hash is not None:
            self._hash.update(data)
        self._size_bytes += len(data)
        self._behind.reach(self._size_bytes)
        if self._growth is not None:
            self._growth.reach(self._size_bytes)
        return len(data)

    def settle(self) -> None:
        """Bring what was written to the disk now, so that a commit that has to wait for something is soon done."""
        with storage_faults("write", self._path):
            self._file.flush()
            self._behind.finish()
            os.fdatasync(self._file.fileno())

    def commit(self, expected: Digest | None = None) -> Digest:
        """Finish: verify, make durable, rename into place. A blob that is there already is kept, ours is dropped.

        Raises :class:`IntegrityError` where the bytes are not those of ``expected``; nothing is stored then. A writer
        that does not hash takes ``expected`` at its word, and needs it.
        """
        digest = self._digest(expected)
        if expected is not None and digest != expected:
            raise IntegrityError(f"wrong digest after {self._size_bytes} bytes: expected {expected}, received {digest}")
        with storage_faults("write", self._path):
            self._file.flush()
            self._behind.finish()
        if self._growth is not None:
            self._growth.reach(self._size_bytes, whole=True)
        self._blobs.adopt(self._path, digest)
        if self._growth is not None:
            self._growth.commit(digest)
        return digest

    def _digest(self, expected: Digest | None) -> Digest:
        if self._hash is not None:
            return Digest(f"{self._algorithm}:{self._hash.hexdigest()}")
        if expected is None:
            raise ValueError("a writer that does not hash cannot commit without a digest")
        return expected

    def close(self) -> None:
        """Drop what was not committed; idempotent."""
        if self._growth is not None:
            self._growth.close()
        self._behind.close()
        # Closing flushes, which fails again on a full disk; the descriptor is closed all the same, the bytes unwanted.
        with suppress(OSError):
            self._file.close()
        erase(self._path)


class Blobs:
    """All blobs of the store."""

    def __init__(self, home: Home, session: Session, leases: Leases) -> None:
        self._home = home
        self._session = session
        self._leases = leases
        self._new: dict[Digest, tuple[int, int, int, int]] = {}
        self._folders = {home.blobs / "sha256"}

    @contextmanager
    def writer(self, algorithm: str = "sha256", *, hashed: bool = True) -> Iterator[BlobWriter]:
        """A writer for one blob. Leaving the body without :meth:`BlobWriter.commit` stores nothing.

        ``hashed=False`` is for a caller that computes the digest in the same pass, such as one that packs a layer, and
        vouches for it: the bytes are not hashed twice.
        """
        writer = BlobWriter(self, self._session.new_path("blob"), algorithm, hashed=hashed)
        try:
            yield writer
        finally:
            writer.close()

    def put(self, data: bytes, *, known: Digest | None = None) -> Digest:
        """Store a small blob; idempotent, and nothing is written where it is there. ``known`` is its digest where the
        caller vouches for it.
        """
        digest = known or Digest.of(data)
        self._leases.protect_blob(digest)
        if not self.has(digest):
            with self.writer(hashed=known is None) as writer:
                writer.write(data)
                writer.commit(digest)
        return digest

    def adopt(self, path: Path, digest: Digest) -> None:
        """Rename a finished file of the store's file system into place; idempotent. The caller vouches for the digest.

        The file is gone from ``path`` afterwards, in every case.
        """
        self._leases.protect_blob(digest)
        target = self.path(digest)
        with storage_faults("store", target):
            if target.exists():
                path.unlink()
                return
            with path.open("rb") as file:
                os.fsync(file.fileno())
            path.rename(target)
            self._folders.add(target.parent)
            self._new[digest] = _witness(target)

    def settle(self) -> None:
        """Have all blobs outlive a power failure under their names, also those that other processes wrote."""
        for folder in tuple(self._folders):
            with storage_faults("store", folder):
                sync_directory(folder)

    def is_new(self, digest: Digest) -> bool:
        """Whether this very process wrote the blob, whose digest it knows, and nobody touched the file since.

        What was there before has to be read with care.
        """
        try:
            return digest in self._new and self._new[digest] == _witness(self.path(digest))
        except OSError:
            return False

    def open_intact(self, digest: Digest) -> BinaryIO:
        """The blob for one pass of reading, verified on the way unless it :meth:`is_new`. Raises as
        :meth:`open_verified` does.
        """
        return self.open(digest) if self.is_new(digest) else self.open_verified(digest)

    def path(self, digest: Digest) -> Path:
        """Where the blob lies, or would. The file must not be changed."""
        return self._home.blob(digest)

    def has(self, digest: Digest) -> bool:
        """Whether the blob is there."""
        return self.size(digest) is not None

    def size(self, digest: Digest) -> int | None:
        """The blob's size in bytes; None where it is not there."""
        path = self.path(digest)
        with storage_faults("look at", path):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                return None

    def open(self, digest: Digest) -> BinaryIO:
        """The blob for reading, not verified, seekable. Raises :class:`NotFoundError`."""
        path = self.path(digest)
        with storage_faults("open", path):
            try:
                return path.open("rb")
            except FileNotFoundError:
                raise missing_blob(digest) from None

    def read(self, digest: Digest) -> bytes:
        """The whole verified content of a small blob. Raises :class:`NotFoundError`, :class:`IntegrityError`."""
        with self.open_verified(digest) as file:
            return file.read()

    def open_verified(self, digest: Digest) -> BinaryIO:
        """The blob for one pass of reading; at its end :class:`IntegrityError` where the bytes are not the digest's.

        A blob found wrong is removed: what has a digest for a name may not be kept under it.
        """
        raw = VerifyingReader(self.path(digest), digest, on_mismatch=lambda: self.remove(digest))
        return io.BufferedReader(raw, buffer_size=_BUFFER_BYTES)

    def remove(self, digest: Digest) -> None:
        """Remove the blob; one that is not there is fine."""
        erase(self.path(digest))

    def all(self) -> Iterator[Digest]:
        """The digests of all blobs, in no order."""
        for algorithm in ("sha256", "sha512"):
            folder = self._home.blobs / algorithm
            with storage_faults("list", folder):
                names = os.listdir(folder)
            for name in names:
                digest = digest_of_name(name)
                if digest is not None:
                    yield digest


def _witness(path: Path) -> tuple[int, int, int, int]:
    """What tells that a file is the one that it was, and as it was."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
