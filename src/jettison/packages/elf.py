"""Finding a section of an ELF file by its name (System V ABI, chapter 4); 32 and 64 bits, either byte order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.packages.binary import integer, part, terminated

_MAGIC = b"\x7fELF"
_HEADER_BYTES = {1: 52, 2: 64}
_MAX_SECTIONS = 4096
_MAX_NAMES_BYTES = 1 << 20
_NO_BITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Where a section lies in the file."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSection:
    """A section that has bytes in the file."""

    name: str
    place: Section


def find_section(read: Callable[[int, int], bytes], file_bytes: int, name: str) -> Section | None:
    """The first section of the name; None where there is none, or the file is no ELF file.

    ``read`` gives exactly so many bytes at an offset. Raises :class:`IntegrityError` for a broken table of sections.
    """
    return next((found.place for found in read_sections(read, file_bytes) if found.name == name), None)


def is_elf(start: bytes) -> bool:
    """Whether a file that begins so claims to be one."""
    return start.startswith(_MAGIC)


def read_sections(read: Callable[[int, int], bytes], file_bytes: int) -> Iterator[NamedSection]:
    """All sections in the order of the table; none of what is no ELF file.

    ``read`` gives exactly so many bytes at an offset. Raises :class:`IntegrityError` for a broken table of sections.
    """
    if file_bytes < 64:
        return
    header = read(0, 64)
    wide = header[4] == 2
    if not header.startswith(_MAGIC) or header[4] not in _HEADER_BYTES or header[5] not in (1, 2):
        return
    order = "little" if header[5] == 1 else "big"
    table = integer(header, 40, 8, order) if wide else integer(header, 32, 4, order)
    fields = 58 if wide else 46
    entry_bytes, count, names_number = (integer(header, fields + 2 * field, 2, order) for field in range(3))
    if not table or not count:
        return
    if count > _MAX_SECTIONS or entry_bytes < (64 if wide else 40) or names_number >= count:
        raise IntegrityError("its table of sections cannot be")
    entries = read(table, entry_bytes * count)

    def section(number: int) -> tuple[int, int, Section]:
        entry = part(entries, entry_bytes * number, entry_bytes)
        offset, size = (24, 32) if wide else (16, 20)
        width = 8 if wide else 4
        place = Section(offset=integer(entry, offset, width, order), size=integer(entry, size, width, order))
        return integer(entry, 0, 4, order), integer(entry, 4, 4, order), place

    _, _, place = section(names_number)
    if place.size > _MAX_NAMES_BYTES:
        raise IntegrityError("the names of its sections are too large")
    names = read(place.offset, place.size)
    for number in range(count):
        name_offset, kind, found = section(number)
        if kind not in (0, _NO_BITS):
            yield NamedSection(name=terminated(names, name_offset), place=found)
