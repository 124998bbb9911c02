"""Where something stands in a text: source, position, span, and a word together with its place.

A span is a pair of offsets into its source; lines and columns are worked out when somebody asks.
"""

from __future__ import annotations

from bisect import bisect_right

from jettison.tuples import NamedTuple

BOM = "\ufeff"


class Position(NamedTuple):
    """A place in a text."""

    offset: int
    """In characters, from 0."""
    line: int
    """From 1."""
    column: int
    """In characters, from 1; a byte order mark does not count."""


class Source:
    """A text and the path that messages call it by. Equal where both are equal."""

    __slots__ = ("_line_starts", "path", "text")

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self._line_starts: list[int] = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self.path == other.path and self.text == other.text

    def __hash__(self) -> int:
        return hash((self.path, self.text))

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.text)} characters)"

    def position(self, offset: int) -> Position:
        """The line and column of an offset; the end of the text is a position too."""
        starts = self.line_starts
        line = max(bisect_right(starts, offset), 1)
        return Position(offset, line, max(offset - starts[line - 1], 0) + 1)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        starts = self.line_starts
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    @property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins; the first one after the byte order mark."""
        if not self._line_starts:
            starts = [len(BOM) if self.text.startswith(BOM) else 0]
            end = self.text.find("\n")
            while end >= 0:
                starts.append(end + 1)
                end = self.text.find("\n", end + 1)
            self._line_starts = starts
        return self._line_starts


class Span(NamedTuple):
    """A stretch of a source: the characters from ``first`` up to, not including, ``last``."""

    source: Source
    first: int
    last: int

    @property
    def start(self) -> Position:
        """Where it begins."""
        return self.source.position(self.first)

    @property
    def end(self) -> Position:
        """Where it ends: the position after its last character."""
        return self.source.position(self.last)

    @property
    def text(self) -> str:
        """What stands there."""
        return self.source.text[self.first : self.last]

    @property
    def location(self) -> str:
        """``path:line:column`` of its beginning."""
        _, line, column = self.start
        return f"{self.source.path}:{line}:{column}"

    def __repr__(self) -> str:
        return f"<{self.location} {self.text[:40]!r}>"


class Word(NamedTuple):
    """A value as an instruction has it, and where it stands.

    ``text`` differs from ``span.text`` where a continuation was joined, or where a flag's quotes were taken off.
    """

    text: str
    span: Span

    def at(self, offset: int) -> Span:
        """The span of one character of ``text``, or the whole span where the two do not run in step."""
        source, first, last = self.span
        if offset < len(self.text) == last - first:
            return Span(source, first + offset, first + offset + 1)
        return self.span
