"""Progress as plain lines, in BuildKit's look (``--progress plain``): fit for logs, pipes and CI.

Steps run in parallel; their lines come in blocks. The step that is being printed keeps the floor for a few seconds
before another one that has something to say gets it, and a finished step gives it up at once.
"""

from __future__ import annotations

from collections.abc import Callable

from jettison.report.units import human_size
from jettison.solve.events import (
    BuildFinished,
    BuildStarted,
    Event,
    Notice,
    VertexFinished,
    VertexOutput,
    VertexProgress,
    VertexStarted,
)
from jettison.tui.board import Board, Part, Step
from jettison.tui.text import safe_text

FLOOR_SECONDS = 3.0
"""How long a step keeps the floor while others wait."""

PROGRESS_SECONDS = 5.0
"""How often the progress of one part is said again."""

MAX_WAITING_LINES = 1000
"""With more lines waiting, the floor changes at once."""


class PlainDisplay:
    """Writes each event's lines as soon as its step has the floor."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._board = Board()
        self._waiting: dict[int, list[str]] = {}
        self._current: int | None = None
        self._floor_since = 0.0
        self._wrote_block = False
        self._said: dict[tuple[int, str], tuple[float, bool]] = {}

    def feed(self, event: Event) -> None:
        """Take in an event and print what can be printed."""
        lines = self._board.apply(event)
        match event:
            case BuildStarted():
                if self._board.isolation:
                    self._write(f"#0 isolation: {self._board.isolation}\n")
                    self._wrote_block = True
            case VertexStarted():
                self._say(event.number, [])
            case VertexOutput():
                self._say(event.number, self._output(event.number, lines, event.time))
            case VertexProgress():
                self._say_progress(event)
            case VertexFinished():
                step = self._board.step(event.number)
                parts = [self._part_line(step, part, event.time, done=True) for part in self._unfinished_parts(step)]
                self._say(event.number, [*self._output(event.number, lines, event.time), *parts, _verdict(step)])
            case Notice():
                self._notice(event)
            case BuildFinished():
                self._flush_all()
                if self._board.outcome:
                    self._write(("\n" if self._wrote_block else "") + f"{self._board.outcome}\n")
            case _:
                pass
        self.tick(event.time)

    def tick(self, now: float) -> None:
        """Print what has waited long enough."""
        while True:
            if self._current is None:
                if not self._waiting:
                    return
                self._take_floor(self._next_speaker(), now)
            elif self._current in self._waiting:
                self._speak(self._current)
            elif self._waiting and self._patience_is_over(now):
                self._write(f"#{self._current} ...\n")
                self._current = None
            else:
                return

    def close(self, now: float) -> None:
        """Print all that is left."""
        self._flush_all()

    def _say(self, number: int, lines: list[str]) -> None:
        self._waiting.setdefault(number, []).extend(lines)

    def _say_progress(self, event: VertexProgress) -> None:
        step = self._board.step(event.number)
        part = step.parts[event.part]
        said_at, said_done = self._said.get((event.number, event.part), (0.0, False))
        if not said_done and (part.done or event.time - said_at >= PROGRESS_SECONDS):
            self._said[event.number, event.part] = event.time, part.done
            self._say(event.number, [self._part_line(step, part, event.time, done=part.done)])

    def _unfinished_parts(self, step: Step) -> list[Part]:
        if step.error is not None or step.cancelled:
            return []
        return [part for name, part in step.parts.items() if not self._said.get((step.number, name), (0.0, False))[1]]

    def _part_line(self, step: Step, part: Part, now: float, *, done: bool) -> str:
        return f"#{step.number} {part_text(part, now, done=done)}"

    def _output(self, number: int, lines: list[str], time: float) -> list[str]:
        if not lines:
            return []
        stamp = log_seconds(self._board.step(number).seconds(time))
        return [f"#{number} {stamp} {line}".rstrip() for line in lines]

    def _notice(self, event: Notice) -> None:
        place = f" ({safe_text(event.location)})" if event.location else ""
        self._leave_block()
        self._write(f"note: {safe_text(event.message)}{place}\n")
        self._wrote_block = True

    def _leave_block(self) -> None:
        if self._current is not None:
            self._write(f"#{self._current} ...\n")
            self._current = None
        if self._wrote_block:
            self._write("\n")

    def _patience_is_over(self, now: float) -> bool:
        waiting_lines = sum(len(lines) for lines in self._waiting.values())
        return now - self._floor_since >= FLOOR_SECONDS or waiting_lines > MAX_WAITING_LINES

    def _next_speaker(self) -> int:
        finished = (number for number in self._waiting if self._board.step(number).finished is not None)
        return next(finished, next(iter(self._waiting)))

    def _take_floor(self, number: int, now: float) -> None:
        if self._wrote_block:
            self._write("\n")
        self._write(f"#{number} {self._board.step(number).name}\n")
        self._wrote_block = True
        self._current, self._floor_since = number, now

    def _speak(self, number: int) -> None:
        self._write("".join(line + "\n" for line in self._waiting.pop(number)))
        if self._board.step(number).finished is not None:
            self._current = None

    def _flush_all(self) -> None:
        now = self._floor_since
        while self._waiting:
            self.tick(now)
            now += FLOOR_SECONDS


def _verdict(step: Step) -> str:
    if step.cancelled:
        return f"#{step.number} CANCELED"
    if step.error is not None:
        return f"#{step.number} ERROR: {step.error}"
    if step.cached:
        return f"#{step.number} CACHED"
    return f"#{step.number} DONE {step.seconds(0.0):.1f}s"


def log_seconds(seconds: float) -> str:
    """Seconds in BuildKit's width for log lines: ``0.123``, ``12.34``, ``123.4``."""
    if seconds < 10:
        return f"{seconds:.3f}"
    if seconds < 100:
        return f"{seconds:.2f}"
    return f"{seconds:.1f}"


def part_text(part: Part, now: float, *, done: bool) -> str:
    """``sha256:1a2b3c4d5e6f 12.58MB / 30.43MB 1.2s done``."""
    text = part.name
    if part.total is not None:
        text += f" {human_size(part.current)} / {human_size(part.total)}"
    elif part.current:
        text += f" {human_size(part.current)}"
    seconds = now - part.started
    if seconds > 0.01:
        text += f" {seconds:.1f}s"
    return text + (" done" if done else "")
