"""The jettison command, called as a user calls it, on a store of the demo's own."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jettison:
    """The program on one store, with the logs of what it was asked to do."""

    home: Path
    logs: Path

    def arguments(self, *arguments: str) -> list[str]:
        """The whole command line of a call."""
        return [str(Path(sys.executable).parent / "jettison"), "--home", str(self.home), *arguments]

    def call(self, log: str, *arguments: str) -> float:
        """Run a command to its end with its output in a log; gives the seconds, raises :class:`DemoError`."""
        path = self.logs / f"{log}.log"
        start = time.monotonic()
        with path.open("wb") as output:
            code = subprocess.run(
                self.arguments(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if code:
            tail = path.read_text(errors="replace").splitlines()[-25:]
            raise DemoError("\n".join([f"`jettison {' '.join(arguments)}` failed with exit code {code}:", *tail]))
        return time.monotonic() - start

    def answer(self, *arguments: str) -> str | None:
        """The standard output of a command; None where it fails."""
        done = subprocess.run(self.arguments(*arguments), stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None

    def start(self, log: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command that runs until it is stopped."""
        with (self.logs / f"{log}.log").open("wb") as output:
            return subprocess.Popen(
                self.arguments(*arguments), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
