"""Errors that show where in a Dockerfile they are: ``path:line:column``, the line, and a mark under the place.

The text of a Dockerfile is not trusted: what is quoted from it is cut to a bearable length, and characters that would
move a terminal's cursor are not passed on.
"""

from __future__ import annotations

from collections.abc import Iterable

from jettison.errors import DockerfileError
from jettison.frozen import dataclass
from jettison.text.cells import cell_width
from jettison.text.secrets import without_credentials
from jettison.text.span import Span

_MAX_COLUMNS = 120
_MAX_LINES = 6
_MAX_MESSAGE = 500
_MAX_QUOTED = 60
_MAX_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and where."""

    span: Span
    message: str
    hint: str | None = None

    def render(self) -> str:
        """The message at its place and the marked lines, without the hint."""
        message = printable(self.message[:_MAX_MESSAGE]) + ("…" if len(self.message) > _MAX_MESSAGE else "")
        return f"{printable(self.span.location)}: {message}\n{excerpt(self.span)}"


class SourceError(DockerfileError):
    """A Dockerfile with one or more problems, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.span.first))
        if len(self.problems) == 1:
            super().__init__(self.problems[0].render(), hint=self.problems[0].hint)
            return
        shown = [
            problem.render() + (f"\nhint: {problem.hint}" if problem.hint else "")
            for problem in self.problems[:_MAX_SHOWN]
        ]
        if len(self.problems) > _MAX_SHOWN:
            shown.append(f"and {len(self.problems) - _MAX_SHOWN} more")
        super().__init__("\n\n".join(shown))


def error_at(span: Span, message: str, *, hint: str | None = None) -> SourceError:
    """The error that something is wrong at ``span``; also for what only later stages of a build can know."""
    return SourceError([Problem(span=span, message=message, hint=hint)])


def excerpt(span: Span) -> str:
    """The lines of the span with their numbers and a mark under each marked part, ready to print."""
    start, end = span.start, span.end
    last = end.line - (end.column == 1 and end.line > start.line)
    numbers = range(start.line, min(last, start.line + _MAX_LINES - 1) + 1)
    width = len(str(numbers[-1]))
    rows = []
    for number in numbers:
        line = without_credentials(span.source.line(number), keep_length=True)
        first = start.column - 1 if number == start.line else len(line) - len(line.lstrip())
        until = end.column - 1 if number == end.line else len(line)
        shown, first, until = _window(line, first, min(max(until, first), len(line)))
        mark = " " * cell_width(shown[:first]) + "^" * max(cell_width(shown[first:until]), 1)
        rows += [f"{number:>{width}} | {shown}".rstrip(), f"{'':>{width}} | {mark}"]
    if last > numbers[-1]:
        rows.append(f"{'':>{width}} | … {last - numbers[-1]} more lines")
    return "\n".join(f"  {row}" for row in rows)


def quoted(text: str) -> str:
    """A piece of the Dockerfile for a message: in quotes, cut to a bearable length."""
    text = without_credentials(text)
    return repr(text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…")


def printable(text: str) -> str:
    """``text`` without characters that a terminal would obey; tabs are one space."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in text)


def _window(line: str, first: int, until: int) -> tuple[str, int, int]:
    """The part of a long line around the mark, printable, and the mark's place in it."""
    begin = 0 if first < _MAX_COLUMNS * 2 // 3 else first - _MAX_COLUMNS // 3
    shown = printable(line[begin : begin + _MAX_COLUMNS])
    lead = "…" if begin else ""
    tail = "…" if begin + _MAX_COLUMNS < len(line) else ""
    shift = len(lead) - begin
    return f"{lead}{shown}{tail}", first + shift, min(until + shift, len(lead) + len(shown))
