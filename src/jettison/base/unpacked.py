"""A package opened: control files in memory, the entries of the payload, and the payload's bytes in a spool file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from jettison.base.control import Package, parse_paragraphs
from jettison.base.deb import MAX_CONTROL_BYTES, Member, MemberReader, read_deb_layout
from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.hints import BinaryIO
from jettison.layer.decompress import Decompressed
from jettison.layer.stream import read_exactly
from jettison.layer.tar_read import read_tar
from jettison.model.entry import Entry, EntryType
from jettison.pools import ThreadPoolExecutor

_CONTROL_FILES = frozenset({"control", "md5sums"})
_MAX_WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """One package. An entry's ``offset`` is where its content begins in ``spool``."""

    package: Package
    control: str
    md5sums: str
    build_time: int
    entries: tuple[Entry, ...]
    spool: Path


def unpack_all(debs: Sequence[Path], folder: Path) -> tuple[Unpacked, ...]:
    """Open packages in parallel, in the same order; the spools lie in ``folder`` and are the caller's to remove."""
    with ThreadPoolExecutor(_MAX_WORKERS) as pool:
        return tuple(pool.map(lambda pair: unpack(pair[1], folder / f"{pair[0]}.tar"), enumerate(debs)))


def unpack(deb: Path, spool: Path) -> Unpacked:
    """Open one package file; :class:`IntegrityError` where it is damaged."""
    try:
        return _unpack(deb, spool)
    except IntegrityError as error:
        raise IntegrityError(f"{deb.name}: {error.message}") from error


def _unpack(deb: Path, spool: Path) -> Unpacked:
    with deb.open("rb") as file, spool.open("xb") as out:
        layout = read_deb_layout(file)
        control = _read_control(file, layout.control)
        entries = []
        for member in read_tar(Decompressed(MemberReader(file, layout.data)), tap=out.write):
            entry = member.entry
            if entry.offset < 0 or entry.type in (EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE):
                raise IntegrityError(f"/{entry.path}: a sparse file or a device in a package")
            entries.append(entry)
    text = control.get("control", "").strip("\n") + "\n"
    paragraphs = list(parse_paragraphs(text, "control"))
    if len(paragraphs) != 1:
        raise IntegrityError(f"expected one control paragraph, found {len(paragraphs)}")
    return Unpacked(
        package=Package.of(paragraphs[0], "control"),
        control=text,
        md5sums=control.get("md5sums", ""),
        build_time=layout.build_time,
        entries=tuple(entries),
        spool=spool,
    )


def read_build_time(deb: Path) -> int:
    """When a package was built, in seconds: what dpkg-deb wrote into the archive."""
    try:
        with deb.open("rb") as file:
            return read_deb_layout(file).build_time
    except IntegrityError as error:
        raise IntegrityError(f"{deb.name}: {error.message}") from error


def _read_control(file: BinaryIO, member: Member) -> dict[str, str]:
    stream = Decompressed(MemberReader(file, member))
    data = read_exactly(stream, MAX_CONTROL_BYTES + 1)
    if len(data) > MAX_CONTROL_BYTES:
        raise IntegrityError(f"the control archive holds more than {MAX_CONTROL_BYTES} bytes")
    found = {}
    for item in read_tar(io.BytesIO(data)):
        if item.entry.path in _CONTROL_FILES and item.entry.type is EntryType.FILE:
            found[item.entry.path] = item.content.read().decode("utf-8", "replace")
    return found
