"""The launcher's loop: for each command one descriptor arrives, and one process of its own serves it.

The loop reads nothing but that descriptor, so that no command can disturb another. It ends when the parent is gone;
commands that still run notice that themselves (``monitor``).
"""

from __future__ import annotations

import fcntl
import gc
import os
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
    while True:
        data, descriptors = wire.receive_descriptors(requests, 1)
        if not data:
            os._exit(0)
        if not descriptors:
            continue  # woken, and awake already
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os._exit(monitor.serve(wire.Channel(fileno=descriptors[0])))
        os.close(descriptors[0])
