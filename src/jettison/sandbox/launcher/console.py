"""A pseudo terminal of the command's own, made in its own /dev/pts (pty(7), devpts)."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

from jettison.sandbox import wire
from jettison.sandbox.launcher import syscalls
from jettison.sandbox.launcher.errors import doing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireCommand

_TIOCGPTN = 0x80045430
_TIOCSPTLCK = 0x40045431


def make(monitor: wire.Channel, command: WireCommand) -> list[int]:
    """Make the terminal, send its other end to the monitor; the command's end three times, as its streams."""
    with doing("making a terminal"):
        outer = os.open("/dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        fcntl.ioctl(outer, _TIOCSPTLCK, struct.pack("i", 0))
        (number,) = struct.unpack("i", fcntl.ioctl(outer, _TIOCGPTN, bytes(4)))
        inner = os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        os.fchown(inner, command["uid"], -1)
        resize(outer, command["terminal_size"])
        os.close(os.open("/dev/console", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        syscalls.mount(f"/dev/pts/{number}", "/dev/console", flags=syscalls.MS_BIND)
    wire.send(monitor, {"terminal": number}, [outer])
    os.close(outer)
    return [inner, inner, inner]


def resize(terminal: int, size: list[int]) -> None:
    """Set rows and columns."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))


def control() -> None:
    """Make the terminal on descriptor 0 the one that controls this session."""
    with doing("taking the terminal"):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
