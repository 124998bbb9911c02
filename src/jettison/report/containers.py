"""The rows of ``ps``."""

from __future__ import annotations

import json

from jettison.report.listing import Listing, Row
from jettison.report.moments import UNKNOWN, long_form, since
from jettison.report.table import ellipsis
from jettison.report.units import human_duration, human_size

_COMMAND_LENGTH = 20
_ID_LENGTH = 12

CONTAINERS = Listing(
    headers={
        "ID": "CONTAINER ID",
        "Image": "IMAGE",
        "Command": "COMMAND",
        "CreatedAt": "CREATED AT",
        "RunningFor": "CREATED",
        "State": "STATE",
        "Status": "STATUS",
        "Ports": "PORTS",
        "Names": "NAMES",
        "Size": "SIZE",
    },
    columns=("ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"),
)

CONTAINERS_WITH_SIZES = ("ID", "Image", "Command", "Size", "RunningFor", "Status", "Names")


def container_row(
    *,
    container_id: str,
    name: str,
    image: str,
    command: str,
    created: float,
    started: float | None,
    finished: float | None,
    running: bool,
    exit_code: int | None,
    size_bytes: int | None = None,
    now: float,
    truncate: bool = True,
) -> Row:
    """One line of ``ps``. Times are seconds since 1970; ``size_bytes`` is what it wrote, where that was measured."""
    shown = ellipsis(command, _COMMAND_LENGTH) if truncate else command
    return {
        "ID": container_id[:_ID_LENGTH] if truncate else container_id,
        "Image": image,
        "Command": json.dumps(shown, ensure_ascii=False),
        "CreatedAt": long_form(created),
        "RunningFor": since(created, now),
        "State": "running" if running else "created" if started is None else "exited",
        "Status": _status(started, finished, running=running, exit_code=exit_code, now=now),
        "Ports": "",
        "Names": name,
        "Size": UNKNOWN if size_bytes is None else human_size(size_bytes),
    }


def _status(started: float | None, finished: float | None, *, running: bool, exit_code: int | None, now: float) -> str:
    if started is None:
        return "Created"
    if running:
        return f"Up {human_duration(now - started)}"
    code = "unknown" if exit_code is None else str(exit_code)
    return f"Exited ({code})" + ("" if finished is None else f" {human_duration(now - finished)} ago")
