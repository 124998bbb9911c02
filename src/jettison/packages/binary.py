"""Reading numbers out of bytes that strangers wrote: every step is checked against the end."""

from __future__ import annotations

from jettison.errors import IntegrityError

_MAX_VARINT_BYTES = 10


def integer(data: bytes, offset: int, size: int, order: str = "big") -> int:
    """The unsigned number of ``size`` bytes at ``offset``; ``order`` is ``big`` or ``little``."""
    return int.from_bytes(part(data, offset, size), "big" if order == "big" else "little")


def part(data: bytes, offset: int, size: int) -> bytes:
    """Exactly ``size`` bytes at ``offset``. Raises :class:`IntegrityError` where there are fewer."""
    if offset < 0 or size < 0 or offset + size > len(data):
        raise IntegrityError(f"it points to {size} bytes at {offset}, where it has {len(data)}")
    return data[offset : offset + size]


def terminated(data: bytes, offset: int) -> str:
    """The text at ``offset`` up to a zero byte."""
    if not 0 <= offset < len(data):
        raise IntegrityError(f"it points to a text at {offset}, where it has {len(data)} bytes")
    end = data.find(b"\0", offset)
    if end < 0:
        raise IntegrityError("a text has no end")
    return data[offset:end].decode("utf-8", "replace")


def varint_low_first(data: bytes, offset: int) -> tuple[int, int]:
    """Go's variable-length number, lowest seven bits first, and the offset after it."""
    value = 0
    for count in range(_MAX_VARINT_BYTES):
        byte = integer(data, offset + count, 1)
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, offset + count + 1
    raise IntegrityError("a number is too long")


def varint_high_first(data: bytes, offset: int) -> tuple[int, int]:
    """SQLite's variable-length number, highest bits first, at most nine bytes, and the offset after it."""
    value = 0
    for count in range(8):
        byte = integer(data, offset + count, 1)
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, offset + count + 1
    return value << 8 | integer(data, offset + 8, 1), offset + 9
