"""One command from request to exit status: mounts its root, starts it, passes signals on, cleans up.

The monitor lives outside the command's process namespace. The parent hears from it, in this order: ``started`` (with the
terminal's descriptor where there is one), then ``exited``; or ``failed`` in place of either. It hears from the parent:
``signal``. Where the parent goes away, the command is killed.
"""

from __future__ import annotations

import os
import select
import signal

from jettison.sandbox import wire
from jettison.sandbox.launcher import container
from jettison.sandbox.launcher.errors import CommandError, LaunchError
from jettison.sandbox.launcher.staging import Staging

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from jettison.sandbox.wire import WireRequest


def serve(channel: socket.socket) -> int:
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
    try:
        wire.send(channel, answer)
    except (BrokenPipeError, ConnectionResetError):
        return 1
    return 0


def _run(request: WireRequest, streams: list[int], channel: socket.socket) -> int:
    staging = Staging(request)
    try:
        child, console = container.start(request["command"], staging, streams)
        wire.send(channel, {"started": child}, console)
    except CommandError as error:
        os.write(streams[2], f"{error}\n".encode("utf-8", "surrogateescape"))
        code = error.exit_code
    else:
        for descriptor in (*streams, *console):
            os.close(descriptor)
        code = _watch(child, channel)
    staging.clean()
    return code


def _watch(child: int, channel: socket.socket) -> int:
    """Pass signals on until the command ended; its exit status as docker tells it."""
    process = os.pidfd_open(child)
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.register(channel, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if process in ready:
            break
        received = wire.receive(channel)
        if received is None:
            poll.unregister(channel)
            signal.pidfd_send_signal(process, signal.SIGKILL)
        else:
            signal.pidfd_send_signal(process, received[0]["signal"])
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code
