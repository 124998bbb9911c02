"""A command that runs: the one process to wait for, and the one whose death takes all others along."""

from __future__ import annotations

import os
import select
import signal

from jettison.sandbox import wire


class Running:
    """``process`` ends with the command; ``first`` is process 1 of the outermost process namespace made for it.

    ``life_line`` is kept open for as long as this process lives.
    """

    def __init__(self, process: int, first: int, life_line: wire.Channel | None = None) -> None:
        self._process = process
        self._first = first
        self._life_line = life_line

    def wait(self, channel: wire.Channel) -> int:
        """Pass the parent's signals on until all is over; the exit status as docker tells it."""
        handle = os.pidfd_open(self._process)
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(channel, select.POLLIN)
        while True:
            ready = dict(poll.poll())
            if handle in ready:
                break
            received = wire.receive(channel)
            if received is None:
                poll.unregister(channel)
                self._signal(signal.SIGKILL)
            else:
                self._signal(received[0]["signal"])
        _, status = os.waitpid(self._process, 0)
        if self._first != self._process:
            os.kill(self._first, signal.SIGKILL)
            os.waitpid(self._first, 0)
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _signal(self, number: int) -> None:
        """Neither process was waited for yet, so the numbers are still theirs."""
        os.kill(self._first if number == signal.SIGKILL else self._process, number)
