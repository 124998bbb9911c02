"""``build --trace``: the spans of a build in Chrome's trace event format, for ui.perfetto.dev and chrome://tracing.

Source: "Trace Event Format" (JSON object format, complete events ``X``, metadata events ``M``). Times are microseconds
since the start of the process. Each thread is a row, and in it each span lies inside the one that it is part of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from jettison.solve.events import Event, Span, VertexAdded
from jettison.solve.timeline import by_thread

_PROCESS = 1


def write_trace(events: Iterable[Event], started: float) -> str:
    """The trace as JSON text."""
    told = tuple(events)
    vertices = {event.vertex.number: event.vertex.name for event in told if isinstance(event, VertexAdded)}
    threads = by_thread(event for event in told if isinstance(event, Span))
    lines: list[dict[str, object]] = [_metadata("process_name", 0, name="jettison build")]
    for row, (key, spans) in enumerate(threads.items(), 1):
        lines += [_metadata("thread_name", row, name=key[1]), _metadata("thread_sort_index", row, sort_index=row)]
        lines += [_complete(span, row, started, vertices) for span in spans]
    document = {"displayTimeUnit": "ms", "otherData": {"started": started}, "traceEvents": lines}
    return json.dumps(document, separators=(",", ":")) + "\n"


def _complete(span: Span, row: int, started: float, vertices: dict[int, str]) -> dict[str, object]:
    begin, end = _microseconds(span.started - started), _microseconds(span.time - started)
    step = vertices.get(span.number, "") if span.number is not None else ""
    name = span.name if span.kind == "step" else " ".join(filter(None, (span.kind.value, _part(span, step))))
    arguments = {"step": step} if step else {}
    return {
        "ph": "X",
        "name": name,
        "cat": span.kind.value,
        "ts": begin,
        "dur": end - begin,
        "pid": _PROCESS,
        "tid": row,
        "args": arguments,
    }


def _part(span: Span, step: str) -> str:
    """What a span is about, unless it is the whole step, whose name its row shows above it."""
    return "" if span.name == step else span.name


def _metadata(what: str, row: int, **arguments: object) -> dict[str, object]:
    return {"ph": "M", "name": what, "pid": _PROCESS, "tid": row, "args": arguments}


def _microseconds(seconds: float) -> int:
    """Whole ones: two spans that touch then still do."""
    return max(0, round(seconds * 1e6))
