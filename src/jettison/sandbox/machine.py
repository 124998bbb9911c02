"""What of the machine a command sees that is not isolated from it: this program's capabilities, the machine's devices.

Source: BuildKit, ``util/entitlements/security`` (``WithInsecureSpec``).
"""

from __future__ import annotations

import os
from pathlib import Path

from jettison.sandbox.defaults import CAPABILITIES

Device = tuple[str, str, int, int]
"""Path below /dev, ``c`` or ``b``, major, minor."""

_DEVICES: tuple[Device, ...] = (
    ("kmsg", "c", 1, 11),
    ("cuse", "c", 10, 203),
    ("fuse", "c", 10, 229),
    ("kvm", "c", 10, 232),
    ("net/tun", "c", 10, 200),
    ("loop-control", "c", 10, 237),
)
_LOOP_MAJOR = 7
_SPARE_LOOPS = 8


def held_capabilities(*sets: str) -> tuple[str, ...]:
    """The capabilities that this process can give away: those that are in its effective set and in these ``sets``, as
    /proc calls them (``CapBnd``: what no program that is executed gets more of).
    """
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    mask = int(lines["CapEff"], 16)
    for name in sets:
        mask &= int(lines[name], 16)
    return tuple(name for number, name in enumerate(CAPABILITIES) if mask >> number & 1)


def machine_devices() -> tuple[Device, ...]:
    """The devices that an insecure command gets beside the usual ones: loop devices with some to spare."""
    loops = [name.removeprefix("loop") for name in os.listdir("/dev") if name.startswith("loop")]
    last = max((int(number) for number in loops if number.isdecimal()), default=-1)
    return _DEVICES + tuple((f"loop{number}", "b", _LOOP_MAJOR, number) for number in range(last + 1 + _SPARE_LOOPS))
