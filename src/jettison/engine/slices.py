"""Parts of a file that is open, as streams: the contents inside a tar."""

from __future__ import annotations

import io
import os
from types import TracebackType

from jettison.errors import IntegrityError
from jettison.hints import TYPE_CHECKING, BinaryIO, Protocol, Self
from jettison.model.entry import Entry

if TYPE_CHECKING:
    from jettison.layer.sparse import SparseMap


class Content(Protocol):
    """The content of a file, open for reading once; closed by ``with``."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...


def open_entry(descriptor: int, entry: Entry) -> Content:
    """The content of a FILE of the tar that ``descriptor`` is open on; see ``jettison.layer.content``."""
    if entry.offset >= 0:
        return Slice(descriptor, entry.offset, entry.size)
    return Expanded(descriptor, entry)


class Slice:
    """A part of a file, read without moving anybody's position."""

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end of the part."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = os.pread(self._descriptor, wanted, self._offset)
        if wanted and not data:
            raise IntegrityError("the tar of a layer is shorter than its index says")
        self._offset += len(data)
        self._left -= len(data)
        return data

    def skip(self, size: int) -> None:
        """Pass over the next bytes without reading them."""
        passed = min(size, self._left)
        self._offset += passed
        self._left -= passed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        """Nothing: the file belongs to somebody else."""


class StreamSlice:
    """A part of a stream that can be read from any place, and that is closed with it."""

    def __init__(self, stream: BinaryIO, offset: int, size: int) -> None:
        self._stream = stream
        self._left = size
        stream.seek(offset)

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end of the part."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted)
        if wanted and not data:
            raise IntegrityError("a layer is shorter than it was when it was indexed")
        self._left -= len(data)
        return data

    def skip(self, size: int) -> None:
        """Pass over the next bytes without reading them."""
        passed = min(size, self._left)
        self._stream.seek(passed, io.SEEK_CUR)
        self._left -= passed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._stream.close()


class Expanded:
    """A sparse file of a tar, holes filled in; reads through a position of its own."""

    def __init__(self, descriptor: int, entry: Entry) -> None:
        from jettison.layer.content import open_content

        self._tar = io.FileIO(f"/proc/self/fd/{descriptor}")
        self._content = open_content(self._tar, entry)

    @property
    def runs(self) -> SparseMap | None:
        """Where its data lies."""
        from jettison.layer.tar_content import Content as MemberContent

        return self._content.sparse if isinstance(self._content, MemberContent) else None

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end of the file."""
        return self._content.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._tar.close()
