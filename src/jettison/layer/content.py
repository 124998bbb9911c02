"""Finding a file's content in an uncompressed layer tar again, by the offset that the index keeps."""

from __future__ import annotations

from jettison.errors import IntegrityError
from jettison.hints import Protocol
from jettison.layer.stream import CHUNK_BYTES, Readable
from jettison.layer.tar_read import read_tar
from jettison.model.entry import Entry


class Seekable(Readable, Protocol):
    """A stream that can be read from any place: an open file."""

    def seek(self, offset: int, /) -> int:
        """Go to byte ``offset``."""
        ...


class _Slice:
    """Part of a stream, as a stream."""

    __slots__ = ("_left", "_path", "_stream")

    def __init__(self, stream: Readable, size: int, path: str) -> None:
        self._stream = stream
        self._left = size
        self._path = path

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        if wanted and not data:
            raise IntegrityError(f"truncated archive: it ends inside /{self._path}")
        self._left -= len(data)
        return data


def open_content(tar: Seekable, entry: Entry) -> Readable:
    """The content of a FILE of the layer ``tar``; valid until ``tar`` is moved otherwise.

    A sparse file has no offset of its content: ``entry.offset`` is then -1 - that of its header, from where it is
    expanded.
    """
    if entry.offset >= 0:
        tar.seek(entry.offset)
        return _Slice(tar, entry.size, entry.path)
    tar.seek(-entry.offset - 1)
    return _expanded(tar, entry)


def find_content(tar: Readable, entry: Entry) -> Readable:
    """The content of a FILE of a layer that can only be read onwards, and that nothing was read of."""
    left = entry.offset if entry.offset >= 0 else -entry.offset - 1
    while left:
        passed = len(tar.read(min(left, CHUNK_BYTES)))
        if not passed:
            raise IntegrityError(f"/{entry.path}: the layer does not hold it where its index says")
        left -= passed
    return _Slice(tar, entry.size, entry.path) if entry.offset >= 0 else _expanded(tar, entry)


def _expanded(tar: Readable, entry: Entry) -> Readable:
    """The content of a sparse file whose header comes next."""
    member = next(read_tar(tar), None)
    if member is None or member.entry.size != entry.size:
        raise IntegrityError(f"/{entry.path}: the layer does not hold it where its index says")
    return member.content
