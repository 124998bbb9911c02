"""Connecting the user's terminal with the pseudo terminal of a command, as ``docker run -it`` does (pty(7)).

While it lasts, the user's terminal is raw: every key, Ctrl-C too, goes to the command. It is restored on every way out
but a SIGKILL.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import struct
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from jettison.errors import CancelledError
from jettison.sandbox.interface import Process

_SIZE = struct.Struct("HHHH")
_CHUNK_BYTES = 1 << 16
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def window_size(descriptor: int) -> tuple[int, int]:
    """Rows and columns of a terminal; (0, 0) for anything else."""
    try:
        rows, columns, _, _ = _SIZE.unpack(fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(_SIZE.size)))
    except OSError:
        return (0, 0)
    return (rows, columns)


def resize(descriptor: int, size: tuple[int, int]) -> None:
    """Set the size of a terminal; what runs in it is told by SIGWINCH."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, _SIZE.pack(*size, 0, 0))


def attach(process: Process, *, stdin: int, stdout: int) -> int:
    """Pass keys, output and window sizes between the user and a command with a terminal; the exit status.

    Closes ``process.terminal``. Signals are watched only where this is the main thread. Raises
    :class:`CancelledError` for SIGTERM and SIGHUP, after killing the command.
    """
    terminal = process.terminal
    if terminal is None:
        raise ValueError("the process was started without a terminal")
    try:
        with _raw(stdin), _watched_signals() as signals:
            _Pump(process, terminal, stdin, stdout, signals).run()
            status = process.wait()
    finally:
        os.close(terminal)
    if status is None:
        raise ValueError("waiting without a timeout returned nothing")
    return status


class _Pump:
    """Copies both ways without ever blocking on the command's side: it may read nothing while it writes much."""

    def __init__(self, process: Process, terminal: int, stdin: int, stdout: int, signals: int) -> None:
        self._process = process
        self._terminal = terminal
        self._stdin = stdin
        self._stdout = stdout
        self._signals = signals
        self._keys = b""
        self._stdin_open = True
        os.set_blocking(terminal, False)

    def run(self) -> None:
        """Copy until the command's side of the terminal is closed, which is when its last process ended."""
        while True:
            poll = select.poll()
            poll.register(self._signals, select.POLLIN)
            poll.register(self._terminal, select.POLLIN | (select.POLLOUT if self._keys else 0))
            if self._stdin_open and not self._keys:
                poll.register(self._stdin, select.POLLIN)
            ready = dict(poll.poll())
            if self._signals in ready:
                self._handle_signals()
            if self._stdin in ready:
                self._keys = os.read(self._stdin, _CHUNK_BYTES)
                self._stdin_open = bool(self._keys)
            if ready.get(self._terminal, 0) & select.POLLOUT:
                self._send_keys()
            if ready.get(self._terminal, 0) & ~select.POLLOUT and not self._show_output():
                return

    def _handle_signals(self) -> None:
        for number in os.read(self._signals, _CHUNK_BYTES):
            if number == signal.SIGWINCH:
                resize(self._terminal, window_size(self._stdin))
            elif number in _ENDING_SIGNALS:
                self._process.kill()
                self._process.wait()
                error = CancelledError(f"ended by {signal.Signals(number).name}")
                error.exit_code = 128 + number
                raise error

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
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _watched_signals() -> Iterator[int]:
    """A descriptor from which the numbers of the signals that matter can be read, one byte each."""
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if threading.current_thread() is not threading.main_thread():
            yield reader
            return
        watched = (signal.SIGWINCH, *_ENDING_SIGNALS)
        before = [signal.signal(number, lambda *_: None) for number in watched]
        wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in zip(watched, before, strict=True):
                signal.signal(number, handler)
    finally:
        os.close(reader)
        os.close(writer)
