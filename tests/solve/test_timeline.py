"""Where the time went: every moment is counted once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.solve.events import Event, Span, SpanKind, VertexAdded, VertexFinished, VertexInfo, VertexStarted
from jettison.solve.timeline import Timeline, by_thread, make_timeline


def span(kind: SpanKind, started: float, ended: float, *, thread: int = 1, number: int | None = None) -> Span:
    """A piece of work of a thread."""
    return Span(kind=kind, number=number, thread=f"t{thread}", thread_number=thread, started=started, time=ended)


def figures(timeline: Timeline) -> dict[SpanKind, tuple[float, float]]:
    """In all and alone, by kind."""
    return {work.kind: (work.seconds, work.alone_seconds) for work in timeline.work}


def total(timeline: Timeline) -> float:
    """What the parts add up to."""
    parts = (timeline.shared_seconds, timeline.step_seconds, timeline.other_seconds)
    return sum(work.alone_seconds for work in timeline.work) + sum(parts)


def test_work_of_two_threads_is_shared_where_it_overlaps() -> None:
    """And alone where it does not; what nobody tells of is elsewhere."""
    timeline = make_timeline(
        [span(SpanKind.PACK, 1, 4), span(SpanKind.COMPRESS, 3, 7, thread=2)], started=0.0, ended=10.0
    )
    assert figures(timeline) == {SpanKind.PACK: (3, 2), SpanKind.COMPRESS: (4, 3)}
    assert (timeline.shared_seconds, timeline.other_seconds, timeline.seconds) == (1, 4, 10)


def test_work_of_one_kind_in_several_threads_is_counted_once() -> None:
    """Three layers pulled at once for a second are a second of pulling, alone."""
    timeline = make_timeline([span(SpanKind.PULL, 0, 1, thread=n) for n in range(3)], started=0.0, ended=1.0)
    assert figures(timeline) == {SpanKind.PULL: (1, 1)}
    assert timeline.work[0].pieces == 3


def test_what_lies_inside_counts_in_place_of_what_is_around_it() -> None:
    """A step that unpacks and runs a command spends the rest of its time around these."""
    timeline = make_timeline(
        [span(SpanKind.STEP, 0, 10), span(SpanKind.UNPACK, 1, 3), span(SpanKind.COMMAND, 3, 9)], started=0.0, ended=10.0
    )
    assert figures(timeline) == {SpanKind.UNPACK: (2, 2), SpanKind.COMMAND: (6, 6)}
    assert (timeline.step_seconds, timeline.other_seconds) == (2, 0)


def test_a_step_that_waits_for_work_in_other_threads_shares_nothing_with_it() -> None:
    """The inside of a step is what is left where no kind of work is going on."""
    timeline = make_timeline([span(SpanKind.STEP, 0, 4), span(SpanKind.PULL, 1, 3, thread=2)], started=0.0, ended=4.0)
    assert figures(timeline) == {SpanKind.PULL: (2, 2)}
    assert (timeline.step_seconds, timeline.shared_seconds) == (2, 0)


def test_what_lies_outside_of_the_whole_is_left_out() -> None:
    """Work that goes on after the end counts up to there."""
    timeline = make_timeline([span(SpanKind.PUSH, 8, 20)], started=5.0, ended=10.0)
    assert figures(timeline) == {SpanKind.PUSH: (2, 2)}


def test_steps_tell_their_commands_apart() -> None:
    """In the order of the build, without those that were cached and those of the display alone."""
    names = ("[1/2] COPY a", "[2/2] RUN b")
    added: list[Event] = [
        VertexAdded(vertex=VertexInfo(number=number, name=name), time=0) for number, name in enumerate(names, 1)
    ]
    added += [VertexAdded(vertex=VertexInfo(number=3, name="exporting", internal=True), time=0)]
    done: list[Event] = [
        VertexFinished(number=1, time=1, cached=True),
        VertexStarted(number=2, time=1),
        span(SpanKind.COMMAND, 2, 5, number=2),
        VertexFinished(number=2, time=6),
        VertexStarted(number=3, time=6),
        VertexFinished(number=3, time=7),
    ]
    timeline = make_timeline(added + done, started=0.0, ended=7.0)
    (step,) = timeline.steps
    assert (step.name, step.started, step.seconds, step.command_seconds) == ("[2/2] RUN b", 1, 5, 3)
    assert timeline.cached_steps == 1


@st.composite
def nested_spans(draw: st.DrawFn) -> list[Span]:
    """Spans of a few threads, those of each in each other or apart."""
    found: list[Span] = []
    for thread in range(draw(st.integers(1, 3))):
        open_since: list[int] = []
        for moment, ends in sorted(draw(st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=12))):
            if open_since and ends:
                kind = draw(st.sampled_from(list(SpanKind)))
                found.append(span(kind, open_since.pop(), moment, thread=thread))
            else:
                open_since.append(moment)
    return found


@given(nested_spans(), st.integers(-10, 50), st.integers(50, 120))
def test_the_parts_add_up_to_the_whole(spans: list[Span], started: int, ended: int) -> None:
    """Whatever overlaps whatever; and nothing takes longer than the whole."""
    timeline = make_timeline(spans, started=float(started), ended=float(ended))
    assert total(timeline) == pytest.approx(timeline.seconds)
    for work in timeline.work:
        assert 0 <= work.alone_seconds <= work.seconds <= timeline.seconds


@given(nested_spans())
def test_threads_have_their_spans_from_the_outside_in(spans: list[Span]) -> None:
    """Each begins after the ones that it lies in, and all are there."""
    threads = by_thread(spans)
    assert sum(map(len, threads.values())) == len(spans)
    for mine in threads.values():
        assert [one.started for one in mine] == sorted(one.started for one in mine)
