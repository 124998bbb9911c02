"""Measuring one command as a whole process: wall time, processor time and peak memory, as the kernel tells them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class BenchmarkError(Exception):
    """A benchmark cannot be run; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run of a command."""

    wall_seconds: float
    cpu_seconds: float
    """Of the command and its children; a daemon's is not in it."""
    peak_bytes: int
    """The largest resident set of one of its processes, or of the daemon that worked for it."""


def measure(command: Sequence[str], log: Path, *, daemon: int | None = None) -> Measured:
    """Run a command to its end; raises :class:`BenchmarkError` with what it printed when it fails."""
    if daemon is not None:
        Path(f"/proc/{daemon}/clear_refs").write_text("5")
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = log.read_text(errors="replace")[-2000:]
        raise BenchmarkError(f"{' '.join(command)} exits with {process.returncode}:\n{tail}")
    peak = usage.ru_maxrss * 1024
    if daemon is not None:
        peak = max(peak, _high_water_mark(daemon))
    return Measured(wall_seconds=wall, cpu_seconds=usage.ru_utime + usage.ru_stime, peak_bytes=peak)


def run_quietly(command: Sequence[str], log: Path) -> None:
    """Run a command that is not measured; raises :class:`BenchmarkError`."""
    measure(command, log)


def _high_water_mark(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
