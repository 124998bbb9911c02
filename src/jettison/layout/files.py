"""The files of a layout, whether they lie in a folder or in a tar archive. Read only; names are relative paths."""

from __future__ import annotations

import io
import os
import posixpath
import stat
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType

from jettison.errors import IntegrityError, NotFoundError, StorageError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, BinaryIO, Protocol, Self
from jettison.layer.decompress import Codec, Decompressed, detect_codec
from jettison.layer.stream import CHUNK_BYTES, Leaping, Readable, read_exactly
from jettison.layer.tar_header import BLOCK_BYTES, is_header
from jettison.layer.tar_read import TarMember, read_tar
from jettison.layout.foreign import LOOKED_AT_BYTES, WRITTEN_BY, is_archive, no_archive
from jettison.layout.near_files import near_file
from jettison.model.document import MAX_DOCUMENT_BYTES
from jettison.model.entry import EntryType

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TakeTar = Callable[[Readable], object]
"""Takes a tar out of a stream, and reads of it what it likes."""

_MAX_LINKS = 16
_DAMAGED = "it is damaged, or not all of it is there: copy it again, or save the image again"
_MOST_AFTER_BYTES = 64 << 20
"""That may follow the end of an archive in a stream: programs fill up a block, and what never ends is none."""


class LayoutFiles(Protocol):
    """Files by name. Streams are independent of each other; several threads may open and read at once."""

    @property
    def what(self) -> str:
        """The folder or archive, for messages."""
        ...

    def size(self, name: str) -> int | None:
        """Bytes of the regular file ``name``, links followed; None where there is none."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open the regular file ``name``, whose size is known, to be read from any place; the caller closes."""
        ...

    def names(self) -> list[str]:
        """What is at the top, files and folders alike, in the order of names."""
        ...


def read_document(files: LayoutFiles, name: str) -> bytes:
    """A whole JSON file; raises :class:`IntegrityError` where it is missing or too large to be one."""
    size = files.size(name)
    if size is None:
        raise IntegrityError(f"{files.what}: the file {name} is missing")
    if size > MAX_DOCUMENT_BYTES:
        raise IntegrityError(f"{files.what}: {name} is too large ({size} bytes) for a JSON document")
    with files.open(name) as stream:
        return stream.read(MAX_DOCUMENT_BYTES)


class DirectoryFiles:
    """The files below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.what = str(folder)

    def size(self, name: str) -> int | None:
        """See :meth:`LayoutFiles.size`."""
        if posixpath.normpath(name).startswith(("/", "..")):
            return None
        try:
            status = (self._folder / name).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageError(f"cannot read {self.what}/{name}: {error.strerror}") from error
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def open(self, name: str) -> BinaryIO:
        """See :meth:`LayoutFiles.open`."""
        try:
            return (self._folder / name).open("rb")
        except OSError as error:
            raise StorageError(f"cannot read {self.what}/{name}: {error.strerror}") from error

    def names(self) -> list[str]:
        """See :meth:`LayoutFiles.names`."""
        try:
            return sorted(os.listdir(self._folder))
        except OSError as error:
            raise StorageError(f"cannot read {self.what}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a member's content lies in the archive."""

    offset: int
    size: int
    is_passed: bool = False
    """The content was shown to somebody, and no more of it was kept than its first block."""
    damage: str = ""
    """What was wrong with it then."""


