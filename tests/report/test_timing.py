"""The table of ``build --timing``."""

from __future__ import annotations

import json

from jettison.report.timing import format_seconds, format_timing, timeline_document
from jettison.solve.events import Event, Span, SpanKind, VertexAdded, VertexFinished, VertexInfo, VertexStarted
from jettison.solve.timeline import make_timeline


def build() -> list[Event]:
    """A COPY and a RUN, the first compressed while the second runs."""
    names = ("[1/2] COPY . /app", "[2/2] RUN make\x1b[2J")
    events: list[Event] = [VertexAdded(vertex=VertexInfo(number=n, name=name), time=1) for n, name in enumerate(names)]
    events += [VertexStarted(number=0, time=1.0), VertexFinished(number=0, time=2.0)]
    events += [VertexStarted(number=1, time=2.0), VertexFinished(number=1, time=14.5)]
    for kind, started, ended, thread in (
        (SpanKind.START_UP, 0.0, 0.1, 1),
        (SpanKind.STEP, 1.0, 2.0, 1),
        (SpanKind.PACK, 1.1, 2.0, 1),
        (SpanKind.STEP, 2.0, 14.5, 1),
        (SpanKind.COMMAND, 2.5, 14.0, 1),
        (SpanKind.COMPRESS, 1.5, 3.0, 2),
    ):
        span = Span(kind=kind, number=1, thread="t", thread_number=thread, started=started, time=ended)
        events.append(span)
    return events


def test_the_table_is_in_the_order_of_a_build_and_adds_up() -> None:
    """Overlapping work is told as such; names of steps steer no terminal."""
    text = format_timing(make_timeline(build(), 0.0, 15.0))
    assert text == (
        "where the time went         in all     alone\n"
        "start-up                   0.100 s   0.100 s\n"
        "commands of RUN            11.50 s   11.00 s\n"
        "pack                       0.900 s   0.400 s\n"
        "compress                   1.500 s   0.500 s\n"
        "several of these at once             1.000 s\n"
        "in steps, around these               0.600 s\n"
        "elsewhere                            1.400 s\n"
        "total                                15.00 s\n"
        "\n"
        "steps                in all   command   around it\n"
        "[1/2] COPY . /app   1.000 s\n"
        "[2/2] RUN make[2J   12.50 s   11.50 s     1.000 s\n"
    )


def test_without_overlaps_one_column_is_enough() -> None:
    """And a build answered from memory says so."""
    spans = [
        Span(kind=SpanKind.START_UP, thread="t", thread_number=1, started=0, time=0.02),
        Span(kind=SpanKind.CACHE, thread="t", thread_number=1, started=0.02, time=0.03),
    ]
    assert format_timing(make_timeline(spans, 0.0, 0.04), remembered=True) == (
        "where the time went, answered from memory\n"
        "start-up                                    0.020 s\n"
        "whether anything changed                    0.010 s\n"
        "elsewhere                                   0.010 s\n"
        "total                                       0.040 s\n"
    )


def test_of_many_steps_the_longest_are_shown() -> None:
    """In the order of the build; how many are not is told."""
    events: list[Event] = []
    for number in range(40):
        events.append(VertexAdded(vertex=VertexInfo(number=number, name=f"RUN {number}"), time=0))
        events.append(VertexStarted(number=number, time=0))
        events.append(VertexFinished(number=number, time=float(number)))
    lines = format_timing(make_timeline(events, 0.0, 40.0)).splitlines()
    assert lines[-1] == "and 10 shorter ones"
    assert [line.split()[1] for line in lines if line.startswith("RUN")] == [str(n) for n in range(10, 40)]


def test_seconds_have_as_many_digits_as_they_deserve() -> None:
    """Milliseconds of short times."""
    assert [format_seconds(seconds) for seconds in (0.0124, 12.345, 123.45)] == ["0.012 s", "12.35 s", "123.5 s"]


def test_the_document_says_what_the_table_says() -> None:
    """It is JSON, and its parts add up, too."""
    document = json.loads(json.dumps(timeline_document(make_timeline(build(), 0.0, 15.0))))
    alone = sum(work["aloneSeconds"] for work in document["work"])
    rest = document["sharedSeconds"] + document["stepSeconds"] + document["otherSeconds"]
    assert abs(alone + rest - document["seconds"]) < 1e-5
    assert [step["commandSeconds"] for step in document["steps"]] == [None, 11.5]
