"""One command from request to exit status: mounts its root, starts it, passes signals on, cleans up.

The monitor lives outside the command's process namespace, and is there before the command, with a *cell* that the
command will probably fit in. The parent hears from it, in this order: ``started`` (with the terminal's descriptor where
there is one), then ``exited``; or ``failed`` in place of either. It hears from the parent: ``signal``. Where the parent
goes away, the command is killed.
"""

from __future__ import annotations

import os
import select

from jettison.sandbox import wire
from jettison.sandbox.launcher import runtime, staging
from jettison.sandbox.launcher.cell import USUAL, Cell, surroundings_of
from jettison.sandbox.launcher.errors import CommandError, LaunchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireRequest


def serve(requests: wire.Channel, launcher: wire.Channel, expected: bytes) -> int:
    """Wait for one command and serve it; returns the status of this process, which nobody reads.

    ``launcher`` is told the kind of command as soon as there is one; ``expected`` is what it will probably be. Without
    a command it returns when the parent or the launcher is gone.
    """
    try:
        cell = Cell(USUAL) if expected == wire.COMMAND else None
        error = None
    except (LaunchError, OSError) as raised:
        cell, error = None, raised  # told to whoever asks for a command
    channel = _next(requests, launcher)
    requests.close()
    launcher.close()
    received = None if channel is None else wire.receive(channel)
    if channel is None or received is None:
        return 0
    request, streams = received
    try:
        if error is not None:
            raise error
        staging.enter_namespace()  # not sooner: what the machine has mounted by now is what the request means
        answer: dict[str, object] = {"exited": _run(request, streams, channel, cell)}
    except (LaunchError, OSError) as raised:
        answer = {"failed": str(raised)}
    _answer(channel, answer)
    return 0


def _next(requests: wire.Channel, launcher: wire.Channel) -> wire.Channel | None:
    """The channel of the next command; None where there will be none."""
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    poll.register(launcher, select.POLLIN)
    while requests.fileno() in dict(poll.poll()):
        kind, descriptors = wire.receive_descriptors(requests, 1)
        if descriptors:
            try:
                launcher.send(kind)
            except BrokenPipeError:
                pass  # it was killed, which is nothing to the command
            return wire.Channel(fileno=descriptors[0])
        if not kind:
            break
    return None


def _run(request: WireRequest, streams: list[int], channel: wire.Channel, cell: Cell | None) -> int:
    staged = staging.Staging(request)
    called = request["runtime"]
    try:
        if called is None:
            cell = _fitting(cell, request)
            running, terminal = cell.enter(request["command"], staged, streams)
        else:
            if cell is not None:
                cell.discard()
            running, terminal = runtime.start(called, request["command"], staged, streams)
        _answer(channel, {"started": True}, terminal)
        for descriptor in (*terminal, *streams):
            os.close(descriptor)  # who reads what the command writes shall see the end of it when the command ends
        code = running.wait(channel)
        if called is not None:
            runtime.check(called, staged)
    except CommandError as error:
        if called is None:
            _tell(streams[2], str(error))
        code = error.exit_code
    staged.clean()
    return code


def _fitting(cell: Cell | None, request: WireRequest) -> Cell:
    """The cell, or another one where the command asks for other surroundings."""
    surroundings = surroundings_of(request["command"])
    if cell is not None:
        if cell.surroundings == surroundings:
            return cell
        cell.discard()
    return Cell(surroundings)


def _answer(channel: wire.Channel, answer: dict[str, object], descriptors: list[int] | None = None) -> None:
    """Answer the parent, if it is still there; where it is not, reading from it tells so."""
    try:
        wire.send(channel, answer, descriptors or [])
    except (BrokenPipeError, ConnectionResetError):
        return


def _tell(stream: int, message: str) -> None:
    """Write a line to the command's standard error, where a runtime tells the same by itself."""
    try:
        os.write(stream, f"{message}\n".encode("utf-8", "surrogateescape"))
    except OSError:
        return  # nobody reads it; the exit status tells as much
