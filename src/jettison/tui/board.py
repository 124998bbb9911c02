"""The state of a build as a display needs it, kept up to date by the build's events.

The board owns no terminal and no clock: times come with the events.
"""

from __future__ import annotations

from jettison.frozen import dataclass, field
from jettison.solve.events import (
    BuildFinished,
    BuildStarted,
    Event,
    Notice,
    VertexAdded,
    VertexFinished,
    VertexInfo,
    VertexOutput,
    VertexProgress,
    VertexStarted,
)
from jettison.tui.text import LineAssembler, safe_text


@dataclass(slots=True, kw_only=True)
class Part:
    """How far one part of a step is."""

    name: str
    started: float
    updated: float
    current: int
    total: int | None

    @property
    def done(self) -> bool:
        """Whether all of its bytes are there."""
        return self.total is not None and self.current >= self.total


@dataclass(slots=True, kw_only=True)
class Step:
    """One vertex with all that happened to it."""

    number: int
    name: str
    internal: bool = False
    started: float | None = None
    finished: float | None = None
    cached: bool = False
    cancelled: bool = False
    error: str | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    newest_line: str = ""
    """The last whole line of output that is not blank."""
    assemblers: dict[int, LineAssembler] = field(default_factory=dict)
    newest_stream: int = 1

    @property
    def running(self) -> bool:
        """Whether work on it has begun and not ended."""
        return self.started is not None and self.finished is None

    def seconds(self, now: float) -> float:
        """How long it has been running, or ran."""
        if self.started is None:
            return 0.0
        return max(0.0, (now if self.finished is None else self.finished) - self.started)

    def newest_output(self) -> str:
        """The line that a terminal would show last."""
        assembler = self.assemblers.get(self.newest_stream)
        partial = assembler.partial() if assembler else ""
        if partial.strip():
            return partial
        return self.newest_line

    def take_output(self, stream: int, data: bytes) -> list[str]:
        """The lines that ``data`` completes."""
        self.newest_stream = stream
        return self._note(self.assemblers.setdefault(stream, LineAssembler()).feed(data))

    def finish_output(self) -> list[str]:
        """The last lines that lack their newline."""
        return self._note([line for assembler in self.assemblers.values() for line in assembler.finish()])

    def _note(self, lines: list[str]) -> list[str]:
        self.newest_line = next((line for line in reversed(lines) if line.strip()), self.newest_line)
        return lines


class Board:
    """All steps of a build."""

    def __init__(self, verb: str = "Building") -> None:
        self.verb = verb
        self.steps: dict[int, Step] = {}
        self.isolation = ""
        self.started: float | None = None
        self.finished: float | None = None
        self.error: str | None = None
        self.outcome = ""
        """What was built, for the last line."""

    def apply(self, event: Event) -> list[str]:
        """Take in an event; the lines of output that it completes, of the step that it is about."""
        match event:
            case BuildStarted():
                self.started = event.time
                self.isolation = safe_text(event.isolation)
                for vertex in event.vertices:
                    self._add(vertex)
            case VertexAdded():
                self._add(event.vertex)
            case VertexStarted():
                self.step(event.number).started = event.time
            case VertexOutput():
                return self.step(event.number).take_output(event.stream, event.data)
            case VertexProgress():
                self._progress(event)
            case VertexFinished():
                return self._finish(event)
            case BuildFinished():
                self.finished, self.error = event.time, event.error
                built = [*([event.image_id.short] if event.image_id is not None else []), *event.names]
                if built:
                    self.outcome = safe_text(" ".join(["built", *built]))
            case Notice():
                pass
        return []

    def step(self, number: int) -> Step:
        """The step of a vertex; one that nobody announced gets its number as name."""
        if number not in self.steps:
            self.steps[number] = Step(number=number, name=f"step {number}")
        return self.steps[number]

    def running(self) -> list[Step]:
        """The steps at work, the longest running first."""
        return sorted((step for step in self.steps.values() if step.running), key=lambda step: step.started or 0.0)

    def count_finished(self) -> int:
        """How many steps are over."""
        return sum(step.finished is not None for step in self.steps.values())

    def seconds(self, now: float) -> float:
        """How long the build has been running, or ran."""
        if self.started is None:
            return 0.0
        return max(0.0, (now if self.finished is None else self.finished) - self.started)

    def _add(self, vertex: VertexInfo) -> None:
        self.steps[vertex.number] = Step(
            number=vertex.number, name=safe_text(vertex.name.replace("\n", " ")), internal=vertex.internal
        )

    def _progress(self, event: VertexProgress) -> None:
        parts = self.step(event.number).parts
        part = parts.get(event.part)
        if part is None:
            parts[event.part] = Part(
                name=safe_text(event.part),
                started=event.time,
                updated=event.time,
                current=event.current,
                total=event.total,
            )
        else:
            part.current, part.total, part.updated = event.current, event.total, event.time

    def _finish(self, event: VertexFinished) -> list[str]:
        step = self.step(event.number)
        lines = step.finish_output()
        step.finished = event.time
        step.cached, step.cancelled = event.cached, event.cancelled
        step.error = None if event.error is None else safe_text(event.error.replace("\n", " "))
        return lines
