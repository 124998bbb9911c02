"""The launcher's loop: one process waits for the next command, and another is made as soon as that one has it.

The process that waits is a *monitor* that has made ready what every command needs (``monitor``, ``cell``), while nobody
waits for it; before the first command nothing is made, since there may be none. A monitor reads the command's
descriptor itself; the loop takes nothing but word that this happened, so that no command can disturb another. It ends
when the parent is gone; commands that still run notice that themselves.
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
    expected = wire.COMMAND
    _until_asked(requests)
    while True:
        taken = _wait_for(_monitor(requests, expected), requests)
        if taken:
            expected = taken  # the next command will be of the same kind
        else:
            _until_asked(requests)


def _monitor(requests: wire.Channel, expected: bytes) -> wire.Channel:
    """Fork a monitor that waits for the next command; the line on which it tells that it has one."""
    ours, theirs = wire.channel_pair()
    if os.fork() == 0:
        ours.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os._exit(monitor.serve(requests, theirs, expected))
    theirs.close()
    return ours


def _wait_for(waiting: wire.Channel, requests: wire.Channel) -> bytes:
    """The kind of command that the monitor was given; nothing where it died. Does not return without a parent."""
    poll = select.poll()
    poll.register(waiting, select.POLLIN)
    poll.register(requests, 0)  # its end is always told
    ready = dict(poll.poll())
    if waiting.fileno() not in ready:
        os._exit(0)
    try:
        return waiting.recv(1)
    except ConnectionResetError:
        return b""
    finally:
        waiting.close()


def _until_asked(requests: wire.Channel) -> None:
    """Wait for a command before anything is made ready: for the first one, and where somebody kills what is.

    Does not return without a parent.
    """
    while kind := requests.recv(1, _socket.MSG_PEEK):
        if kind != wire.WAKE:
            return
        requests.recv(1)  # awake already
    os._exit(0)
