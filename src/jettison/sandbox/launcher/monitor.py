"""One command from request to exit status: mounts its root, starts it, passes signals on, cleans up.

The monitor lives outside the command's process namespace. The parent hears from it, in this order: ``started`` (with
the terminal's descriptor where there is one), then ``exited``; or ``failed`` in place of either. It hears from the
parent: ``signal``. Where the parent goes away, the command is killed.
"""

from __future__ import annotations

import os

from jettison.sandbox import wire
from jettison.sandbox.launcher import container, runtime
from jettison.sandbox.launcher.errors import CommandError, LaunchError
from jettison.sandbox.launcher.staging import Staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireRequest


def serve(channel: wire.Channel) -> int:
    """Serve one command; returns the status of this process, which nobody reads."""
    received = wire.receive(channel)
    if received is None:
        return 0
    request, streams = received
    try:
        code = _run(request, streams, channel)
        answer: dict[str, object] = {"exited": code}
    except (LaunchError, OSError) as error:
        answer = {"failed": str(error)}
    _answer(channel, answer)
    return 0


def _run(request: WireRequest, streams: list[int], channel: wire.Channel) -> int:
    staging = Staging(request)
    called = request["runtime"]
    try:
        if called is None:
            running, terminal = container.start(request["command"], staging, streams)
        else:
            running, terminal = runtime.start(called, request["command"], staging, streams)
        _answer(channel, {"started": True}, terminal)
        for descriptor in (*terminal, *streams[:2]):
            os.close(descriptor)
        code = running.wait(channel)
        if called is not None:
            runtime.check(called, staging)
    except CommandError as error:
        if called is None:
            _tell(streams[2], str(error))
        code = error.exit_code
    staging.clean()
    return code


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
