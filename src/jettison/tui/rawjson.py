"""Progress for programs: one JSON object a line for each event (``--progress rawjson``; docs/commands.md).

The shape follows from the events themselves: ``event`` is the event's name in snake case, the other keys are its
fields. Bytes are base64, in texts those that are not UTF-8 are U+FFFD; digests and times are as in the event.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

from jettison import frozen
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.patterns import late_pattern
from jettison.solve.events import Event, SpanKind, VertexInfo

_WORD = late_pattern(r"(?<=[a-z])(?=[A-Z])")


class JsonDisplay:
    """Writes each event as a line of JSON at once."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def feed(self, event: Event) -> None:
        """Write the event."""
        text = json.dumps(event_document(event), ensure_ascii=False, separators=(",", ":"))
        self._write(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + "\n")

    def tick(self, now: float) -> None:
        """Nothing happens with time alone."""

    def close(self, now: float) -> None:
        """Nothing is left to be said."""


def event_document(event: Event) -> dict[str, Any]:
    """The event as a JSON object."""
    fields = frozen.asdict(event)
    return {"event": _name(type(event))} | {key: _value(value) for key, value in fields.items()}


def parse_event(document: Mapping[str, Any]) -> Event:
    """The event of a document; the inverse of :func:`event_document`."""
    fields = {key: value for key, value in document.items() if key != "event"}
    if "vertex" in fields:
        fields["vertex"] = _vertex(fields["vertex"])
    if "vertices" in fields:
        fields["vertices"] = tuple(map(_vertex, fields["vertices"]))
    if "names" in fields:
        fields["names"] = tuple(fields["names"])
    if fields.get("image_id") is not None:
        fields["image_id"] = Digest(fields["image_id"])
    if "kind" in fields:
        fields["kind"] = SpanKind(fields["kind"])
    if "data" in fields:
        fields["data"] = base64.b64decode(fields["data"])
    event: Event = _KINDS[document["event"]](**fields)
    return event


def _vertex(document: Mapping[str, Any]) -> VertexInfo:
    return VertexInfo(**{**document, "inputs": tuple(document["inputs"])})


def _name(kind: type) -> str:
    return _WORD.sub("_", kind.__name__).lower()


_KINDS = {_name(kind): kind for kind in Event.__args__}


def _value(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
