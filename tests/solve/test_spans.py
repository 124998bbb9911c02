"""Pieces of work, told when they are over."""

from __future__ import annotations

import threading
from contextlib import suppress
from itertools import count

from jettison.solve.events import Event, Span, SpanKind
from jettison.solve.spans import TimedSpans, untimed


def test_a_span_is_told_when_it_ends_with_its_thread() -> None:
    """Inner ones before those around them; times are the clock's."""
    told: list[Event] = []
    clock = map(float, count(10))
    spans = TimedSpans(told.append, lambda: next(clock))
    with spans(SpanKind.STEP, "[1/1] RUN a", 4), spans(SpanKind.COMMAND, "a", 4):
        pass
    thread = threading.current_thread()
    place = {"thread": thread.name, "thread_number": thread.ident or 0}
    assert told == [
        Span(kind=SpanKind.COMMAND, name="a", number=4, started=11, time=12, **place),  # type: ignore[arg-type]
        Span(kind=SpanKind.STEP, name="[1/1] RUN a", number=4, started=10, time=13, **place),  # type: ignore[arg-type]
    ]


def test_work_that_fails_is_told_too() -> None:
    """And the failure goes on."""
    told: list[Event] = []
    spans = TimedSpans(told.append, lambda: 1.0)
    with suppress(KeyError), spans(SpanKind.PULL):
        raise KeyError
    assert [event.kind for event in told if isinstance(event, Span)] == [SpanKind.PULL]


def test_a_clock_that_is_set_back_makes_no_negative_time() -> None:
    """The span is then empty."""
    told: list[Event] = []
    clock = iter((5.0, 2.0))
    with TimedSpans(told.append, lambda: next(clock))(SpanKind.PACK):
        pass
    assert [(span.started, span.time) for span in told if isinstance(span, Span)] == [(5.0, 5.0)]


def test_where_nobody_asked_nothing_is_made() -> None:
    """Every piece of work gets the same value, which does nothing."""
    assert untimed(SpanKind.PACK, "a") is untimed(SpanKind.PULL, "b", 2)
