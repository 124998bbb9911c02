"""Builds as scripts: events made short."""

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

START = 1000.0


def begin(*names: str, isolation: str = "") -> Event:
    """The start of a build of these vertices, numbered from 1."""
    vertices = tuple(VertexInfo(number=number, name=name) for number, name in enumerate(names, 1))
    return BuildStarted(vertices=vertices, isolation=isolation, time=START)


def start(number: int, seconds: float = 0.0) -> Event:
    """A vertex begins, so many seconds after the build."""
    return VertexStarted(number=number, time=START + seconds)


def output(number: int, data: bytes, seconds: float = 0.0, stream: int = 1) -> Event:
    """A command writes."""
    return VertexOutput(number=number, stream=stream, data=data, time=START + seconds)


def progress(number: int, part: str, current: int, total: int | None, seconds: float = 0.0) -> Event:
    """A part moves."""
    return VertexProgress(number=number, part=part, current=current, total=total, time=START + seconds)


def finish(
    number: int, seconds: float = 0.0, *, cached: bool = False, cancelled: bool = False, error: str | None = None
) -> Event:
    """A vertex ends."""
    return VertexFinished(number=number, time=START + seconds, cached=cached, cancelled=cancelled, error=error)


def end(seconds: float = 0.0, error: str | None = None) -> Event:
    """The build ends."""
    return BuildFinished(time=START + seconds, error=error)
