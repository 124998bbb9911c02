"""The parent's side of the launcher: starting it, handing commands to it, and the processes that come of them."""

from __future__ import annotations

import _socket
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from jettison.errors import SandboxError
from jettison.hints import TYPE_CHECKING
from jettison.sandbox import wire
from jettison.sandbox.early import LauncherProcess
from jettison.sandbox.interface import Process

if TYPE_CHECKING:
    from jettison.sandbox.wire import WireRequest

_SOURCES = Path(__file__).parents[2]
_BOOT = "import sys; sys.path.append(sys.argv[1]); from jettison.sandbox.launcher.main import main; main()"


class Launcher:
    """The launcher process, started with the first command unless it is there; safe to use from many threads."""

    def __init__(self, early: LauncherProcess | None = None) -> None:
        """``early`` is dismissed together with this object; whoever made it waits for its end."""
        self._lock = threading.Lock()
        self._early = early
        self._process = early if early is not None and not early.is_closed else None

    def launch(self, request: WireRequest, streams: Sequence[int | None]) -> LaunchedProcess:
        """Start a command; see :meth:`Sandbox.start`."""
        ours, theirs = wire.channel_pair()
        try:
            with closing(theirs):
                self._hand_over(theirs, wire.COMMAND if request["runtime"] is None else wire.RUNTIME)
            null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
            try:
                wire.send(ours, request, [null if stream is None else stream for stream in streams])
            finally:
                os.close(null)
            return LaunchedProcess(ours)
        except OSError as error:
            ours.close()
            raise SandboxError(f"the launcher process does not answer: {error}") from error
        except BaseException:
            ours.close()
            raise

    def expect(self, commands: int) -> None:
        """Have so many made ready, where the process is there; one is in any case."""
        with self._lock:
            for _ in range(min(commands, wire.MOST_WAITING) - 1):
                if self._process is not None:
                    self._process.wake()

    def close(self) -> None:
        """End the process; commands that still run are not disturbed. Idempotent."""
        with self._lock:
            self._release()

    def _hand_over(self, channel: wire.Channel, kind: bytes) -> None:
        """Pass a command's channel to the launcher, a new one where somebody killed it."""
        with self._lock:
            try:
                wire.send_descriptors(self._connection(), kind, [channel.fileno()])
            except (BrokenPipeError, ConnectionResetError):
                self._release()
                wire.send_descriptors(self._connection(), kind, [channel.fileno()])

    def _release(self) -> None:
        """Let go of the process, which ends when it notices."""
        process, self._process = self._process, None
        if process is None:
            return
        if process is self._early:
            process.dismiss()
        else:
            process.close()

    def _connection(self) -> wire.Channel:
        if self._process is None:
            self._process = _start()
        return self._process.requests


def _start() -> LauncherProcess:
    """A launcher in an interpreter of its own: what a program with threads can start."""
    import subprocess

    ours, theirs = wire.channel_pair(_socket.SOCK_SEQPACKET)
    with closing(theirs):
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BOOT, os.fspath(_SOURCES)],
            stdin=theirs.fileno(),
            cwd="/",
            start_new_session=True,
        )
    return LauncherProcess(ours, process.wait)


class LaunchedProcess(Process):
    """A command that a launcher started. The monitor process behind ``channel`` does the work."""

    def __init__(self, channel: wire.Channel) -> None:
        self._channel = channel
        self._sending = threading.Lock()
        self._receiving = threading.Lock()
        self._status: int | None = None
        self._error: SandboxError | None = None
        self.terminal = None
        self._receive_one()
        if self._error is not None:
            raise self._error

    def wait(self, timeout_seconds: float | None = None) -> int | None:
        """See :meth:`Process.wait`."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        if not self._receiving.acquire(timeout=-1 if timeout_seconds is None else max(timeout_seconds, 0)):
            return None
        try:
            if self._status is None and self._error is None:
                if not self._readable(deadline):
                    return None
                self._receive_one()
        finally:
            self._receiving.release()
        if self._error is not None:
            raise self._error
        return self._status

    def signal(self, number: int) -> None:
        """See :meth:`Process.signal`."""
        valid = signal.Signals(number)
        with self._sending:
            if self._status is None and self._error is None:
                try:
                    wire.send(self._channel, {"signal": int(valid)})
                except (BrokenPipeError, ConnectionResetError):
                    return  # it ended in this moment; ``wait`` tells how

    def kill(self) -> None:
        """See :meth:`Process.kill`."""
        self.signal(signal.SIGKILL)

    def _readable(self, deadline: float | None) -> bool:
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        remaining = None if deadline is None else max(deadline - time.monotonic(), 0) * 1000
        return bool(poll.poll(remaining))

    def _receive_one(self) -> None:
        """Take the next answer: started, or the end."""
        received = wire.receive(self._channel)
        if received is None:
            self._finish(error=SandboxError("the process that watched over the command was killed"))
            return
        answer, descriptors = received
        if descriptors:
            self.terminal = descriptors[0]
        if "exited" in answer:
            self._finish(status=answer["exited"])
        elif "failed" in answer:
            self._finish(error=SandboxError(f"cannot run the command: {answer['failed']}"))

    def _finish(self, *, status: int | None = None, error: SandboxError | None = None) -> None:
        with self._sending:
            self._status, self._error = status, error
            self._channel.close()
