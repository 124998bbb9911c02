"""The launcher's loop: one process waits for the next command, and another is made as soon as that one has it.

The process that waits is a *monitor* that has made ready what every command needs (``monitor``, ``cell``), while nobody
waits for it; before the first command nothing is made, since there may be none. A monitor reads the command's
descriptor itself; the loop takes nothing but word that this happened, so that no command can disturb another. When its
command is over it makes ready for the next one, and waits again. The launcher ends when the parent is gone; commands
that still run notice that themselves.
"""

from __future__ import annotations

import _socket
import fcntl
import gc
import os
import select
import signal
from contextlib import suppress

from jettison.sandbox import wire
from jettison.sandbox.launcher import monitor, seccomp, syscalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_FIRST_FREE_DESCRIPTOR = 3
_MOST_WAITING = 4
"""So many monitors wait at most; those that come back when there are enough may end."""
_SIGNALS_OF_LIBC = (32, 33)


def main() -> NoReturn:
    """Serve the parent at the other end of descriptor 0 until it closes it; that is the end of the process."""
    requests = wire.Channel(fileno=fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE_DESCRIPTOR))
    null = os.open(os.devnull, os.O_RDWR)
    while null < _FIRST_FREE_DESCRIPTOR:
        null = os.dup(null)  # the parent had closed one of its standard streams
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    os.umask(0)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE, signal.SIGXFSZ}:
        signal.signal(number, signal.SIG_DFL)
    for hidden in _SIGNALS_OF_LIBC:
        syscalls.reset_signal(hidden)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    seccomp.prepare()
    gc.freeze()
    gc.disable()
    monitors = _Monitors(requests)
    _until_asked(requests)
    monitors.make()
    while True:
        monitors.hear()
        if not monitors.waiting:
            if not monitors.was_taken:
                _until_asked(requests)
            monitors.make()


class _Monitors:
    """Those that wait for a command, and those that have one, by the line on which each tells what becomes of it."""

    def __init__(self, requests: wire.Channel) -> None:
        self.waiting: list[wire.Channel] = []
        self.was_taken = True
        """Whether the last one that waited no more was given a command; else it died."""
        self._working: list[wire.Channel] = []
        self._requests = requests
        self._expected = wire.COMMAND

    def make(self) -> None:
        """Fork one that waits for a command, of the same kind as the one before."""
        ours, theirs = wire.channel_pair()
        if os.fork() == 0:
            for line in (ours, *self.waiting, *self._working):
                line.close()  # else nobody but us would notice the end of the launcher
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(monitor.serve(self._requests, theirs, self._expected))
        theirs.close()
        self.waiting.append(ours)

    def hear(self) -> None:
        """Wait until one of them tells something. Does not return without a parent."""
        lines = {line.fileno(): line for line in (*self.waiting, *self._working)}
        poll = select.poll()
        for line in lines:
            poll.register(line, select.POLLIN)
        poll.register(self._requests, 0)  # its end is always told
        for descriptor, _ in poll.poll():
            if descriptor not in lines:
                os._exit(0)
            self._take(lines[descriptor])

    def _take(self, line: wire.Channel) -> None:
        """Whatever one monitor tells."""
        try:
            told = line.recv(1)
        except ConnectionResetError:
            told = b""
        if told == wire.WAKE:
            if len(self.waiting) < _MOST_WAITING:
                self.make()
        elif told == wire.FREE and len(self.waiting) < _MOST_WAITING:
            self._working.remove(line)
            self.waiting.append(line)
            with suppress(BrokenPipeError, ConnectionResetError):  # it was killed, which its line tells
                wire.send_descriptors(line, told, [self._requests.fileno()])
        elif told in (wire.COMMAND, wire.RUNTIME):
            self.waiting.remove(line)
            self._working.append(line)
            self._expected, self.was_taken = told, True
        else:
            self._dismiss(line)

    def _dismiss(self, line: wire.Channel) -> None:
        """Forget one that died, or let it end."""
        if line in self.waiting:
            self.waiting.remove(line)
            self.was_taken = False
        else:
            self._working.remove(line)
        line.close()


def _until_asked(requests: wire.Channel) -> None:
    """Wait for a command before anything is made ready: for the first one, and where somebody kills what is.

    Does not return without a parent.
    """
    while kind := requests.recv(1, _socket.MSG_PEEK):
        if kind != wire.WAKE:
            return
        requests.recv(1)  # awake already
    os._exit(0)
