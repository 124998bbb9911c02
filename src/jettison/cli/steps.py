"""Work that is no build, shown by the same displays: one step with the progress of its parts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jettison.cli.context import Context
from jettison.solve.events import (
    BuildFinished,
    BuildStarted,
    Event,
    VertexFinished,
    VertexInfo,
    VertexProgress,
    VertexStarted,
)
from jettison.tui.sink import ProgressMode, make_sink

Progress = Callable[[str, int, int | None], None]
"""Part, bytes done, bytes in all where known. Any thread may call it."""

_NUMBER = 1
_PAUSE_SECONDS = 0.05


@contextmanager
def shown_step(context: Context, verb: str, name: str, *, quiet: bool) -> Iterator[Progress]:
    """Show the body as a step called ``name``; the value is told how far it is."""
    settings = context.settings
    mode = ProgressMode.QUIET if quiet else ProgressMode.AUTO
    with make_sink(mode, context.streams.stderr, term=settings.term, no_color=settings.no_color, verb=verb) as sink:
        now = time.time()
        sink(BuildStarted(vertices=(VertexInfo(number=_NUMBER, name=name),), isolation="", time=now))
        sink(VertexStarted(number=_NUMBER, time=now))
        try:
            yield throttled(sink)
        except BaseException as error:
            sink(VertexFinished(number=_NUMBER, time=time.time(), error=str(error) or type(error).__name__))
            sink(BuildFinished(time=time.time(), error=str(error)))
            raise
        sink(VertexFinished(number=_NUMBER, time=time.time()))
        sink(BuildFinished(time=time.time()))


def throttled(emit: Callable[[Event], None]) -> Progress:
    """A progress that emits events, for each part not more often than eyes can follow."""
    said: dict[str, float] = {}
    guard = threading.Lock()

    def progress(part: str, current: int, total: int | None) -> None:
        now = time.time()
        with guard:
            if current != total and now - said.get(part, 0.0) < _PAUSE_SECONDS:
                return
            said[part] = now
        emit(VertexProgress(number=_NUMBER, part=part, current=current, total=total, time=now))

    return progress


def no_progress(part: str, current: int, total: int | None) -> None:
    """Nobody is told."""


def no_events(event: Event) -> None:
    """Nobody is told."""
