"""The launcher's loop: one process waits for the next command, and another is made as soon as that one has it.

The process that waits is a *monitor* that has made ready what every command needs (``monitor``, ``cell``), while nobody
waits for it; before the first command nothing is made, since there may be none. A monitor reads the command's
descriptor itself; the loop takes nothing but word that this happened, so that no command can disturb another. When its
command is over a monitor rests until one more is wanted. The launcher ends when the parent is gone; commands that still
run notice that themselves.
"""

from __future__ import annotations

import _socket
import fcntl
import gc
import os
import select
import signal

from jettison.sandbox import wire
from jettison.sandbox.launcher import monitor, seccomp, syscalls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_FIRST_FREE_DESCRIPTOR = 3
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
    while True:
        while not monitors.waiting:
            if not monitors.was_taken:
                _until_asked(requests)
            monitors.make()
        monitors.hear()


class _Monitors:
    """Those that wait for a command, those that have one, and those that had one and rest: each by the line to it."""

    def __init__(self, requests: wire.Channel) -> None:
        self.waiting: list[wire.Channel] = []
        self.was_taken = False
        """Whether the last one that waited no more was given a command; else it died, or there was none."""
        self._working: list[wire.Channel] = []
        self._resting: list[wire.Channel] = []
        self._requests = requests
        self._expected = wire.COMMAND

    def make(self) -> None:
        """Have one more wait for a command, of the same kind as the one before: one that rests, or a new one."""
        while self._resting and self._expected == wire.COMMAND:
            line = self._resting.pop()
            try:
                wire.send_descriptors(line, wire.FREE, [self._requests.fileno()])
            except (BrokenPipeError, ConnectionResetError):
                line.close()  # somebody killed it
            else:
                self.waiting.append(line)
                return
        ours, theirs = wire.channel_pair()
        try:
            child = os.fork()
        except OSError as error:  # so many processes are enough, says the machine
            ours.close()
            theirs.close()
            self.was_taken = False
            if not self.waiting:
                _refuse(self._requests, error)
            return
        if child == 0:
            for line in (ours, *self._lines()):
                line.close()  # else nobody but us would notice the end of the launcher
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(monitor.serve(self._requests, theirs, self._expected))
        theirs.close()
        self.waiting.append(ours)

    def hear(self) -> None:
        """Wait until one of them tells something. Does not return without a parent."""
        lines = {line.fileno(): line for line in self._lines()}
        poll = select.poll()
        for number in lines:
            poll.register(number, select.POLLIN)
        poll.register(self._requests, 0)  # its end is always told
        for descriptor, _ in poll.poll():
            if descriptor not in lines:
                os._exit(0)
            line = lines[descriptor]
            try:
                told = line.recv(1)
            except ConnectionResetError:
                told = b""
            self._take(line, told)

    def _take(self, line: wire.Channel, told: bytes) -> None:
        """What one of them tells: the kind of its command, that it is over, what it read that is no command."""
        if told == wire.WAKE:
            if len(self.waiting) < wire.MOST_WAITING:
                self.make()
        elif told == wire.FREE and len(self._resting) < wire.MOST_WAITING:
            self._working.remove(line)
            self._resting.append(line)
        elif told in (wire.COMMAND, wire.RUNTIME):
            self.waiting.remove(line)
            self._working.append(line)
            self._expected, self.was_taken = told, True
        else:
            self._forget(line)

    def _forget(self, line: wire.Channel) -> None:
        """One died, or shall end."""
        if line in self.waiting:
            self.was_taken = False
        for lines in (self.waiting, self._working, self._resting):
            if line in lines:
                lines.remove(line)
        line.close()

    def _lines(self) -> list[wire.Channel]:
        return [*self.waiting, *self._working, *self._resting]


def _refuse(requests: wire.Channel, error: OSError) -> None:
    """Tell whoever asks for a command, if somebody does, why there is nobody to run it."""
    try:
        _, descriptors = wire.receive_descriptors(requests, 1, _socket.MSG_DONTWAIT)
    except BlockingIOError:
        return
    for descriptor in descriptors:
        channel = wire.Channel(fileno=descriptor)
        try:
            received = wire.receive(channel)
            for stream in received[1] if received is not None else ():
                os.close(stream)
            wire.send(channel, {"failed": f"starting a process: {error.strerror}"}, [])
        except (BrokenPipeError, ConnectionResetError):
            pass  # whoever asked has gone
        channel.close()


def _until_asked(requests: wire.Channel) -> None:
    """Wait for a command before anything is made ready: for the first one, and where somebody kills what is.

    Does not return without a parent.
    """
    while kind := requests.recv(1, _socket.MSG_PEEK):
        if kind != wire.WAKE:
            return
        requests.recv(1)  # awake already
    os._exit(0)
