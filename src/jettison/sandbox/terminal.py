"""Connecting the user's terminal with the pseudo terminal of a command, as ``docker run -it`` does (pty(7)).

While it lasts, the user's terminal is raw: every key, Ctrl-C too, goes to the command. It is restored on every way out
but a SIGKILL. Signals are another module's (``relay``).
"""

from __future__ import annotations

import errno
import os
import select
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from jettison.sandbox.interface import Process

_CHUNK_BYTES = 1 << 16


def attach(process: Process, *, stdin: int, stdout: int) -> int:
    """Pass keys and output between the user and a command with a terminal; the exit status.

    Closes ``process.terminal``. Where the user's terminal goes away, the command runs on unseen: whether it is to be
    killed, SIGHUP decides.
    """
    terminal = process.terminal
    if terminal is None:
        raise ValueError("the process was started without a terminal")
    try:
        with _raw(stdin):
            _Pump(terminal, stdin, stdout).run()
            status = process.wait()
    finally:
        os.close(terminal)
    if status is None:
        raise ValueError("waiting without a timeout returned nothing")
    return status


class _Pump:
    """Copies both ways without ever blocking on the command's side: it may read nothing while it writes much."""

    def __init__(self, terminal: int, stdin: int, stdout: int) -> None:
        self._terminal = terminal
        self._stdin = stdin
        self._stdout = stdout
        self._keys = b""
        self._stdin_open = True
        os.set_blocking(terminal, False)

    def run(self) -> None:
        """Copy until the command's side of the terminal is closed, which is when its last process ended."""
        while True:
            poll = select.poll()
            poll.register(self._terminal, select.POLLIN | (select.POLLOUT if self._keys else 0))
            if self._stdin_open and not self._keys:
                poll.register(self._stdin, select.POLLIN)
            ready = dict(poll.poll())
            if self._stdin in ready:
                self._read_keys()
            if ready.get(self._terminal, 0) & select.POLLOUT:
                self._send_keys()
            if ready.get(self._terminal, 0) & ~select.POLLOUT and not self._show_output():
                return

    def _read_keys(self) -> None:
        with _user_may_be_gone():
            self._keys = os.read(self._stdin, _CHUNK_BYTES)
        self._stdin_open = bool(self._keys)

    def _send_keys(self) -> None:
        try:
            self._keys = self._keys[os.write(self._terminal, self._keys) :]
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._keys = b""

    def _show_output(self) -> bool:
        try:
            data = os.read(self._terminal, _CHUNK_BYTES)
        except BlockingIOError:
            return True
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        view = memoryview(data)
        with _user_may_be_gone():
            while view:
                view = view[os.write(self._stdout, view) :]
        return bool(data)


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """A terminal in raw mode for the while; anything else is left alone."""
    if not os.isatty(descriptor):
        yield
        return
    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        yield
    finally:
        with suppress(termios.error):  # EIO: the terminal is gone
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _user_may_be_gone() -> Iterator[None]:
    """A terminal that was hung up answers EIO; that is no fault of the command."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EIO:
            raise
