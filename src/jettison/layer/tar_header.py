"""The 512-byte header block of ustar (POSIX.1-2017 pax, section ustar Interchange Format): numbers, checksums,
encoding.

Equal entries give equal bytes. What does not fit into ustar is said by the caller in a pax header.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import adler32

from jettison.errors import IntegrityError
from jettison.model.entry import Entry, EntryType

BLOCK_BYTES = 512
END_OF_ARCHIVE = bytes(2 * BLOCK_BYTES)

NAME_BYTES = 100
PREFIX_BYTES = 155
MAX_PATH_BYTES = 4096
"""Linux' PATH_MAX: longer names and links cannot be made into files."""
MAX_PATH_DEPTH = 400
"""Deeper directories than any image has; they would exhaust descriptors and stacks elsewhere."""
MAX_OCTAL_ID = 0o7777777
MAX_ID = 2**32 - 2
"""The largest number that an owner can have."""
MAX_OCTAL_SIZE = 0o77777777777

TYPE_FLAGS = {
    EntryType.FILE: b"0",
    EntryType.HARDLINK: b"1",
    EntryType.SYMLINK: b"2",
    EntryType.CHAR_DEVICE: b"3",
    EntryType.BLOCK_DEVICE: b"4",
    EntryType.DIRECTORY: b"5",
    EntryType.FIFO: b"6",
    EntryType.WHITEOUT: b"0",
    EntryType.OPAQUE: b"0",
}
PAX_FLAG = b"x"

_USTAR_MAGIC = b"ustar\x00"
_STAR_MAGIC = b"tar\x00"
_CHECKSUM_AT = 148
_SPACES = b"        "
_MAGIC = b"ustar\x0000" + bytes(64)
_NO_DEVICE = b"0000000\x000000000\x00"
_NUMBERS = b"%07o\x00%07o\x00%07o\x00%011o\x00%011o\x00"
_HALF = BLOCK_BYTES // 2
_LOW = 0xFFFF


def block_sum(block: bytes) -> int:
    """The sum of the bytes of a block of 512.

    Adler-32 keeps 1 + the sum in its low half, modulo 65521, which 256 bytes cannot reach: seven times as fast as
    ``sum``.
    """
    return (adler32(block[:_HALF]) & _LOW) + (adler32(block[_HALF:]) & _LOW) - 2


def header_sum(block: bytes) -> int:
    """The checksum that a header block should carry: the sum of its bytes, the checksum's own taken as spaces."""
    return block_sum(block) - sum(block[_CHECKSUM_AT : _CHECKSUM_AT + 8]) + 8 * 0x20


def is_header(block: bytes) -> bool:
    """Whether a tar may begin with this block."""
    if len(block) < BLOCK_BYTES:
        return False
    try:
        return decode_number(block[_CHECKSUM_AT : _CHECKSUM_AT + 8].rstrip(b" "), "checksum", 0) == header_sum(block)
    except IntegrityError:
        return False


def padding(size: int) -> int:
    """How many bytes follow a content of ``size`` bytes up to the next block."""
    return -size % BLOCK_BYTES


def split_name(name: bytes) -> tuple[bytes, bytes] | None:
    """``(prefix, name)`` as ustar holds them, or None where the name does not fit or is not ASCII."""
    if not name.isascii():
        return None
    if len(name) <= NAME_BYTES:
        return b"", name
    if len(name) > PREFIX_BYTES + 1 + NAME_BYTES:
        return None
    slash = name.rfind(b"/", 0, min(PREFIX_BYTES + 1, len(name) - 1))
    rest = name[slash + 1 :]
    if slash <= 0 or len(rest) > NAME_BYTES:
        return None
    return name[:slash], rest


def encode_header(
    *,
    name: bytes,
    prefix: bytes = b"",
    flag: bytes,
    mode: int = 0,
    uid: int = 0,
    gid: int = 0,
    size: int = 0,
    mtime: int = 0,
    link: bytes = b"",
    device: tuple[int, int] | None = None,
) -> bytes:
    """One header block. Every value fits; owners' names are left empty, as container tools do."""
    tail, tail_sum = _tail(flag, link, device, prefix)
    head = name.ljust(NAME_BYTES, b"\x00") + _NUMBERS % (mode, uid, gid, size, mtime)
    return b"%b%06o\x00 %b" % (head, tail_sum + (adler32(head) & _LOW), tail)


def encode_file_header(name: bytes, prefix: bytes, mode: int, uid: int, gid: int, size: int, mtime: int) -> bytes:
    """The same of a file, of which a layer has a hundred thousand."""
    tail, tail_sum = _tail(b"0", b"", None, prefix)
    head = name.ljust(NAME_BYTES, b"\x00") + _NUMBERS % (mode, uid, gid, size, mtime)
    return b"%b%06o\x00 %b" % (head, tail_sum + (adler32(head) & _LOW), tail)


@lru_cache(maxsize=64)
def _tail(flag: bytes, link: bytes, device: tuple[int, int] | None, prefix: bytes) -> tuple[bytes, int]:
    """What follows the checksum, the same for all files of a directory, and what it adds to the checksum.

    The checksum's own eight spaces are counted here, and the 1 that Adler-32 begins with: the 148 bytes before them
    cannot reach its modulus.
    """
    devices = b"%07o\x00%07o\x00" % device if device else _NO_DEVICE
    tail = flag + link.ljust(NAME_BYTES, b"\x00") + _MAGIC + devices + prefix.ljust(PREFIX_BYTES + 12, b"\x00")
    return tail, sum(tail) + sum(_SPACES) - 1


def decode_number(field: bytes, what: str, offset: int) -> int:
    """A numeric field: octal digits between spaces and NULs, or GNU's base-256 with the top bit set."""
    digits = field[:-1]
    if digits.isdigit() and field[-1] in b"\x00 ":  # as tar and Go write it
        try:
            return int(digits, 8)
        except ValueError:
            pass  # 8 or 9, which is told below
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False)
        bits = 8 * len(field)
        if field[0] & 0x40:
            return value - (1 << bits)
        return value & ((1 << (bits - 1)) - 1)
    digits = field.partition(b"\x00")[0].strip(b" ")
    if not digits:
        return 0
    try:
        if not digits.isdigit():
            raise ValueError
        return int(digits, 8)
    except ValueError:
        raise IntegrityError(f"corrupt archive: the {what} {field!r} at byte {offset} is not an octal number") from None


def decode_modes(header: bytes, offset: int) -> tuple[int, int, int]:
    """Mode, uid and gid of a header, which most files of a layer have in common."""
    return _modes(header[100:124]) or (
        decode_number(header[100:108], "mode", offset),
        decode_number(header[108:116], "uid", offset),
        decode_number(header[116:124], "gid", offset),
    )


@lru_cache(maxsize=256)
def _modes(fields: bytes) -> tuple[int, int, int] | None:
    try:
        return decode_number(fields[:8], "", 0), decode_number(fields[8:16], "", 0), decode_number(fields[16:], "", 0)
    except IntegrityError:
        return None


def prefix_of(header: bytes) -> bytes:
    """What a header puts before the name, without the slash between them."""
    if header[257:263] != _USTAR_MAGIC:
        return b""
    return header[345 : 476 if header[508:512] == _STAR_MAGIC else 500].partition(b"\x00")[0]


def entry_flag(entry: Entry) -> bytes:
    """The typeflag of an entry's own header."""
    return TYPE_FLAGS[entry.type]
