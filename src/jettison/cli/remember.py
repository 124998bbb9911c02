"""Remembering a build, for ``cli/recalled.py`` to answer the next time."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.recalled import asked_home
from jettison.cli.variables import VARIABLES
from jettison.engine.trail import Trail
from jettison.frozen import replace
from jettison.hints import Any
from jettison.recall.question import question, recall_path
from jettison.recall.record import Record, write_record
from jettison.recall.stamp import all_settled, is_settled, stamp
from jettison.solve.events import (
    BuildFinished,
    BuildStarted,
    Event,
    LintWarning,
    Notice,
    Span,
    VertexAdded,
    VertexFinished,
    VertexStarted,
)
from jettison.store.schema import MIGRATIONS
from jettison.tui.plain import PlainDisplay
from jettison.tui.rawjson import event_document
from jettison.tui.sink import ProgressMode

_REPEATABLE = (BuildStarted, VertexAdded, VertexStarted, VertexFinished, Notice, LintWarning, BuildFinished)


def remember(
    trail: Trail,
    events: Sequence[Event],
    context: Context,
    *,
    began: float,
    progress: ProgressMode,
    remarks: str,
    answer: str,
) -> None:
    """Keep the answer, where the build would do the same again; a disk that refuses is no fault of the build."""
    argv, variables = list(context.argv), context.settings.variables
    home = asked_home(argv, variables)
    told = as_cached([event for event in events if not isinstance(event, Span)])
    works = [event for event in told if isinstance(event, VertexStarted)]
    if (
        home is None
        or Path(home) != context.settings.home
        or len(works) != len(trail.archives)
        or not all(isinstance(event, _REPEATABLE) for event in told)
    ):
        return
    asked = question(argv, variables, VARIABLES)
    began_ns = int(began * 1e9)
    files_settled = all(is_settled(status.st_ctime_ns, began_ns) for status in trail.files.values())
    if not files_settled or not all_settled(trail.stamps, began_ns):
        return
    document = {
        "question": asked,
        "made": began,
        "followed": [(file, stamp(status)) for file, status in trail.files.items()],
        "absent": trail.absent,
        "context": trail.context,
        "present": trail.present,
        "schema": len(MIGRATIONS),
        "tags": [(name.repository, name.tag, image_id) for name, image_id in trail.names],
        "images": trail.images,
        "archives": [(destination, list(map(_part, parts))) for destination, parts in trail.archives],
        "progress": progress.value,
        "events": [event_document(event) for event in told],
        "plain": _plain(told),
        "remarks": remarks,
        "answer": answer,
    }
    with suppress(OSError):
        write_record(recall_path(home, asked), Record(document, trail.walked, trail.stamps))


def as_cached(events: Sequence[Event]) -> list[Event]:
    """The events of the same build where everything is in the cache: no step runs, and nothing is looked up.

    What came before the steps and is no work stays, and so does all that came after them: giving out.
    """
    steps = {event.vertex.number for event in events if isinstance(event, VertexAdded) and not event.vertex.internal}
    places = [place for place, event in enumerate(events) if _step_of(event) in steps]
    if not places:
        return list(events)
    first, last = places[0], places[-1]
    before = [event for event in events[:first] if isinstance(event, BuildStarted | Notice | LintWarning)]
    looked_up = sum(isinstance(event, VertexAdded) for event in events[:first])
    solved = [event for event in events[first : last + 1] if _step_of(event) in steps]
    added = [event for event in solved if isinstance(event, VertexAdded)]
    finished = [
        replace(event, cached=True) for event in solved if isinstance(event, VertexFinished) and event.error is None
    ]
    return [*before, *(_renumbered(event, looked_up) for event in (*added, *finished, *events[last + 1 :]))]


def _step_of(event: Event) -> int | None:
    if isinstance(event, VertexAdded):
        return event.vertex.number
    return event.number if isinstance(event, VertexStarted | VertexFinished) else None


def _renumbered(event: Event, lower_by: int) -> Event:
    """The event as it is told where so many vertices were not there."""
    if isinstance(event, VertexAdded):
        vertex = event.vertex
        inputs = tuple(number - lower_by for number in vertex.inputs)
        return replace(event, vertex=replace(vertex, number=vertex.number - lower_by, inputs=inputs))
    if isinstance(event, VertexStarted | VertexFinished):
        return replace(event, number=event.number - lower_by)
    return event


def _part(part: Any) -> str | tuple[str, tuple[int, ...]]:
    if isinstance(part, bytes):
        return base64.b64encode(part).decode("ascii")
    return os.fspath(part.path), stamp(part.status)


def _plain(events: Sequence[Event]) -> list[str]:
    """What the plain display writes at each event, as if it all took no time."""
    texts = [""]
    display = PlainDisplay(lambda text: texts.append(texts.pop() + text))
    for event in events:
        display.feed(replace(event, time=0.0))
        texts.append("")
    display.close(0.0)
    *texts, rest = texts
    texts[-1] += rest
    return texts
