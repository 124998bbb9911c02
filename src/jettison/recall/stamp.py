"""What tells that a file is the one that it was, without reading it.

A file is taken for unchanged when device, inode, size, mode, mtime and ctime are what they were; of a directory that
also tells that no name came or went. That is wrong where it was changed again within one tick of the file system's
clock, so what is as young as the memory is not remembered (git's racy rule, Documentation/technical/racy-git.txt).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

Stamp = tuple[int, int, int, int, int, int]
"""device, inode, size, mtime_ns, ctime_ns, mode."""

_PACKED = struct.Struct("<QQqqqQ")
_CTIMES = struct.Struct("<32xq8x")
STAMP_BYTES = _PACKED.size
_pack = _PACKED.pack

_COARSE_TICK_NS = 2_000_000_000
_FINE_TICK_NS = 20_000_000
_SECOND_NS = 1_000_000_000


def stamp(status: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_mode,
    )


def packed_stamp(status: os.stat_result) -> bytes:
    """The stamp as ``STAMP_BYTES`` bytes: a tenth of the memory, and compared in one go."""
    return _pack(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode)


def unpack_stamps(packed: bytes | bytearray) -> Iterator[Stamp]:
    """The stamps of which these are the bytes, one after the other."""
    return _PACKED.iter_unpack(packed)


def all_settled(packed: bytes | bytearray, began_ns: int) -> bool:
    """The same as :func:`is_settled` of all the stamps of which these are the bytes."""
    sure_ns = began_ns - _COARSE_TICK_NS
    return all(is_settled(ctime_ns, began_ns) for (ctime_ns,) in _CTIMES.iter_unpack(packed) if ctime_ns >= sure_ns)


def is_settled(ctime_ns: int, began_ns: int) -> bool:
    """Whether a change after ``began_ns`` would show: file systems without fractions of seconds tick slowly."""
    tick_ns = _FINE_TICK_NS if ctime_ns % _SECOND_NS else _COARSE_TICK_NS
    return ctime_ns + tick_ns < began_ns
