"""Headers of ordinary files and folders, of which a layer has a hundred thousand, read with few steps each.

What this knows is no more than a part of what ``tar_read`` knows, and it says the same: what is not quite ordinary, or
wrong, it leaves to be looked at closely. Most fields of most headers are those of the header before, and are
remembered.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from zlib import adler32

from jettison.errors import IntegrityError
from jettison.layer.tar_header import (
    BLOCK_BYTES,
    MAX_ID,
    MAX_OCTAL_SIZE,
    decode_modes,
    decode_number,
    prefix_of,
)
from jettison.layer.tar_names import decode_path
from jettison.model.entry import EntryType

Plain = tuple[str, EntryType, int, int, int, int, int]
"""Path, type, mode, uid, gid, size, mtime_ns."""

_FIELDS = struct.Struct("100s24s12s12s8s356s")
"""Name; mode, uid and gid; size; mtime; checksum; all else."""
_MODES_AT, _CHECKSUM_AT, _REST_AT = 100, 148, 156
_LOW = 0xFFFF
_NS = 10**9
_TYPES = {ord("0"): EntryType.FILE, 0: EntryType.FILE, ord("5"): EntryType.DIRECTORY}
_INSIDE = b"/inside"
_NOT_PLAIN_NAMES = frozenset((b"", b".", b".."))
_unpack = _FIELDS.unpack


def decode_plain(header: bytes) -> Plain | None:
    """What the header of a file or a folder says; None for any other, and for all that is unusual or wrong."""
    if len(header) != BLOCK_BYTES or header[_REST_AT] not in _TYPES:
        return None
    name, modes, size, mtime, checksum, rest = _unpack(header)
    kind, prefix, rest_sum = _decode_rest(rest)
    if _decode_checksum(checksum) != (adler32(header[:_CHECKSUM_AT]) & _LOW) + rest_sum:
        return None
    owner = _decode_owner(modes)
    mtime_ns = _decode_mtime(mtime)
    digits = size[:-1]
    if owner is None or mtime_ns is None or size[-1] not in b"\x00 " or not digits.isdigit():
        return None
    try:
        size_bytes = int(digits, 8)
    except ValueError:
        return None
    written = prefix + name.partition(b"\x00")[0]
    if kind is EntryType.DIRECTORY:
        written, size_bytes = written.removesuffix(b"/"), 0
    folder, slash, last = written.rpartition(b"/")
    inside = _decode_folder(folder) if slash else ""
    if inside is None or last in _NOT_PLAIN_NAMES:
        return None
    mode, uid, gid = owner
    return inside + last.decode("utf-8", "surrogateescape"), kind, mode, uid, gid, size_bytes, mtime_ns


@lru_cache(maxsize=1024)
def _decode_rest(rest: bytes) -> tuple[EntryType, bytes, int]:
    """Of what follows the checksum the type, what stands before the name, and what it adds to the checksum.

    The checksum's own eight spaces are counted here, and the 1 that Adler-32 begins with: the 148 bytes before them
    cannot reach its modulus.
    """
    prefix = prefix_of(bytes(_REST_AT) + rest)
    return _TYPES[rest[0]], prefix + b"/" if prefix else b"", sum(rest) + 8 * 0x20 - 1


@lru_cache(maxsize=4096)
def _decode_checksum(field: bytes) -> int | None:
    return _decoded(field.removesuffix(b" "))


@lru_cache(maxsize=256)
def _decode_owner(fields: bytes) -> tuple[int, int, int] | None:
    try:
        mode, uid, gid = decode_modes(bytes(_MODES_AT) + fields, 0)
    except IntegrityError:
        return None
    return (mode & 0o7777, uid, gid) if 0 <= uid <= MAX_ID and 0 <= gid <= MAX_ID else None


@lru_cache(maxsize=4096)
def _decode_mtime(field: bytes) -> int | None:
    seconds = _decoded(field)
    return seconds * _NS if seconds is not None and 0 <= seconds <= MAX_OCTAL_SIZE else None


@lru_cache(maxsize=4096)
def _decode_folder(folder: bytes) -> str | None:
    """What the image path of something in the folder begins with; None where a folder cannot be called so."""
    try:
        return decode_path(folder + _INSIDE, 0).removesuffix(_INSIDE[1:].decode())
    except IntegrityError:
        return None


def _decoded(field: bytes) -> int | None:
    try:
        return decode_number(field, "", 0)
    except IntegrityError:
        return None
