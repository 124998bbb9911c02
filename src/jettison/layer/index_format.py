"""The file format of a layer index: columns of fixed width, then what only some entries have.

A header (magic with version, number of entries, bytes of the tar, diff_id, length of each section), the sections, and
the sha256 of all that. Numbers are little-endian. Texts are UTF-8, with the raw bytes of names that are not, each
ended by NUL. What does not match its checksum is refused, so that a torn or rotten file is found before any of it is
believed.
"""

from __future__ import annotations

import hashlib
import re
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from jettison.errors import IntegrityError
from jettison.hints import Any, TypeVar
from jettison.layer.entry_columns import DIGEST_BYTES, IDS, MODES, NO_DIGEST, SIGNED, SIZES, EntryColumns
from jettison.layer.index import LayerIndex
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.patterns import late_pattern

_MAGIC = b"jettison-index\x00\x01"
_HEADER = struct.Struct("<QQ32s12Q")
"""Entries, bytes of the tar, diff_id, and the lengths of the sections in the order in which ``write_index`` makes
them."""
_TYPE_OF = {ord(kind.value): kind for kind in EntryType}
_FILES = late_pattern(rb"f+")
_LINKED = late_pattern(rb"[lh]+")
_ENTRY: Callable[[Iterable[Any]], Entry] = partial(tuple.__new__, Entry)
"""``Entry._make`` without its check of the length, which ``zip`` makes: half a million entries want it quick."""
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
        _encode_texts([columns.links.get(n, "") for n, letter in enumerate(columns.types) if letter in b"lh"]),
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
    body_end = len(data) - hashlib.sha256().digest_size
    start = len(_MAGIC) + _HEADER.size
    if body_end < start or not data.startswith(_MAGIC):
        raise IntegrityError(f"{what}: not a layer index of this version")
    if hashlib.sha256(memoryview(data)[:body_end]).digest() != data[body_end:]:
        raise IntegrityError(f"{what}: corrupt: it does not match its checksum")
    count, tar_bytes, diff_id, *lengths = _HEADER.unpack_from(data, len(_MAGIC))
    sections: list[bytes] = []
    for length in lengths:
        sections.append(data[start : start + length])
        start += length
    if start != body_end:
        raise IntegrityError(f"{what}: corrupt: its sections do not fill it")
    try:
        entries = _decode_entries(count, sections)
    except (ValueError, KeyError, IndexError, struct.error) as error:
        raise IntegrityError(f"{what}: corrupt: {error}") from error
    return LayerIndex(diff_id=Digest("sha256:" + diff_id.hex()), tar_bytes=tar_bytes, entries=entries)


def _decode_entries(count: int, sections: Sequence[bytes]) -> tuple[Entry, ...]:
    paths, types, modes, uids, gids, sizes, mtimes, offsets, digests, links, xattrs, devices = sections
    columns = zip(
        _decode_texts(paths),
        list(map(_TYPE_OF.__getitem__, types)),
        _decode_numbers(MODES, modes),
        _decode_numbers(IDS, uids),
        _decode_numbers(IDS, gids),
        _decode_numbers(SIZES, sizes),
        _decode_numbers(SIGNED, mtimes),
        _spread(types, _LINKED, "", _decode_texts(links)),
        _spread_xattrs(count, xattrs),
        _spread_devices(count, devices),
        _spread(types, _FILES, None, _decode_digests(digests)),
        _decode_numbers(SIGNED, offsets),
        strict=True,
    )
    entries = tuple(map(_ENTRY, columns))
    if len(entries) != count:
        raise ValueError(f"{len(entries)} entries, expected {count}")
    return entries


_T = TypeVar("_T")
_U = TypeVar("_U")


def _spread(types: bytes, runs: re.Pattern[bytes], default: _U, values: Sequence[_T]) -> list[_T | _U]:
    """A whole column out of the values of the entries whose types ``runs`` finds, of which many follow each other."""
    column: list[_T | _U] = [default] * len(types)
    used = 0
    for run in runs.finditer(types):
        start, end = run.span()
        column[start:end] = values[used : used + end - start]
        used += end - start
    if used != len(values) or len(column) != len(types):
        raise ValueError(f"{len(values)} values for {used} entries")
    return column


def _spread_xattrs(count: int, data: bytes) -> list[tuple[tuple[str, bytes], ...]]:
    column: list[tuple[tuple[str, bytes], ...]] = [()] * count
    start = 0
    while start < len(data):
        n, name_bytes, value_bytes = _XATTR.unpack_from(data, start)
        start += _XATTR.size
        value_at, end = start + name_bytes, start + name_bytes + value_bytes
        column[n] += ((data[start:value_at].decode("utf-8", "surrogateescape"), data[value_at:end]),)
        start = end
    return column


def _spread_devices(count: int, data: bytes) -> list[tuple[int, int]]:
    column = [(0, 0)] * count
    for n, major, minor in _DEVICE.iter_unpack(data):
        column[n] = (major, minor)
    return column


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


def _decode_numbers(letter: str, data: bytes) -> list[int]:
    column = array(letter, data)
    if sys.byteorder == "big":
        column.byteswap()
    if len(column) > 1 and column[0] == column[-1] and data == data[: column.itemsize] * len(column):
        return [column[0]] * len(column)  # as owners mostly are, and times: one number, not thousands of equal ones
    return column.tolist()


def _decode_digests(data: bytes) -> list[Digest | None]:
    if not data:
        return []
    if len(data) % DIGEST_BYTES:
        raise ValueError("an unfinished digest")
    texts = ("sha256:" + data.hex("\n", DIGEST_BYTES).replace("\n", "\nsha256:")).split("\n")
    if NO_DIGEST not in data:
        return list(map(Digest, texts))
    none = f"sha256:{NO_DIGEST.hex()}"
    return [Digest(text) if text != none else None for text in texts]


def _encode_xattr(n: int, name: str, value: bytes) -> bytes:
    raw = name.encode("utf-8", "surrogateescape")
    return _XATTR.pack(n, len(raw), len(value)) + raw + value
