"""Members of a zip archive out of its central directory (APPNOTE 6.3), each inflated only up to a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.packages.binary import integer, part

_END, _CENTRAL, _LOCAL = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_END_BYTES, _CENTRAL_BYTES, _LOCAL_BYTES = 22, 46, 30
_MAX_COMMENT_BYTES = 65535
_MAX_DIRECTORY_BYTES = 32 << 20
_STORED, _DEFLATED = 0, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member as the central directory has it."""

    name: str
    method: int
    compressed_bytes: int
    size: int
    header_offset: int


class ZipDirectory:
    """A zip archive that ``read`` (offset, size -> exactly so many bytes) gives the bytes of.

    Raises :class:`IntegrityError` for what is no zip archive, or one of more than 4 GiB.
    """

    def __init__(self, read: Callable[[int, int], bytes], size: int) -> None:
        self._read = read
        tail_bytes = min(size, _END_BYTES + _MAX_COMMENT_BYTES)
        tail = read(size - tail_bytes, tail_bytes)
        end = tail.rfind(_END)
        if end < 0 or len(tail) - end < _END_BYTES:
            raise IntegrityError("not a zip archive")
        directory_bytes, offset = integer(tail, end + 12, 4, "little"), integer(tail, end + 16, 4, "little")
        if directory_bytes > _MAX_DIRECTORY_BYTES:
            raise IntegrityError(f"its directory of {directory_bytes} bytes is too large")
        start = size - tail_bytes + end - directory_bytes
        self._shift = start - offset
        """What stands before the archive: a script that starts it."""
        self.members = tuple(_members(read(start, directory_bytes)))

    def content(self, member: Member, limit_bytes: int) -> bytes:
        """The content of a member. Raises :class:`IntegrityError` where it is larger than the limit."""
        if member.size > limit_bytes or member.compressed_bytes > limit_bytes:
            raise IntegrityError(f"its member {member.name!r} of {member.size} bytes is too large")
        start = self._start(member)
        data = self._read(start, member.compressed_bytes)
        if member.method == _STORED:
            return data
        if member.method != _DEFLATED:
            raise IntegrityError(f"its member {member.name!r} is compressed in a way that is not read")
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, limit_bytes)
        except zlib.error as error:
            raise IntegrityError(f"its member {member.name!r} is damaged: {error}") from error

    def _start(self, member: Member) -> int:
        offset = member.header_offset + self._shift
        header = self._read(offset, _LOCAL_BYTES)
        if not header.startswith(_LOCAL):
            raise IntegrityError(f"its member {member.name!r} is not where its directory says")
        return offset + _LOCAL_BYTES + integer(header, 26, 2, "little") + integer(header, 28, 2, "little")


def _members(directory: bytes) -> list[Member]:
    members = []
    offset = 0
    while directory.startswith(_CENTRAL, offset):
        header = part(directory, offset, _CENTRAL_BYTES)
        lengths = [integer(header, place, 2, "little") for place in (28, 30, 32)]
        name = part(directory, offset + _CENTRAL_BYTES, lengths[0]).decode("utf-8", "replace")
        members.append(
            Member(
                name=name,
                method=integer(header, 10, 2, "little"),
                compressed_bytes=integer(header, 20, 4, "little"),
                size=integer(header, 24, 4, "little"),
                header_offset=integer(header, 42, 4, "little"),
            )
        )
        offset += _CENTRAL_BYTES + sum(lengths)
    return members
