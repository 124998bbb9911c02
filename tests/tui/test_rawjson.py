"""The JSON log."""

import base64
import json

from tests.tui.script import START, begin, finish, output, progress, start

from jettison.model.digest import Digest
from jettison.solve.events import BuildFinished, Notice
from jettison.tui.rawjson import JsonDisplay


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
