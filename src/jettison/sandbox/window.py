"""The size of a terminal's window (ioctl_tty(2))."""

from __future__ import annotations

import fcntl
import struct
import termios

_SIZE = struct.Struct("HHHH")


def window_size(descriptor: int) -> tuple[int, int]:
    """Rows and columns of a terminal; (0, 0) for anything else."""
    try:
        rows, columns, _, _ = _SIZE.unpack(fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(_SIZE.size)))
    except OSError:
        return (0, 0)
    return (rows, columns)


def resize(descriptor: int, size: tuple[int, int]) -> None:
    """Set the size of a terminal; what runs in it is told by SIGWINCH."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, _SIZE.pack(*size, 0, 0))
