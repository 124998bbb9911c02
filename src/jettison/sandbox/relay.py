"""The user's signals, passed on to a command while it runs, as ``docker run --sig-proxy`` does.

Nothing is raised in the middle of other work: what arrives is a byte in a pipe, and a thread acts on it once the
command runs. So a signal is never lost between two lines, and the command's own exit status is always known.

| signal | effect |
|---|---|
| SIGINT | the first is passed on, the second kills |
| SIGTERM | passed on; a second one kills, or the end of the grace period, which is that of ``docker stop`` |
| SIGQUIT, SIGUSR1, SIGUSR2 | passed on |
| SIGHUP | kills: the terminal is gone, or ``jettison rm -f`` asks for it |
| SIGWINCH | the terminal of the command gets the size of the user's |

What this process was started to ignore, as by nohup(1), stays ignored.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from jettison.errors import JettisonError
from jettison.pools import begin
from jettison.sandbox.interface import Process
from jettison.sandbox.window import resize, window_size

GRACE_SECONDS = 10.0
"""How long a command may take to end after SIGTERM."""

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_KILLING_TWICE = (signal.SIGINT, signal.SIGTERM)
_WATCHED = (*_PASSED_ON, signal.SIGHUP, signal.SIGWINCH)
_CHUNK_BYTES = 1 << 10


class SignalRelay:
    """Signals that arrived and those that will; made by :func:`caught_signals`."""

    def __init__(self, arrived: int, grace_seconds: float) -> None:
        self._arrived = arrived
        self._grace_seconds = grace_seconds

    @contextmanager
    def to(self, process: Process, *, window: int) -> Iterator[None]:
        """Pass on what arrived and what arrives during the body; ``window`` is a descriptor of the user's terminal."""
        with ExitStack() as stack:
            terminal = None if process.terminal is None else os.dup(process.terminal)
            if terminal is not None:
                stack.callback(os.close, terminal)
            ended, end = os.pipe2(os.O_CLOEXEC)
            stack.callback(os.close, ended)
            delivery = _Delivery(process, terminal, window, self._grace_seconds)
            thread = threading.Thread(target=delivery.run, args=(self._arrived, ended), name="signals")
            try:
                begin(thread)
            except JettisonError:
                os.close(end)
                raise
            stack.callback(thread.join)
            stack.callback(os.close, end)
            yield


@contextmanager
def caught_signals(*, grace_seconds: float = GRACE_SECONDS) -> Iterator[SignalRelay]:
    """For the length of the body signals do nothing but wait for :meth:`SignalRelay.to`.

    To be entered before the command is started. Only the main thread hears signals; in another one the relay is silent.
    """
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    with ExitStack() as stack:
        stack.callback(os.close, reader)
        stack.callback(os.close, writer)
        if threading.current_thread() is threading.main_thread():
            stack.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(writer, warn_on_full_buffer=False))
            for number in _WATCHED:
                before = signal.getsignal(number)
                if before not in (signal.SIG_IGN, None):
                    stack.callback(signal.signal, number, before)
                    signal.signal(number, _wait_for_delivery)
        yield SignalRelay(reader, grace_seconds)


def _wait_for_delivery(number: int, frame: FrameType | None) -> None:
    """The byte is in the pipe already."""


class _Delivery:
    """The thread's side: reads numbers of signals, and acts on the command."""

    def __init__(self, process: Process, terminal: int | None, window: int, grace_seconds: float) -> None:
        self._process = process
        self._terminal = terminal
        self._window = window
        self._grace_seconds = grace_seconds
        self._seen: set[int] = set()
        self._kill_at: float | None = None

    def run(self, arrived: int, ended: int) -> None:
        """Act on signals until the other end of ``ended`` is closed."""
        poll = select.poll()
        poll.register(arrived, select.POLLIN)
        poll.register(ended, select.POLLIN)
        while True:
            ready = dict(poll.poll(self._remaining_milliseconds()))
            if ended in ready:
                return
            if arrived in ready:
                for number in os.read(arrived, _CHUNK_BYTES):
                    self._act(number)
            if self._kill_at is not None and time.monotonic() >= self._kill_at:
                self._kill()

    def _act(self, number: int) -> None:
        if number == signal.SIGWINCH:
            if self._terminal is not None:
                resize(self._terminal, window_size(self._window))
        elif number == signal.SIGHUP or (number in _KILLING_TWICE and number in self._seen):
            self._kill()
        elif number in _PASSED_ON:
            self._process.signal(number)
            if number == signal.SIGTERM:
                self._kill_at = time.monotonic() + self._grace_seconds
        self._seen.add(number)

    def _kill(self) -> None:
        self._kill_at = None
        self._process.kill()

    def _remaining_milliseconds(self) -> float | None:
        return None if self._kill_at is None else max(self._kill_at - time.monotonic(), 0) * 1000
