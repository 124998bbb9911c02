"""The file format of a layer index: columns of fixed width, then what only some entries have.

A header (magic with version, number of entries, bytes of the tar, diff_id, length of each section), the sections, and
the sha256 of all that. Numbers are little-endian. Texts are UTF-8, with the raw bytes of names that are not, each
ended by NUL. What does not match its checksum is refused, so that a torn or rotten file is found before any of it is
believed.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from itertools import compress

from jettison.errors import IntegrityError
from jettison.frozen import replace
from jettison.layer.entry_columns import DIGEST_BYTES, EntryColumns
from jettison.layer.index import LayerIndex
from jettison.model.digest import Digest
from jettison.model.entry import EntryType

_MAGIC = b"jettison-index\x00\x01"
_HEADER = struct.Struct("<QQ32s12Q")
"""Entries, bytes of the tar, diff_id, and the lengths of the sections in the order in which ``write_index`` makes
them."""
_TYPES = "".join(EntryType).encode()
_FILE = EntryType.FILE.value.encode()
_LINKED = b"lh"
"""The types that have a link."""
_IS_LINKED = bytes(letter in _LINKED for letter in range(256))
_XATTR = struct.Struct("<IHI")
"""Number of the entry, bytes of the name, bytes of the value; both follow."""
_DEVICE = struct.Struct("<III")
"""Number of the entry, major, minor."""


def write_index(index: LayerIndex) -> bytes:
    """The bytes of an index; equal indexes give equal bytes. Only what an entry's type has is kept."""
    return b"".join(index_parts(index))


def index_parts(index: LayerIndex) -> tuple[bytes | bytearray, ...]:
    """The same in parts that follow each other: most of them are the columns themselves."""
    columns = index.entries if isinstance(index.entries, EntryColumns) else EntryColumns(index.entries)
    sections: tuple[bytes | bytearray, ...] = (
        columns.paths,
        columns.types,
        *map(
            _encode_numbers,
            (columns.modes, columns.uids, columns.gids, columns.sizes, columns.mtimes, columns.offsets),
        ),
        columns.digests,
        _encode_texts([columns.links.get(n, "") for n, letter in enumerate(columns.types) if letter in _LINKED]),
        b"".join([_encode_xattr(n, *pair) for n, pairs in columns.xattrs.items() for pair in pairs]),
        b"".join([_DEVICE.pack(n, *device) for n, device in columns.devices.items()]),
    )
    lengths = map(len, sections)
    header = _MAGIC + _HEADER.pack(len(columns), index.tar_bytes, bytes.fromhex(index.diff_id.hex), *lengths)
    running = hashlib.sha256(header)
    for section in sections:
        running.update(section)
    return header, *sections, running.digest()


def parse_index(data: bytes, what: str = "layer index") -> LayerIndex:
    """Parse an index; raise :class:`IntegrityError`, with ``what`` in front, for what ``write_index`` did not
    write.
    """
    index = parse_columns(data, what)
    return replace(index, entries=tuple(index.entries))


def parse_columns(data: bytes, what: str = "layer index") -> LayerIndex:
    """The same for those who look at few of the entries: they stay :class:`EntryColumns`."""
    body_end = len(data) - hashlib.sha256().digest_size
    start = len(_MAGIC) + _HEADER.size
    if body_end < start or not data.startswith(_MAGIC):
        raise IntegrityError(f"{what}: not a layer index of this version")
    if hashlib.sha256(memoryview(data)[:body_end]).digest() != data[body_end:]:
        raise IntegrityError(f"{what}: corrupt: it does not match its checksum")
    count, tar_bytes, diff_id, *lengths = _HEADER.unpack_from(data, len(_MAGIC))
    sections: list[memoryview] = []
    for length in lengths:
        sections.append(memoryview(data)[start : start + length])
        start += length
    if start != body_end:
        raise IntegrityError(f"{what}: corrupt: its sections do not fill it")
    try:
        columns = _decode_columns(count, sections)
    except (ValueError, IndexError, struct.error) as error:
        raise IntegrityError(f"{what}: corrupt: {error}") from error
    return LayerIndex(diff_id=Digest("sha256:" + diff_id.hex()), tar_bytes=tar_bytes, entries=columns)


def _decode_columns(count: int, sections: Sequence[memoryview]) -> EntryColumns:
    paths, types, modes, uids, gids, sizes, mtimes, offsets, digests, links, xattrs, devices = sections
    columns = EntryColumns()
    columns.paths += paths
    columns.types += types
    columns.digests += digests
    numbers = (columns.modes, columns.uids, columns.gids, columns.sizes, columns.mtimes, columns.offsets)
    for column, section in zip(numbers, (modes, uids, gids, sizes, mtimes, offsets), strict=True):
        _decode_numbers(column, section)
    if {len(types), *map(len, numbers), columns.paths.count(0)} != {count} or (count and columns.paths[-1]):
        raise ValueError(f"its columns do not hold {count} entries")
    if columns.types.translate(None, _TYPES):
        raise ValueError("a type that there is not")
    if len(digests) != columns.types.count(_FILE) * DIGEST_BYTES:
        raise ValueError("not a digest for each file")
    linked = [*compress(range(count), columns.types.translate(_IS_LINKED))]
    columns.links = {n: link for n, link in zip(linked, _decode_texts(bytes(links)), strict=True) if link}
    found: dict[int, list[tuple[str, bytes]]] = {}
    for n, name, value in _decode_xattrs(bytes(xattrs)):
        found.setdefault(n, []).append((name, value))
    columns.xattrs = {n: tuple(pairs) for n, pairs in found.items()}
    columns.devices = {n: (major, minor) for n, major, minor in _DEVICE.iter_unpack(devices)}
    if max((*columns.xattrs, *columns.devices), default=-1) >= count:
        raise ValueError("attributes of an entry that there is not")
    return columns


def _decode_xattrs(data: bytes) -> Iterable[tuple[int, str, bytes]]:
    start = 0
    while start < len(data):
        n, name_bytes, value_bytes = _XATTR.unpack_from(data, start)
        start += _XATTR.size
        value_at, end = start + name_bytes, start + name_bytes + value_bytes
        yield n, data[start:value_at].decode("utf-8", "surrogateescape"), data[value_at:end]
        start = end


def _encode_texts(texts: Iterable[str]) -> bytes:
    return "\x00".join([*texts, ""]).encode("utf-8", "surrogateescape")


def _decode_texts(data: bytes) -> list[str]:
    texts = data.decode("utf-8", "surrogateescape").split("\x00")
    if texts.pop():
        raise ValueError("an unfinished text")
    return texts


def _encode_numbers(column: array[int]) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def _decode_numbers(column: array[int], data: memoryview) -> None:
    column.frombytes(data)
    if sys.byteorder == "big":
        column.byteswap()


def _encode_xattr(n: int, name: str, value: bytes) -> bytes:
    raw = name.encode("utf-8", "surrogateescape")
    return _XATTR.pack(n, len(raw), len(value)) + raw + value
