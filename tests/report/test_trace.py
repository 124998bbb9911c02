"""Traces for Perfetto and Chrome, by the rules of their format."""

from __future__ import annotations

import json

from tests.report.trace_rules import check_trace

from jettison.report.trace import write_trace
from jettison.solve.events import Event, Span, SpanKind, VertexAdded, VertexInfo


def test_a_trace_keeps_the_rules_of_the_format() -> None:
    """Rows are threads, spans lie in each other, times begin with the process."""
    events: list[Event] = [VertexAdded(vertex=VertexInfo(number=4, name="RUN a"), time=1000.0)]
    for kind, name, started, ended, thread in (
        (SpanKind.STEP, "RUN a", 1000.1, 1000.9, "step_0"),
        (SpanKind.COMMAND, "RUN a", 1000.2, 1000.8, "step_0"),
        (SpanKind.PULL, "1a2b3c4d5e6f", 1000.1, 1000.2, "layer_0"),
    ):
        number = 4 if thread == "step_0" else None
        events.append(
            Span(kind=kind, name=name, number=number, thread=thread, thread_number=1, started=started, time=ended)
        )
    document = json.loads(write_trace(events, 1000.0))
    slices = check_trace(document)
    assert [(one["tid"], one["name"], one["ts"], one["dur"], one["args"]) for one in slices] == [
        (1, "RUN a", 100000, 800000, {"step": "RUN a"}),
        (1, "command", 200000, 600000, {"step": "RUN a"}),
        (2, "pull 1a2b3c4d5e6f", 100000, 100000, {}),
    ]
    names = {one["tid"]: one["args"]["name"] for one in document["traceEvents"] if one["name"] == "thread_name"}
    assert names == {1: "step_0", 2: "layer_0"}


def test_an_empty_build_has_a_trace_too() -> None:
    """One that failed before anything was done."""
    assert check_trace(json.loads(write_trace([], 0.0))) == []
