"""``--timing`` and ``--trace``: where the time of a build went, told when all else is done, however it ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from jettison.cli.listener import Listener
from jettison.cli.process import process_started
from jettison.errors import StorageError
from jettison.hints import TYPE_CHECKING, Any, TextIO
from jettison.report.timing import format_timing, timeline_document
from jettison.solve.events import BuildStarted, Event, Span, SpanKind
from jettison.solve.spans import Spans, TimedSpans
from jettison.solve.timeline import Timeline, make_timeline

if TYPE_CHECKING:
    from jettison.cli.parser import Arguments


class Timing:
    """One build that is measured."""

    def __init__(self) -> None:
        self._started = process_started()
        self._events: Sequence[Event] = ()

    def of(self, heard: Listener) -> Spans:
        """What measures the pieces of the build's work; all its events are ``heard``."""
        self._events = heard.events
        return TimedSpans(heard, time.time)

    def document(self) -> dict[str, Any]:
        """The key of ``--metadata-file``."""
        return {"jettison.timeline": timeline_document(self.timeline())}

    def timeline(self) -> Timeline:
        """All from the start of the process until now."""
        return make_timeline(self._told(), self._started, time.time())

    def write_trace(self, path: Path) -> None:
        """Write the spans for Perfetto and Chrome."""
        from jettison.engine.whole_file import whole_file
        from jettison.report.trace import write_trace

        with whole_file(path) as stream:
            stream.write(write_trace(self._told(), self._started).encode())

    def _told(self) -> list[Event]:
        begun = (event.time for event in self._events if isinstance(event, BuildStarted))
        start_up = _span(SpanKind.START_UP, self._started, next(begun, time.time()))
        return [start_up, *self._events]


@contextmanager
def told_timing(arguments: Arguments, stream: TextIO, *, is_read: bool) -> Iterator[Timing]:
    """Measure the body, and tell of it in the ways that the flags ask for.

    ``is_read``: whether people read ``stream``; programs have the events.
    """
    timing = Timing()
    try:
        yield timing
    except BaseException:
        if arguments.trace:
            with suppress(StorageError):  # what ended the build counts
                timing.write_trace(Path(arguments.trace))
        raise
    else:
        if arguments.trace:
            timing.write_trace(Path(arguments.trace))
    finally:
        if arguments.timing and is_read:
            _show(format_timing(timing.timeline()), stream)


def show_recalled(moments: tuple[float, float, float, float], stream: TextIO) -> None:
    """What a build answered from memory took.

    ``moments``: it began, all was looked at, all was written, all was said.
    """
    began, checked, written, said = moments
    started = process_started()
    spans = [
        _span(SpanKind.START_UP, started, began),
        _span(SpanKind.CACHE, began, checked),
        _span(SpanKind.EXPORT, checked, written),
    ]
    _show(format_timing(make_timeline(spans, started, said), remembered=True), stream)


def _show(text: str, stream: TextIO) -> None:
    """Where nobody listens any more, the build was made all the same."""
    with suppress(OSError):
        stream.write(f"\n{text}")
        stream.flush()


def _span(kind: SpanKind, started: float, ended: float) -> Span:
    """Of this thread, which is that of the command."""
    thread = threading.current_thread()
    return Span(
        kind=kind,
        thread=thread.name,
        thread_number=thread.ident or 0,
        started=started,
        time=max(started, ended),
    )
