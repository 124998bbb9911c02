"""Archives made by hand, one block at a time, for what no tool would write."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

from jettison.layer.index import LayerIndex
from jettison.layer.pax import encode_records
from jettison.layer.tar_header import END_OF_ARCHIVE, encode_header, header_sum, padding
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry, EntryType


def member(
    name: bytes, content: bytes = b"", *, flag: bytes = b"0", link: bytes = b"", size: int | None = None
) -> bytes:
    """One member with a ustar header."""
    header = encode_header(
        name=name, flag=flag, mode=0o644, size=len(content) if size is None else size, link=link, mtime=1_600_000_000
    )
    return header + content + bytes(padding(len(content)))


def pax_header(*records: tuple[bytes, bytes], flag: bytes = b"x") -> bytes:
    """An extended header with these records."""
    return member(b"PaxHeaders/x", encode_records(records), flag=flag)


def archive(*members: bytes) -> io.BytesIO:
    """A whole archive."""
    return io.BytesIO(b"".join(members) + END_OF_ARCHIVE)


def with_field(header: bytes, start: int, value: bytes) -> bytes:
    """The header with some of its bytes replaced and its checksum made right again; what follows it is kept."""
    block = header[:start] + value + header[start + len(value) : 512]
    return block[:148] + b"%06o\x00 " % header_sum(block) + block[156:] + header[512:]


class File(NamedTuple):
    """A file with its content."""

    entry: Entry
    content: bytes


def write_layer(*items: Entry | File) -> tuple[bytes, LayerIndex]:
    """A layer's tar and index; the size of a file is that of its content."""
    chunks: list[bytes] = []
    writer = LayerWriter(chunks.append)
    for item in items:
        if isinstance(item, File):
            writer.add(item.entry, item.content)
        else:
            writer.add(item)
    index = writer.finish()
    return b"".join(chunks), index


def file(path: str, content: bytes = b"", mode: int = 0o644, **fields: Any) -> File:
    """A file and its content."""
    entry = Entry(path=path, type=EntryType.FILE, mode=mode, size=len(content))
    return File(entry._replace(**fields), content)


def directory(path: str, mode: int = 0o755, **fields: Any) -> Entry:
    """A directory."""
    return Entry(path=path, type=EntryType.DIRECTORY, mode=mode)._replace(**fields)


def symlink(path: str, target: str) -> Entry:
    """A symbolic link."""
    return Entry(path=path, type=EntryType.SYMLINK, mode=0o777, link=target)


def hard_link(path: str, target: str) -> Entry:
    """Another name of a file."""
    return Entry(path=path, type=EntryType.HARDLINK, mode=0o644, link=target)


def whiteout(path: str) -> Entry:
    """A deletion."""
    return Entry(path=path, type=EntryType.WHITEOUT)


def opaque(path: str) -> Entry:
    """A directory that hides what is below."""
    return Entry(path=path, type=EntryType.OPAQUE)
