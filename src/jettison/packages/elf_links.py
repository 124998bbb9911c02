"""What an ELF file wants when it is started: its loader and its libraries; and what of it only debuggers read."""

from __future__ import annotations

from collections.abc import Callable

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.packages.binary import integer, part, terminated
from jettison.packages.elf import NamedSection, is_elf, read_sections

_NEEDED, _RPATH, _RUNPATH = 1, 15, 29
_MAX_DYNAMIC_BYTES = 1 << 20
_MAX_STRINGS_BYTES = 16 << 20
_MAX_LOADER_BYTES = 4096
_HEADER_BYTES = 64
_DEBUG = (".debug_", ".zdebug_")
_SYMBOLS = (".symtab", ".strtab")


@dataclass(frozen=True, slots=True, kw_only=True)
class ElfLinks:
    """One program or library."""

    loader: str = ""
    """Absolute path of the dynamic loader; empty for static programs and for libraries."""
    libraries: tuple[str, ...] = ()
    """Names of the libraries it wants (DT_NEEDED)."""
    folders: tuple[str, ...] = ()
    """Where to look first (DT_RUNPATH, else DT_RPATH); may contain ``$ORIGIN``."""
    removable_bytes: int = 0
    """Of symbol tables and debugging information, which ``strip`` removes."""


def read_links(read: Callable[[int, int], bytes], file_bytes: int) -> ElfLinks | None:
    """The links of a file; None where it is no ELF file.

    ``read`` gives exactly so many bytes at an offset. Raises :class:`IntegrityError` for one that is broken.
    """
    if file_bytes < _HEADER_BYTES:
        return None
    header = read(0, _HEADER_BYTES)
    if not is_elf(header):
        return None
    sections = {found.name: found for found in read_sections(read, file_bytes)}
    loader = _content(read, sections.get(".interp"), _MAX_LOADER_BYTES)
    libraries, folders = _dynamic(read, sections, wide=header[4] == 2, order="little" if header[5] == 1 else "big")
    removable = sum(found.place.size for name, found in sections.items() if name in _SYMBOLS or name.startswith(_DEBUG))
    return ElfLinks(
        loader=terminated(loader + b"\0", 0),
        libraries=tuple(libraries),
        folders=tuple(folders),
        removable_bytes=min(removable, file_bytes),
    )


def _dynamic(
    read: Callable[[int, int], bytes], sections: dict[str, NamedSection], *, wide: bool, order: str
) -> tuple[list[str], list[str]]:
    data = _content(read, sections.get(".dynamic"), _MAX_DYNAMIC_BYTES)
    strings = _content(read, sections.get(".dynstr"), _MAX_STRINGS_BYTES)
    width = 8 if wide else 4
    libraries: list[str] = []
    paths: dict[int, str] = {}
    for offset in range(0, len(data) - 2 * width + 1, 2 * width):
        tag = integer(data, offset, width, "little" if order == "little" else "big")
        value = integer(data, offset + width, width, "little" if order == "little" else "big")
        if not tag:
            break
        if tag == _NEEDED:
            libraries.append(terminated(strings, value))
        elif tag in (_RPATH, _RUNPATH):
            paths[tag] = terminated(strings, value)
    folders = paths.get(_RUNPATH) or paths.get(_RPATH, "")
    return libraries, [folder for folder in folders.split(":") if folder]


def _content(read: Callable[[int, int], bytes], section: NamedSection | None, limit_bytes: int) -> bytes:
    if section is None:
        return b""
    if section.place.size > limit_bytes:
        raise IntegrityError(f"its section {section.name} of {section.place.size} bytes is too large")
    return part(read(section.place.offset, section.place.size), 0, section.place.size)
