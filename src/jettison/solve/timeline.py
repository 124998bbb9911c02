"""Where the time of a build went, computed from its events: sums that add up.

Work overlaps: layers are compressed while the next step runs. So each kind of work has two figures: how long it was
going on, and how long it was going on *alone*. Every moment of the whole is counted once as alone, as shared by several
kinds, as the inside of a step that no kind names, or as elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from jettison.frozen import dataclass
from jettison.solve.events import Event, Span, SpanKind, VertexAdded, VertexFinished, VertexStarted


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfWork:
    """All work of one kind."""

    kind: SpanKind
    pieces: int
    seconds: float
    """In which at least one of them was going on, what lies inside it apart."""
    alone_seconds: float
    """In which nothing else was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """A step that was carried out."""

    number: int
    name: str
    started: float
    seconds: float
    command_seconds: float | None
    """Of its command alone; None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What all alone seconds of ``work``, and the shared, step and other seconds, add up to is ``seconds``."""

    started: float
    seconds: float
    work: tuple[KindOfWork, ...]
    """In the order of a build; kinds that did not happen are not there."""
    shared_seconds: float
    """In which work of several kinds was going on."""
    step_seconds: float
    """In which steps were going on, but no work that has a kind: plans, locks, what is kept."""
    other_seconds: float
    """In which nothing was going on that is told."""
    steps: tuple[StepTime, ...]
    """In the order of the build."""
    cached_steps: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a thread did one thing."""

    kind: SpanKind
    started: float
    ended: float


def make_timeline(events: Iterable[Event], started: float, ended: float) -> Timeline:
    """The timeline of all between two moments; what is told of the time before and after is left out."""
    told = tuple(events)
    spans = [event for event in told if isinstance(event, Span)]
    pieces: dict[SpanKind, int] = {}
    for span in spans:
        pieces[span.kind] = pieces.get(span.kind, 0) + 1
    sums = _Sums()
    sums.add(_stretches(spans), started, ended)
    steps = _steps(told, spans)
    return Timeline(
        started=started,
        seconds=ended - started,
        work=tuple(
            KindOfWork(
                kind=kind,
                pieces=pieces[kind],
                seconds=sums.going_on.get(kind, 0.0),
                alone_seconds=sums.alone.get(kind, 0.0),
            )
            for kind in SpanKind
            if kind in pieces and kind is not SpanKind.STEP
        ),
        shared_seconds=sums.shared,
        step_seconds=sums.inside_steps,
        other_seconds=sums.elsewhere,
        steps=steps,
        cached_steps=sum(isinstance(event, VertexFinished) and event.cached for event in told),
    )


def by_thread(spans: Iterable[Span]) -> dict[tuple[int, str], list[Span]]:
    """The spans of each thread, outer ones before those inside them; threads in the order of their first span."""
    threads: dict[tuple[int, str], list[Span]] = {}
    for span in sorted(spans, key=lambda span: (span.started, -span.time, -_DEPTH[span.kind])):
        threads.setdefault((span.thread_number, span.thread), []).append(span)
    return threads


_DEPTH = {kind: 1 if kind is SpanKind.STEP else 0 for kind in SpanKind}
"""Which of two spans of equal times is the outer one."""


def _stretches(spans: Iterable[Span]) -> Iterator[Stretch]:
    """What each thread did at every moment, the innermost span being what counts."""
    for mine in by_thread(spans).values():
        open_spans: list[Span] = []
        reached = 0.0
        for span in mine:
            while open_spans and open_spans[-1].time <= span.started:
                done = open_spans.pop()
                yield Stretch(done.kind, reached, done.time)
                reached = max(reached, done.time)
            if open_spans:
                yield Stretch(open_spans[-1].kind, reached, span.started)
            open_spans.append(span)
            reached = span.started
        while open_spans:
            done = open_spans.pop()
            yield Stretch(done.kind, reached, done.time)
            reached = max(reached, done.time)


class _Sums:
    """Seconds by what was going on in all threads together."""

    def __init__(self) -> None:
        self.going_on: dict[SpanKind, float] = {}
        self.alone: dict[SpanKind, float] = {}
        self.shared = 0.0
        self.inside_steps = 0.0
        self.elsewhere = 0.0

    def add(self, stretches: Iterable[Stretch], started: float, ended: float) -> None:
        """Count every moment from ``started`` to ``ended`` once."""
        changes: list[tuple[float, int, SpanKind]] = []
        for stretch in stretches:
            first, last = max(stretch.started, started), min(stretch.ended, ended)
            if first < last:
                changes += ((first, 1, stretch.kind), (last, -1, stretch.kind))
        active: dict[SpanKind, int] = {}
        reached = started
        for moment, change, kind in sorted(changes):
            self._count(active, moment - reached)
            reached = moment
            left = active.get(kind, 0) + change
            if left:
                active[kind] = left
            else:
                active.pop(kind, None)
        self._count({}, ended - reached)

    def _count(self, active: Mapping[SpanKind, int], seconds: float) -> None:
        named = [kind for kind in active if kind is not SpanKind.STEP]
        for kind in named:
            self.going_on[kind] = self.going_on.get(kind, 0.0) + seconds
        if len(named) == 1:
            self.alone[named[0]] = self.alone.get(named[0], 0.0) + seconds
        elif named:
            self.shared += seconds
        elif active:
            self.inside_steps += seconds
        else:
            self.elsewhere += seconds


def _steps(events: Sequence[Event], spans: Iterable[Span]) -> tuple[StepTime, ...]:
    """The steps that were carried out to their end, whatever that was."""
    names = {e.vertex.number: e.vertex.name for e in events if isinstance(e, VertexAdded) and not e.vertex.internal}
    started = {event.number: event.time for event in events if isinstance(event, VertexStarted)}
    ended = {event.number: event.time for event in events if isinstance(event, VertexFinished) and not event.cached}
    commands: dict[int, float] = {}
    for span in spans:
        if span.kind is SpanKind.COMMAND and span.number is not None:
            commands[span.number] = commands.get(span.number, 0.0) + span.time - span.started
    return tuple(
        StepTime(
            number=number,
            name=name,
            started=started[number],
            seconds=max(0.0, ended[number] - started[number]),
            command_seconds=commands.get(number),
        )
        for number, name in names.items()
        if number in started and number in ended
    )
