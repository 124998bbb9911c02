"""A launcher that is forked off while the program is still small and has one thread.

Starting an interpreter for it takes as long as several commands. So a program that will perhaps run commands forks the
launcher's process before it loads what it needs itself; it waits, and loads the launcher when it is woken. A program
that has threads already cannot do that (docs/adr/0002): there ``launch`` starts an interpreter with the first command.
"""

from __future__ import annotations

import _socket
import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from jettison.hints import NoReturn
from jettison.sandbox import wire


class LauncherProcess:
    """The process of a launcher, and the connection to it. Close it; closing disturbs no command that runs."""

    def __init__(self, requests: wire.Channel, wait: Callable[[], object]) -> None:
        self.requests = requests
        self.is_closed = False
        self._wait = wait

    def wake(self) -> None:
        """Have it load the launcher now, in the background, since a command will probably come."""
        with suppress(BrokenPipeError, ConnectionResetError):  # somebody killed it: the first command finds that out
            self.requests.send(wire.WAKE)

    def dismiss(self) -> None:
        """Let it end; idempotent."""
        self.is_closed = True
        self.requests.close()

    def close(self) -> None:
        """Let it end, and wait for that; idempotent."""
        self.dismiss()
        wait, self._wait = self._wait, lambda: None
        wait()


@contextmanager
def early_launcher(*, awake: bool = False) -> Iterator[LauncherProcess | None]:
    """For the length of the body a launcher that waits for commands; None where this process has threads.

    ``awake`` where a command will probably come: then it loads at once what it needs.
    """
    if threading.active_count() > 1:
        yield None
        return
    process = _fork()
    try:
        if awake:
            process.wake()
        yield process
    finally:
        process.close()


def _fork() -> LauncherProcess:
    ours, theirs = wire.channel_pair(_socket.SOCK_SEQPACKET)
    number = os.fork()
    if number == 0:
        _become_launcher(theirs)
    theirs.close()
    return LauncherProcess(ours, lambda: os.waitpid(number, 0))


def _become_launcher(requests: wire.Channel) -> NoReturn:
    """Never returns: what the parent had open is closed, and no object of it is ever looked at again."""
    try:
        gc.disable()
        os.setsid()
        os.chdir("/")
        os.dup2(requests.fileno(), 0)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        inherited = wire.Channel(fileno=0)
        if inherited.recv(1, _socket.MSG_PEEK):
            inherited.detach()
            from jettison.sandbox.launcher.main import main

            main()
    finally:
        os._exit(0)
