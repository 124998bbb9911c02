"""A program on a pseudo terminal, as a user's keyboard and eyes."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class Terminal:
    """Runs the command with the pseudo terminal, 33 rows of 77 columns, as its controlling one; it is killed at the end of the body."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.seen = ""
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
        try:
            self.process = subprocess.Popen(
                ["setsid", "--ctty", "--wait", *command],
                stdin=slave, stdout=slave, stderr=slave, env=dict(environment), cwd=folder, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the window."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def echoes(self) -> bool:
        """Whether the terminal itself shows what is typed: not while a program has it raw."""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def send(self, text: str) -> None:
        """Press these keys."""
        os.write(self._master, text.encode())

    def wait_for(self, text: str) -> None:
        """Until this has been shown."""
        self.wait_until(lambda: text in self.seen)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        """Until the condition holds; what is shown meanwhile is in ``seen``."""
        give_up = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < give_up, self.seen
            if select.select([self._master], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self._master, 65536).decode(errors="replace")
                except OSError:
                    self.process.wait()
                    assert condition(), self.seen
                    return
