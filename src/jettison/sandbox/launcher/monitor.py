"""Commands, one after another, from request to exit status: mounts its root, starts it, passes signals on, cleans up.

The monitor lives outside the command's process namespace, and is there before the command, with a *cell* that the
command will probably fit in. The parent hears from it, in this order: ``started`` (with the terminal's descriptor where
there is one), then ``exited``; or ``failed`` in place of either. It hears from the parent: ``signal``. Where the parent
goes away, the command is killed.
"""

from __future__ import annotations

import _socket
import os
import select

from jettison.sandbox import wire
from jettison.sandbox.launcher import runtime, staging
from jettison.sandbox.launcher.cell import USUAL, Cell, surroundings_of
from jettison.sandbox.launcher.errors import CommandError, LaunchError
from jettison.sandbox.launcher.outside import Outside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireRequest


def serve(requests: wire.Channel, launcher: wire.Channel, expected: bytes) -> int:
    """Serve one command after another; returns the status of this process, which nobody reads.

    ``launcher`` is told the kind of each command as soon as there is one, and that it is over; ``expected`` is what the
    first one will probably be. Without a command it returns when the parent or the launcher is gone. After a command
    that was not started in a cell of ours, or went wrong otherwise than commands do, it returns too: then nothing of
    what it made is used again.
    """
    try:
        outside = Outside()
        cell = Cell(USUAL) if expected == wire.COMMAND else None
    except (LaunchError, OSError) as error:
        return _refuse(requests, launcher, error)
    while (channel := _next(requests, launcher)) is not None:
        requests.close()
        if not _serve(channel, cell):
            break
        channel.close()
        try:
            outside.come_back(launcher.fileno())
        except OSError:
            break
        free = _free(launcher)
        if free is None:
            break
        requests = free
        try:
            cell = Cell(USUAL)
        except (LaunchError, OSError) as error:
            return _refuse(requests, launcher, error)
    return 0


def _serve(channel: wire.Channel, cell: Cell | None) -> bool:
    """Serve one command; whether this process can serve another one."""
    received = wire.receive(channel)
    if received is None:
        return False
    request, streams = received
    try:
        staging.enter_namespace()  # not sooner: what the machine has mounted by now is what the request means
        answer: dict[str, object] = {"exited": _run(request, streams, channel, cell)}
    except (LaunchError, OSError) as error:
        answer = {"failed": str(error)}
    _answer(channel, answer)
    return "exited" in answer and request["runtime"] is None


def _refuse(requests: wire.Channel, launcher: wire.Channel, error: Exception) -> int:
    """Tell the next who asks for a command why none can be started."""
    channel = _next(requests, launcher)
    if channel is not None and wire.receive(channel) is not None:
        _answer(channel, {"failed": str(error)})
    return 0


def _free(launcher: wire.Channel) -> wire.Channel | None:
    """Tell the launcher that another command can come, and rest until it says so; None where none will.

    It then gives the channel of the requests, which is not held in between: else the parent would not notice the end of
    the launcher.
    """
    try:
        launcher.send(wire.FREE)
        _, descriptors = wire.receive_descriptors(launcher, 1)
    except (BrokenPipeError, ConnectionResetError):
        return None
    return wire.Channel(fileno=descriptors[0]) if descriptors else None


def _next(requests: wire.Channel, launcher: wire.Channel) -> wire.Channel | None:
    """The channel of the next command; None where there will be none."""
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    poll.register(launcher, select.POLLIN)
    while requests.fileno() in dict(poll.poll()):
        try:
            kind, descriptors = wire.receive_descriptors(requests, 1, _socket.MSG_DONTWAIT)
        except BlockingIOError:
            continue  # another one that waits has it
        if not kind:
            break
        try:
            launcher.send(kind)
        except BrokenPipeError:
            pass  # it was killed, which is nothing to the command
        if descriptors:
            return wire.Channel(fileno=descriptors[0])
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
