"""Progress for programs: one JSON object a line for each event (``--progress rawjson``; docs/commands.md).

The shape follows from the events themselves: ``event`` is the event's name in snake case, the other keys are its
fields. Bytes are base64, digests and times are as in the event.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from collections.abc import Callable
from typing import Any

from jettison.solve.events import Event

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


class JsonDisplay:
    """Writes each event as a line of JSON at once."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def feed(self, event: Event) -> None:
        """Write the event."""
        self._write(json.dumps(event_document(event), ensure_ascii=False, separators=(",", ":")) + "\n")

    def tick(self, now: float) -> None:
        """Nothing happens with time alone."""

    def close(self, now: float) -> None:
        """Nothing is left to be said."""


def event_document(event: Event) -> dict[str, Any]:
    """The event as a JSON object."""
    fields = dataclasses.asdict(event)
    name = _WORD.sub("_", type(event).__name__).lower()
    return {"event": name} | {key: _value(value) for key, value in fields.items()}


def _value(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
