"""What tells that a file is the one that it was, without reading it.

A file is taken for unchanged when device, inode, size, mode, mtime and ctime are what they were; of a directory that
also tells that no name came or went. That is wrong where it was changed again within one tick of the file system's
clock, so what is as young as the memory is not remembered (git's racy rule, Documentation/technical/racy-git.txt).
"""

from __future__ import annotations

import os

Stamp = tuple[int, int, int, int, int, int]
"""device, inode, size, mtime_ns, ctime_ns, mode."""

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


def is_settled(ctime_ns: int, began_ns: int) -> bool:
    """Whether a change after ``began_ns`` would show: file systems without fractions of seconds tick slowly."""
    tick_ns = _FINE_TICK_NS if ctime_ns % _SECOND_NS else _COARSE_TICK_NS
    return ctime_ns + tick_ns < began_ns
