"""Work that is no build, shown by the same displays: one step with the progress of its parts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from jettison.cli.context import Context
from jettison.solve.events import (
    BuildFinished,
    BuildStarted,
    Event,
    VertexFinished,
    VertexInfo,
    VertexOutput,
    VertexProgress,
    VertexStarted,
)
from jettison.tui.sink import ProgressMode, make_sink

_NUMBER = 1
_PAUSE_SECONDS = 0.05
_PATIENCE_SECONDS = 0.5
"""What is over sooner needs no display."""
_PATIENCE_IN_LOG_SECONDS = 30.0
"""Likewise where nobody watches: a line every few seconds tells a log that work goes on."""


class ShownStep:
    """One step on the display. Any thread may call its methods."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._told: dict[str, float] = {}
        self._guard = threading.Lock()

    def progress(self, part: str, current: int, total: int | None) -> None:
        """A part has come so far, in bytes; told for each part not more often than eyes can follow."""
        now = time.time()
        with self._guard:
            if current != total and now - self._told.get(part, 0.0) < _PAUSE_SECONDS:
                return
            self._told[part] = now
        self._emit(VertexProgress(number=_NUMBER, part=part, current=current, total=total, time=now))

    def say(self, line: str) -> None:
        """A line of output."""
        data = f"{line}\n".encode(errors="surrogateescape")
        self._emit(VertexOutput(number=_NUMBER, stream=1, data=data, time=time.time()))


@contextmanager
def shown_step(context: Context, verb: str, name: str, *, quiet: bool) -> Iterator[ShownStep]:
    """Show the body as a step called ``name``, under a header that begins with ``verb``."""
    settings = context.settings
    mode = ProgressMode.QUIET if quiet else ProgressMode.AUTO
    with make_sink(mode, context.streams.stderr, term=settings.term, no_color=settings.no_color, verb=verb) as sink:
        now = time.time()
        sink(BuildStarted(vertices=(VertexInfo(number=_NUMBER, name=name),), isolation="", time=now))
        sink(VertexStarted(number=_NUMBER, time=now))
        error = None
        try:
            yield ShownStep(sink)
        except BaseException as caught:
            error = str(caught) or type(caught).__name__
            raise
        finally:
            now = time.time()
            sink(VertexFinished(number=_NUMBER, time=now, error=error))
            sink(BuildFinished(time=now, error=error))


class _LateStep:
    """A step that is shown from the first progress on that comes after a while. Any thread may tell of progress."""

    def __init__(self, show: Callable[[], ShownStep], patience_seconds: float) -> None:
        self._show = show
        self._patience_seconds = patience_seconds
        self._since = time.monotonic()
        self._step: ShownStep | None = None
        self._guard = threading.Lock()

    def progress(self, part: str, current: int, total: int | None) -> None:
        """See :meth:`ShownStep.progress`."""
        if self._step is None and time.monotonic() - self._since < self._patience_seconds:
            return
        with self._guard:
            step = self._step = self._step or self._show()
        step.progress(part, current, total)


@contextmanager
def late_progress(context: Context, verb: str, name: str) -> Iterator[Callable[[str, int, int | None], None]]:
    """Takes the progress of the body, and shows it as :func:`shown_step` does, where it takes long."""
    patience_seconds = _PATIENCE_SECONDS if context.streams.stderr.isatty() else _PATIENCE_IN_LOG_SECONDS
    with ExitStack() as stack:
        late = _LateStep(lambda: stack.enter_context(shown_step(context, verb, name, quiet=False)), patience_seconds)
        yield late.progress


def no_progress(part: str, current: int, total: int | None) -> None:
    """Nobody is told."""


def no_events(event: Event) -> None:
    """Nobody is told."""
