"""A command of a RUN while it runs: what it writes is handed on as it comes, and its end is waited for."""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable

from jettison.dockerfile.go_format import quote
from jettison.errors import BuildError
from jettison.sandbox.interface import Process
from jettison.solve.events import SpanKind
from jettison.solve.spans import Spans

Output = Callable[[int, bytes], None]
"""Called with 1 (standard output) or 2 (standard error) and what was written."""

_READ_BYTES = 1 << 16
_LOOK_SECONDS = 0.1
"""How often a running command is asked whether it is still wanted."""

_TAIL_LINES = 20
_MAX_TAIL_LINE_BYTES = 1 << 12


_MAX_SHOWN = 1000
"""How much of a command an error repeats."""
_NOT_EXECUTABLE = 126
_TOO_LONG = "the kernel takes 128 KiB in one argument or variable: put long texts into a file, such as by COPY <<EOF"
_MEANINGS = {
    _NOT_EXECUTABLE: (
        "126 says that something cannot be executed: is it a program for this platform, with the mode to be run?"
    ),
    127: "127 says that a command was not found: is it installed in this stage, and in PATH?",
    137: "137 says that it was killed: by the machine, when memory is short?",
}
"""What exit codes say, by convention of shells and docker."""


class CommandFailedError(BuildError):
    """A RUN that ended with another status than 0."""

    def __init__(self, command: str, status: int, tail: str) -> None:
        shown = command if len(command) <= _MAX_SHOWN else f"{command[:_MAX_SHOWN]}…"
        too_long = status == _NOT_EXECUTABLE and tail.rstrip().endswith(": argument list too long")
        super().__init__(
            f"process {quote(shown)} did not complete successfully: exit code: {status}",
            hint=_TOO_LONG if too_long else _MEANINGS.get(status),
        )
        self.status = status
        self.tail = tail
        """The last lines that the command wrote."""


def watch(
    start: Callable[[int, int], Process], output: Output, cancelled: threading.Event, spans: Spans
) -> tuple[int, str]:
    """Start a process, hand on what it writes as it comes, and wait; kills it when ``cancelled`` is set.

    Returns its status and its last lines. An error of ``output`` kills the process too, and is raised.
    """
    tail: deque[bytes] = deque(maxlen=_TAIL_LINES)
    pipes: dict[int, _Pipe] = {}
    writers = []
    try:
        try:
            for stream in (1, 2):
                read_end, write_end = os.pipe2(os.O_CLOEXEC)
                pipes[read_end] = _Pipe(stream, output, tail)
                writers.append(write_end)
            process = start(*writers)
        finally:
            for write_end in writers:
                os.close(write_end)
        with spans(SpanKind.COMMAND):
            status = _attend(process, pipes, cancelled)
    finally:
        for descriptor in pipes:
            os.close(descriptor)
    return status, b"".join(tail).decode("utf-8", "replace")


def _attend(process: Process, pipes: dict[int, _Pipe], cancelled: threading.Event) -> int:
    """Read what the process writes, and wait for its end; its status."""
    status = None
    try:
        _pump(pipes, cancelled)
        while status is None and not cancelled.is_set():
            status = process.wait(_LOOK_SECONDS)
    finally:
        if status is None:
            process.kill()
            status = process.wait()
    assert status is not None
    return status


def _pump(pipes: dict[int, _Pipe], cancelled: threading.Event) -> None:
    """Hand on what comes, until all pipes ended, which they leave, or ``cancelled`` is set."""
    poll = select.poll()
    for descriptor in pipes:
        poll.register(descriptor, select.POLLIN)
    while pipes and not cancelled.is_set():
        for descriptor, _ in poll.poll(_LOOK_SECONDS * 1000):
            data = os.read(descriptor, _READ_BYTES)
            pipes[descriptor].take(data)
            if not data:
                poll.unregister(descriptor)
                del pipes[descriptor]
                os.close(descriptor)


class _Pipe:
    """Hands on what comes out of a pipe, and keeps the last lines."""

    def __init__(self, stream: int, output: Output, tail: deque[bytes]) -> None:
        self._stream = stream
        self._output = output
        self._tail = tail
        self._rest = b""

    def take(self, data: bytes) -> None:
        """The next bytes; none is the end."""
        if not data:
            if self._rest:
                self._tail.append(self._rest)
            return
        self._output(self._stream, data)
        *lines, rest = (self._rest + data).split(b"\n")
        self._tail.extend(line + b"\n" for line in lines[-_TAIL_LINES:])
        self._rest = rest[-_MAX_TAIL_LINE_BYTES:]
