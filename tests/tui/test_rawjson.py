"""The JSON log."""

import base64
import json
from typing import get_args

from tests.tui.script import START, begin, finish, output, progress, start

from jettison.model.digest import Digest
from jettison.solve.events import BuildFinished, Event, LintWarning, Notice, Span, SpanKind, VertexAdded, VertexInfo
from jettison.tui.rawjson import JsonDisplay, event_document, parse_event


def test_each_event_is_one_line_of_its_shape() -> None:
    """The shape is documented, so it is fixed here."""
    written: list[str] = []
    display = JsonDisplay(written.append)
    image_id = Digest.of(b"")
    for event in (
        begin("[1/1] RUN a"),
        start(1),
        output(1, b"a\xff\n"),
        progress(1, "layer", 1, None),
        finish(1, 1.0, error="no"),
        Notice(message="m", time=START),
        BuildFinished(time=START, image_id=image_id, names=("app:latest",)),
    ):
        display.feed(event)
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in written)
    assert [json.loads(line) for line in written] == [
        {
            "event": "build_started",
            "vertices": [{"number": 1, "name": "[1/1] RUN a", "inputs": [], "internal": False}],
            "isolation": "",
            "time": START,
        },
        {"event": "vertex_started", "number": 1, "time": START},
        {
            "event": "vertex_output",
            "number": 1,
            "stream": 1,
            "data": base64.b64encode(b"a\xff\n").decode(),
            "time": START,
        },
        {"event": "vertex_progress", "number": 1, "part": "layer", "current": 1, "total": None, "time": START},
        {
            "event": "vertex_finished",
            "number": 1,
            "time": START + 1,
            "cached": False,
            "cancelled": False,
            "error": "no",
        },
        {"event": "notice", "message": "m", "location": "", "time": START},
        {"event": "build_finished", "time": START, "image_id": image_id, "names": ["app:latest"], "error": None},
    ]


def test_a_line_is_an_event_again() -> None:
    """Of every kind, through JSON."""
    finding = {
        "rule": "R",
        "message": "m",
        "description": "d",
        "url": "",
        "location": "D:1:1",
        "excerpt": "e",
        "last_line": 2,
        "line": 1,
    }
    events: list[Event] = [
        begin("[1/1] RUN a"),
        VertexAdded(vertex=VertexInfo(number=2, name="b", inputs=(1,)), time=START),
        start(1),
        output(1, b"a\xff\n"),
        progress(1, "layer", 1, None),
        finish(1, 1.0, error="no"),
        Notice(message="m", time=START),
        LintWarning(**finding, time=START),  # type: ignore[arg-type]
        Span(kind=SpanKind.PACK, name="a", thread="step_0", thread_number=7, started=START, time=START + 1),
        BuildFinished(time=START, image_id=Digest.of(b""), names=("app:latest",)),
    ]
    assert {type(event) for event in events} == {*get_args(Event)}
    again = [parse_event(json.loads(json.dumps(event_document(event)))) for event in events]
    assert again == events
    assert isinstance(again[-1], BuildFinished)
    assert isinstance(again[-1].image_id, Digest)


def test_bytes_that_are_not_utf_8_in_names() -> None:
    """A line is UTF-8 whatever a Dockerfile holds."""
    written: list[str] = []
    JsonDisplay(written.append).feed(begin("[1/1] COPY a\udcff /"))
    assert json.loads(written[0].encode())["vertices"][0]["name"] == "[1/1] COPY a\ufffd /"
