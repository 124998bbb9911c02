"""``jettison rm``."""

from __future__ import annotations

import os
import signal
import time

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.stored import for_each
from jettison.errors import SandboxError
from jettison.store import ContainerRecord, ContainerState, Store

_HANGUP_SECONDS = 5.0
_KILL_SECONDS = 10.0
_POLL_SECONDS = 0.05


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("-f", "--force", help="Force the removal of a running container (uses SIGKILL)")
    parser.switch("-v", "--volumes", help="Accepted and without effect: volumes are part of the container")


def run(arguments: Arguments, context: Context) -> int:
    """Remove containers, and print the name of each that is gone."""
    with context.open_store() as store:

        def remove(name: str) -> None:
            record = store.containers.find(name)
            if arguments.force and record.state is ContainerState.RUNNING:
                _kill(store, record)
            store.containers.remove(record.container_id)
            context.write(f"{name}\n")

        return for_each(arguments.arguments, remove, context)


def _kill(store: Store, record: ContainerRecord) -> None:
    """End the process that runs the container, which kills the container, and wait until it is known to have ended.

    SIGHUP first: ``jettison run`` then kills the container at once, notes its end and gives its user the terminal back.
    """
    for number, seconds in ((signal.SIGHUP, _HANGUP_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
        if record.pid is not None:
            try:
                os.kill(record.pid, number)
            except ProcessLookupError:
                pass
            except PermissionError as error:
                raise SandboxError(f"cannot kill the container {record.name}: process {record.pid}: {error}") from error
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            if not _is_running(store, record):
                return
            time.sleep(_POLL_SECONDS)
    raise SandboxError(f"the container {record.name} still runs {_KILL_SECONDS:.0f} seconds after SIGKILL")


def _is_running(store: Store, record: ContainerRecord) -> bool:
    return any(
        one.container_id == record.container_id and one.state is ContainerState.RUNNING
        for one in store.containers.list()
    )