class ArchiveFiles:
    """The files of a tar archive, found once and then read where they lie. Close it, or use it in ``with``."""

    def __init__(self, stream: BinaryIO, places: Mapping[str, _Place | str], what: str) -> None:
        self._stream = stream
        self._places = places
        self.what = what

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive; its open files end with it."""
        self._stream.close()

    def size(self, name: str) -> int | None:
        """See :meth:`LayoutFiles.size`."""
        place = self._find(name)
        return place.size if place else None

    def open(self, name: str) -> BinaryIO:
        """See :meth:`LayoutFiles.open`."""
        place = self._find(name)
        if place is None:
            raise IntegrityError(f"{self.what}: the file {name} is missing")
        if place.damage:
            raise IntegrityError(f"{self.what}: {name}: {place.damage}")
        return io.BufferedReader(_Slice(self._stream.fileno(), place, f"{self.what}: {name}"))

    def names(self) -> list[str]:
        """See :meth:`LayoutFiles.names`."""
        return sorted({name.partition("/")[0] for name in self._places})

    def _find(self, name: str) -> _Place | None:
        """The place of a file; links of the archive are followed inside the archive."""
        for _ in range(_MAX_LINKS):
            place = self._places.get(posixpath.normpath(name))
            if not isinstance(place, str):
                return place
            name = place
        return None


class _Slice(io.RawIOBase):
    """A part of an open file, read by position: streams do not disturb each other."""

    def __init__(self, descriptor: int, place: _Place, what: str) -> None:
        self._descriptor = descriptor
        self._place = place
        self._position = place.offset
        self._left = place.size
        self._what = what

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = (0, self._position - self._place.offset, self._place.size)[whence]
        position = min(max(base + offset, 0), self._place.size)
        self._position = self._place.offset + position
        self._left = self._place.size - position
        return position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")[: self._left]
        if not view:
            return 0
        if self._place.is_passed:
            view = view[: max(BLOCK_BYTES - (self._position - self._place.offset), 0)]
            if not view:
                raise IntegrityError(f"{self._what}: it passed by, and is not what the image says")
        count = os.preadv(self._descriptor, [view], self._position)
        if not count:
            raise IntegrityError(f"{self._what}: the archive was cut off while it was read")
        self._position += count
        self._left -= count
        return count


def open_archive(
    source: Path | Readable, *, spool_dir: Path, what: str | None = None, passing: TakeTar | None = None
) -> ArchiveFiles:
    """Find the files of a tar archive: one on disk, or a stream such as standard input, which is read to its end.

    Compressed archives (gzip, bzip2, xz, zstd) and streams are spooled into a file without a name in ``spool_dir``,
    which vanishes when the archive is closed. ``passing`` is shown every tar in a stream as it passes by, the layers
    that are not compressed: of these no more is kept than tells what they are. Raises :class:`IntegrityError` for
    anything that is no tar archive.
    """
    if not isinstance(source, Path):
        return _spool(source, spool_dir, what or "the archive", passing)
    what = what or str(source)
    stream = _open_file(source)
    try:
        if stream.seekable():
            begin = stream.read(LOOKED_AT_BYTES)
            stream.seek(0)
            if detect_codec(begin) is Codec.NONE:
                if not is_archive(begin):
                    raise no_archive(what, begin, Codec.NONE)
                most_after_bytes = _MOST_AFTER_BYTES if stat.S_ISCHR(os.fstat(stream.fileno()).st_mode) else None
                members = read_tar(Leaping(stream), most_after_bytes=most_after_bytes)
                return ArchiveFiles(stream, _find_places(members, what), what)
        spooled = _spool(stream, spool_dir, what)
    except BaseException:
        stream.close()
        raise
    stream.close()
    return spooled


def _open_file(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}", hint=near_file(str(path)) or WRITTEN_BY) from error
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}") from error


def _spool(source: Readable, spool_dir: Path, what: str, passing: TakeTar | None = None) -> ArchiveFiles:
    import tempfile

    try:
        spool = tempfile.TemporaryFile(dir=spool_dir)  # noqa: SIM115
        try:
            archive = _begin_archive(source, what)
            if passing is None:
                members = read_tar(archive, tap=spool.write, most_after_bytes=_MOST_AFTER_BYTES)
                places = _find_places(members, what)
            else:
                members = read_tar(archive, most_after_bytes=_MOST_AFTER_BYTES)
                places = _find_places(members, what, partial(_spool_member, spool, passing))
            spool.flush()
        except BaseException:
            spool.close()
            raise
    except OSError as error:
        raise StorageError(f"cannot spool {what} in {spool_dir}: {error.strerror}") from error
    return ArchiveFiles(spool, places, what)


def _begin_archive(source: Readable, what: str) -> Readable:
    """The archive in a stream, decompressed. Raises :class:`IntegrityError` where it does not begin like one."""
    try:
        stream = Decompressed(source)
        begin = read_exactly(stream, LOOKED_AT_BYTES)
    except IntegrityError as error:
        raise IntegrityError(f"{what}: {error.message}", hint=_DAMAGED) from error
    if not is_archive(begin):
        raise no_archive(what, begin, stream.codec)
    return _Resumed(begin, stream)


def _spool_member(spool: BinaryIO, passing: TakeTar, member: TarMember) -> _Place:
    """Keep a file of an archive that passes by, or the first block of a tar that somebody else takes."""
    content, size = member.content, member.entry.size
    begin = content.read(BLOCK_BYTES)
    offset = spool.tell()
    spool.write(begin)
    if not is_header(begin):
        while data := content.read(CHUNK_BYTES):
            spool.write(data)
        return _Place(offset, size)
    try:
        passing(_Resumed(begin, content))
    except IntegrityError as error:  # it may belong to an image that nobody wants
        return _Place(offset, size, is_passed=True, damage=error.message)
    return _Place(offset, size, is_passed=True)


class _Resumed:
    """A stream of which the beginning was read already."""

    def __init__(self, begin: bytes, stream: Readable) -> None:
        self._begin = begin
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """See :class:`~jettison.layer.stream.Readable`; what was read already comes by itself."""
        if self._begin and size:
            begin, self._begin = self._begin, b""
            return begin + self._stream.read() if size < 0 else begin
        return self._stream.read(size)


def _find_places(
    members: Iterable[TarMember], what: str, place: Callable[[TarMember], _Place] | None = None
) -> dict[str, _Place | str]:
    """Where each file lies; for links, the path that they lead to. The last member of a name counts.

    ``place`` puts the contents somewhere else than where they lie in the archive.
    """
    places: dict[str, _Place | str] = {}
    try:
        for member in members:
            entry = member.entry
            match entry.type:
                case EntryType.FILE if entry.offset < 0:
                    raise IntegrityError(
                        f"/{entry.path} is stored as a sparse file, which is not supported here",
                        hint="write the archive without --sparse",
                    )
                case EntryType.FILE:
                    places[entry.path] = place(member) if place else _Place(entry.offset, entry.size)
                case EntryType.SYMLINK:
                    places[entry.path] = posixpath.normpath(posixpath.join(entry.parent, entry.link)).lstrip("/")
                case EntryType.HARDLINK:
                    places[entry.path] = entry.link
                case _:
                    pass
    except IntegrityError as error:
        raise IntegrityError(f"{what}: {error.message}", hint=error.hint or _DAMAGED) from error
    return places
