"""When this process was started, as the kernel tells it."""

from __future__ import annotations

import os
import time
from pathlib import Path

_START_FIELD = 22
"""Of /proc/PID/stat (proc_pid_stat(5)): clock ticks from the start of the machine to that of the process."""


def process_started() -> float:
    """Seconds since 1970, right to a hundredth of a second: the kernel counts in clock ticks.

    Where there is no /proc it is the latest moment that the processor time allows.
    """
    now, used = time.time(), time.process_time()
    try:
        # The second field is the name of the program in brackets, which may hold anything.
        fields = Path("/proc/self/stat").read_text(errors="replace").rpartition(")")[2].split()
        ticks = int(fields[_START_FIELD - 3])
    except (OSError, ValueError, IndexError):
        return now - used
    tick_seconds = 1 / os.sysconf("SC_CLK_TCK")
    oldest = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks * tick_seconds
    return now - min(oldest, max(used, oldest - tick_seconds))
