"""A package opened: control files in memory, the entries of the payload, and the payload's bytes in a spool file."""

from __future__ import annotations

import gzip
import io
import lzma
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from jettison.base.control import Package, parse_paragraphs
from jettison.base.deb import MAX_CONTROL_BYTES, Member, MemberReader, read_deb_layout
from jettison.errors import IntegrityError
from jettison.layer.stream import Readable
from jettison.layer.tar_read import read_tar
from jettison.model.entry import Entry, EntryType

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
    with deb.open("rb") as file, spool.open("xb") as out:
        layout = read_deb_layout(file, deb.name)
        control = _read_control(file, layout.control, deb.name)
        entries = []
        for member in read_tar(_decompress(file, layout.data, deb.name), tap=out.write):
            entry = member.entry
            if entry.offset < 0 or entry.type in (EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE):
                raise IntegrityError(f"{deb.name}: /{entry.path}: a sparse file or a device in a package")
            entries.append(entry)
    text = control.get("control", "").strip("\n") + "\n"
    paragraphs = list(parse_paragraphs(text, f"{deb.name}: control"))
    if len(paragraphs) != 1:
        raise IntegrityError(f"{deb.name}: expected one control paragraph, found {len(paragraphs)}")
    return Unpacked(
        package=Package.of(paragraphs[0], deb.name),
        control=text,
        md5sums=control.get("md5sums", ""),
        build_time=layout.build_time,
        entries=tuple(entries),
        spool=spool,
    )


def read_build_time(deb: Path) -> int:
    """When a package was built, in seconds: what dpkg-deb wrote into the archive."""
    with deb.open("rb") as file:
        return read_deb_layout(file, deb.name).build_time


def _read_control(file: BinaryIO, member: Member, what: str) -> dict[str, str]:
    data = _read_bounded(_decompress(file, member, what), what)
    found = {}
    for item in read_tar(io.BytesIO(data)):
        if item.entry.path in _CONTROL_FILES and item.entry.type is EntryType.FILE:
            found[item.entry.path] = item.content.read().decode("utf-8", "replace")
    return found


def _read_bounded(stream: Readable, what: str) -> bytes:
    data = bytearray()
    while chunk := stream.read(1 << 20):
        data += chunk
        if len(data) > MAX_CONTROL_BYTES:
            raise IntegrityError(f"{what}: the control archive holds more than {MAX_CONTROL_BYTES} bytes")
    return bytes(data)


def _decompress(file: BinaryIO, member: Member, what: str) -> Readable:
    """The uncompressed bytes of a member, by the suffix of its name (deb(5))."""
    raw = cast("BinaryIO", io.BufferedReader(MemberReader(file, member), 1 << 18))
    suffix = member.name.rpartition(".tar")[2]
    if suffix == "":
        return raw
    if suffix == ".xz":
        return _Guarded(lzma.LZMAFile(raw), what)
    if suffix == ".gz":
        return _Guarded(gzip.GzipFile(fileobj=raw), what)
    if suffix == ".zst":
        from backports import zstd

        return _Guarded(zstd.ZstdFile(raw), what)
    raise IntegrityError(f"{what}: the member {member.name!r} is compressed in an unknown way")


class _Guarded:
    """A decompressor whose complaints about damaged bytes are :class:`IntegrityError`."""

    def __init__(self, stream: Readable, what: str) -> None:
        self._stream = stream
        self._what = what

    def read(self, size: int = -1, /) -> bytes:
        """Read as the decompressor does."""
        try:
            return self._stream.read(size)
        except (lzma.LZMAError, EOFError, OSError, ValueError) as error:
            raise IntegrityError(f"{self._what}: damaged compressed data: {error}") from error
