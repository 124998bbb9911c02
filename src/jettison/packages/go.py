"""Go programs: the build information that the linker leaves in ``.go.buildinfo`` (Go's debug/buildinfo)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from jettison.errors import IntegrityError
from jettison.model.entry import Entry
from jettison.packages.binary import integer, part, varint_low_first
from jettison.packages.elf import find_section
from jettison.packages.image_files import ImageFiles
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import golang_purl

_SECTION = ".go.buildinfo"
_MAGIC = b"\xff Go buildinf:"
_INLINE = 2
_STRINGS = 32
_SENTINEL_BYTES = 16
_MAX_SECTION_BYTES = 16 << 20
SMALLEST_PROGRAM_BYTES = 100_000
_MAX_MODULES = 20_000
_UNVERSIONED = "(devel)"


def may_be_program(entry: Entry) -> bool:
    """Whether a file is worth a look: executable, and as large as the smallest that Go makes."""
    return bool(entry.mode & 0o111) and entry.size >= SMALLEST_PROGRAM_BYTES


def read_go(files: ImageFiles, entry: Entry) -> Iterator[Package]:
    """The modules that a program was built of: its own, which has the file, its dependencies, the standard library."""
    if files.at(entry, 0, 4) != b"\x7fELF":
        return
    section = find_section(partial(files.at, entry), entry.size, _SECTION)
    if section is None:
        return
    if section.size > _MAX_SECTION_BYTES:
        raise IntegrityError("its Go build information is too large")
    data = files.at(entry, section.offset, section.size)
    if not data.startswith(_MAGIC):
        return
    if not integer(data, len(_MAGIC) + 1, 1) & _INLINE:
        files.note(entry.path, "a program built by Go before 1.18, whose build information is not read")
        return
    version, offset = _bytes(data, _STRINGS)
    modules, _ = _bytes(data, offset)
    listed = modules[_SENTINEL_BYTES:-_SENTINEL_BYTES].decode("utf-8", "replace")
    yield _package("stdlib", version.decode("utf-8", "replace").partition(" ")[0].removeprefix("go"), entry, ())
    for name, module_version, is_main in parse_modules(listed):
        yield _package(name, module_version, entry, (entry.path,) if is_main else ())


def parse_modules(text: str) -> list[tuple[str, str, bool]]:
    """Module, version, and whether it is the program's own, of ``debug.BuildInfo`` as text.

    A module counts as what replaces it, unless that is a folder, which has no version.
    """
    modules: list[tuple[str, str, bool]] = []
    for line in text.split("\n"):
        kind, *fields = line.split("\t")
        if kind in ("mod", "dep", "=>") and len(fields) >= 1:
            version = fields[1] if len(fields) > 1 else ""
            if kind == "=>" and modules and not fields[0].startswith((".", "/")):
                modules[-1] = (fields[0], version, modules[-1][2])
            elif kind != "=>":
                modules.append((fields[0], version, kind == "mod"))
        if len(modules) > _MAX_MODULES:
            raise IntegrityError(f"it names more than {_MAX_MODULES} Go modules")
    return modules


def _package(name: str, version: str, entry: Entry, files: tuple[str, ...]) -> Package:
    return Package(
        ecosystem=Ecosystem.GOLANG,
        name=name,
        version=version,
        purl=golang_purl(name, "" if version == _UNVERSIONED else version),
        source=entry.path,
        files=files,
    )


def _bytes(data: bytes, offset: int) -> tuple[bytes, int]:
    size, offset = varint_low_first(data, offset)
    return part(data, offset, size), offset + size
