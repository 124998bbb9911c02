"""Pieces of a build's work as they are told: who does some wraps it in ``with spans(SpanKind.PACK, "layer")``.

Where nobody asked for a timeline, ``spans`` is :func:`untimed`, which looks at no clock and tells nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from jettison.hints import Protocol
from jettison.solve.events import Event, Span, SpanKind

_NOTHING = nullcontext()


class Spans(Protocol):
    """Measures the body of a ``with``; safe to use from any thread."""

    def __call__(self, kind: SpanKind, name: str = "", number: int | None = None) -> AbstractContextManager[object]:
        """``name`` is ready to print; ``number`` that of the vertex in events, where the work is one vertex's alone."""
        ...


def untimed(kind: SpanKind, name: str = "", number: int | None = None) -> AbstractContextManager[object]:
    """Measure nothing."""
    return _NOTHING


class TimedSpans:
    """Tells each piece of work as an event when it is over, well or not."""

    def __init__(self, emit: Callable[[Event], None], clock: Callable[[], float]) -> None:
        self._emit = emit
        self._clock = clock

    def __call__(self, kind: SpanKind, name: str = "", number: int | None = None) -> AbstractContextManager[object]:
        """See :class:`Spans`."""
        return _Timed(self._emit, self._clock, kind, name, number)


class _Timed:
    """One piece of work."""

    def __init__(
        self,
        emit: Callable[[Event], None],
        clock: Callable[[], float],
        kind: SpanKind,
        name: str,
        number: int | None,
    ) -> None:
        self._emit = emit
        self._clock = clock
        self._kind = kind
        self._name = name
        self._number = number
        self._started = 0.0

    def __enter__(self) -> None:
        self._started = self._clock()

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        thread = threading.current_thread()
        span = Span(
            kind=self._kind,
            name=self._name,
            number=self._number,
            thread=thread.name,
            thread_number=thread.ident or 0,
            started=self._started,
            time=max(self._started, self._clock()),
        )
        self._emit(span)
