"""Pax extended header records: ``LENGTH KEY=VALUE`` and a newline (POSIX.1-2017 pax, pax Extended Header)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping

from jettison.errors import IntegrityError

MAX_EXTENSION_BYTES = 1024 * 1024
"""The most that one extended header or long name may hold; the same limit as Go's archive/tar."""

_SCHILY = b"SCHILY.xattr."
_LIBARCHIVE = b"LIBARCHIVE.xattr."
_NANOSECOND_DIGITS = 9
_MAX_NS = 2**63 - 1
_MAX_TIME_BYTES = 64
_MAX_INTEGER_BYTES = 20


def encode_records(records: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The body of an extended header."""
    return b"".join(_encode_record(key, value) for key, value in records)


def _encode_record(key: bytes, value: bytes) -> bytes:
    rest = len(key) + len(value) + 3
    length = rest + len(str(rest))
    if len(str(length)) != len(str(rest)):
        length = rest + len(str(length))
    return b"%d %b=%b\n" % (length, key, value)


def parse_records(body: bytes, offset: int) -> list[tuple[bytes, bytes]]:
    """The records of an extended header that begins at byte ``offset`` of the archive, in order, duplicates kept."""
    records: list[tuple[bytes, bytes]] = []
    start = 0
    while start < len(body):
        space = body.find(b" ", start, start + 8)
        digits = body[start:space] if space > 0 else b""
        end = start + int(digits) if digits.isdigit() else 0
        key, equals, value = body[space + 1 : end - 1].partition(b"=")
        if not space + 2 < end <= len(body) or body[end - 1 : end] != b"\n" or not equals or not key:
            raise IntegrityError(f"corrupt archive: invalid pax record at byte {offset + start}")
        records.append((key, value))
        start = end
    return records


def encode_xattr(name: str, value: bytes) -> tuple[bytes, bytes]:
    """An extended attribute as a record: star's form, or libarchive's where the name holds ``=``."""
    raw = name.encode("utf-8", "surrogateescape")
    if b"=" not in raw:
        return _SCHILY + raw, value
    from urllib.parse import quote_from_bytes

    return _LIBARCHIVE + quote_from_bytes(raw, safe="").encode(), b64encode(value).rstrip(b"=")


def decode_xattrs(records: Mapping[bytes, bytes], offset: int) -> tuple[tuple[str, bytes], ...]:
    """The extended attributes among the records, in star's form and in libarchive's, sorted by name."""
    found: dict[str, bytes] = {}
    for key, value in records.items():
        if key.startswith(_SCHILY):
            found[_xattr_name(key.removeprefix(_SCHILY), offset)] = value
        elif key.startswith(_LIBARCHIVE):
            from urllib.parse import unquote_to_bytes

            name = _xattr_name(unquote_to_bytes(key.removeprefix(_LIBARCHIVE)), offset)
            try:
                found[name] = b64decode(value + b"=" * (-len(value) % 4), validate=True)
            except ValueError:
                raise IntegrityError(f"corrupt archive: invalid base64 in a pax record at byte {offset}") from None
    return tuple(sorted(found.items()))


def _xattr_name(name: bytes, offset: int) -> str:
    if not name or b"\x00" in name:
        raise IntegrityError(f"corrupt archive: invalid extended attribute name {name!r} at byte {offset}")
    return name.decode("utf-8", "surrogateescape")


def decode_integer(value: bytes | None, default: int, key: str, offset: int) -> int:
    """A decimal number that is not negative; ``default`` where there is no record, or an empty one, which says the
    same.

    A negative default means that there has to be one.
    """
    if not value and default >= 0:
        return default
    if not value or not value.isdigit() or len(value) > _MAX_INTEGER_BYTES:
        raise IntegrityError(f"corrupt archive: pax {key} at byte {offset} is not a decimal number")
    return int(value)


def decode_time(value: bytes, offset: int) -> int:
    """Nanoseconds since the epoch of a decimal time such as ``-1.5``; digits past the ninth are cut off."""
    sign, digits = (-1, value[1:]) if value.startswith(b"-") else (1, value)
    whole, _, fraction = digits.partition(b".")
    if len(value) > _MAX_TIME_BYTES or not (whole + fraction).isdigit():
        raise IntegrityError(f"corrupt archive: pax mtime {value[:40]!r} at byte {offset} is not a time")
    nanoseconds = int(fraction[:_NANOSECOND_DIGITS].ljust(_NANOSECOND_DIGITS, b"0"))
    return bound_time(sign * (int(whole or b"0") * 10**9 + nanoseconds))


def encode_time(nanoseconds: int) -> bytes:
    """The decimal time that :func:`decode_time` takes for these nanoseconds, without fractions where there are none."""
    whole, fraction = divmod(abs(nanoseconds), 10**9)
    text = b"%d.%09d" % (whole, fraction) if fraction else b"%d" % whole
    return b"-" + text if nanoseconds < 0 else text


def bound_time(nanoseconds: int) -> int:
    """The nearest time that 64 bits hold: 1677 to 2262."""
    return max(-_MAX_NS, min(_MAX_NS, nanoseconds))
