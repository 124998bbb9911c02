"""Reading a .deb: an ar archive of ``debian-binary``, ``control.tar.*`` and ``data.tar.*`` (deb(5)). Hostile input.

The reader never trusts a size: every member must lie inside the file, and the control archive is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.hints import BinaryIO
from jettison.patterns import late_pattern

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60
_MAX_MEMBERS = 16
_DECIMAL = late_pattern(rb"[0-9]{1,12} *")
MAX_CONTROL_BYTES = 64 * 1024 * 1024
"""Of the control archive once decompressed; the largest in Debian is below 16 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of an ar archive."""

    name: str
    time: int
    """Seconds. dpkg-deb writes the time of the changelog here, the same for every member."""
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DebLayout:
    """Where the parts of a .deb are."""

    build_time: int
    control: Member
    data: Member


def read_deb_layout(file: BinaryIO) -> DebLayout:
    """Find the parts of a .deb in a seekable file; raise :class:`IntegrityError` where it is none."""
    members = tuple(read_ar(file))
    if not members or members[0].name != "debian-binary":
        raise IntegrityError("not a Debian package: the first member is not debian-binary")
    file.seek(members[0].offset)
    if not file.read(min(members[0].size, 16)).startswith(b"2."):
        raise IntegrityError("a Debian package of an unknown format, expected 2.0")
    control = [member for member in members if member.name.startswith("control.tar")]
    data = [member for member in members if member.name.startswith("data.tar")]
    if len(control) != 1 or len(data) != 1:
        raise IntegrityError(f"expected one control.tar and one data.tar, found {len(control)} and {len(data)}")
    return DebLayout(build_time=members[0].time, control=control[0], data=data[0])


def read_ar(file: BinaryIO) -> Iterator[Member]:
    """The members of an ar archive in order (ar(5), common format)."""
    total = file.seek(0, 2)
    file.seek(0)
    if file.read(len(_MAGIC)) != _MAGIC:
        raise IntegrityError("not an ar archive")
    offset = len(_MAGIC)
    for _ in range(_MAX_MEMBERS):
        if offset >= total:
            return
        file.seek(offset)
        header = file.read(_HEADER_BYTES)
        if len(header) != _HEADER_BYTES or header[58:] != b"`\n":
            raise IntegrityError(f"a damaged ar header at byte {offset}")
        size = _number(header[48:58], offset)
        start = offset + _HEADER_BYTES
        if start + size > total:
            raise IntegrityError(f"truncated: a member of {size} bytes at byte {start}, the file has {total}")
        name = header[:16].rstrip(b" ").removesuffix(b"/").decode("ascii", "replace")
        yield Member(name=name, time=_number(header[16:28], offset), offset=start, size=size)
        offset = start + size + size % 2
    if offset < total:
        raise IntegrityError(f"more than {_MAX_MEMBERS} members")


def _number(field: bytes, offset: int) -> int:
    if not _DECIMAL.fullmatch(field):
        raise IntegrityError(f"expected a number in the ar header at byte {offset}, found {field!r}")
    return int(field)


class MemberReader:
    """A readable, bounded view of one member; the file must not be read by others meanwhile."""

    __slots__ = ("_file", "_left")

    def __init__(self, file: BinaryIO, member: Member) -> None:
        self._file = file
        self._left = member.size
        file.seek(member.offset)

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes, fewer only at the end."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data
