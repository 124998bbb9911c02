"""The lossless tree of a Dockerfile: what stands where, before it is asked what it means.

The nodes of a :class:`Dockerfile` follow each other without gap or overlap, and so do the tokens of an instruction:
joined, their texts are the file. What an instruction says (keyword, flags, arguments) lies over the tokens as words
with spans, because a continuation may cut through any of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import Enum, auto

from jettison.dockerfile.words import SPACE, trim
from jettison.frozen import dataclass
from jettison.patterns import late_pattern
from jettison.text.diagnostics import Problem
from jettison.text.span import BOM, Source, Span, Word
from jettison.tuples import NamedTuple

_LEADING_TABS = late_pattern(r"^\t+", re.MULTILINE)


class TokenKind(Enum):
    """What a piece of an instruction's text is."""

    INDENT = auto()
    """White space before the keyword."""
    TEXT = auto()
    """What one line adds to the instruction."""
    CONTINUATION = auto()
    """The escape character that continues the line, white space after it, and the end of the line."""
    NEWLINE = auto()
    """The end of the instruction's last line."""
    COMMENT = auto()
    """A whole comment line between continued lines."""
    BLANK = auto()
    """An empty line between continued lines."""
    HEREDOC_BODY = auto()
    """The lines of a heredoc; left out where there are none."""
    HEREDOC_END = auto()
    """The line that ends a heredoc."""


class Token(NamedTuple):
    """A piece of an instruction's text."""

    kind: TokenKind
    span: Span


class Line:
    """An instruction's text, its continuations joined, that knows where each character came from."""

    __slots__ = ("_offsets", "_starts", "source", "text")

    def __init__(self, source: Source, pieces: list[tuple[int, str]]) -> None:
        self.source = source
        self.text = pieces[0][1] if len(pieces) == 1 else "".join(piece for _, piece in pieces)
        self._offsets = [offset for offset, _ in pieces]
        self._starts = [0]
        for _, piece in pieces[:-1]:
            self._starts.append(self._starts[-1] + len(piece))

    def span(self, first: int, last: int) -> Span:
        """The source of ``text[first:last]``, with whatever stands between its pieces."""
        if first == last:
            place = self._offset(first)
            return Span(self.source, place, place)
        return Span(self.source, self._offset(first), self._offset(last - 1) + 1)

    def word(self, first: int, last: int) -> Word:
        """``text[first:last]`` with its place."""
        return Word(self.text[first:last], self.span(first, last))

    def part(self, first: int, last: int) -> Line:
        """``text[first:last]`` as a line of its own; not empty."""
        pieces = []
        for number, start in enumerate(self._starts):
            end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self.text)
            begin, stop = max(first, start), min(last, end)
            if begin < stop:
                pieces.append((self._offsets[number] + begin - start, self.text[begin:stop]))
        return Line(self.source, pieces)

    def _offset(self, index: int) -> int:
        if len(self._starts) == 1:
            return self._offsets[0] + index
        piece = bisect_right(self._starts, index) - 1
        return self._offsets[piece] + index - self._starts[piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A flag before the arguments, quotes and escapes taken off: ``--name`` or ``--name=value``."""

    name: str
    """Without the dashes."""
    value: Word | None
    """None where there is no ``=``."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Heredoc:
    """A document that stands in the lines after its instruction."""

    name: str
    """The delimiter, unquoted."""
    expand: bool
    """Whether variables in it are replaced: no part of the delimiter was quoted."""
    chomp: bool
    """``<<-``: leading tabs are not part of the content."""
    descriptor: int
    """The number before ``<<``; 0 where there is none."""
    body: Span
    """The content as written."""

    @property
    def content(self) -> str:
        """The lines as written, with their ends."""
        return self.body.text

    @property
    def text(self) -> str:
        """The content, without leading tabs where ``<<-`` asks for that."""
        if not self.chomp:
            return self.content
        return _LEADING_TABS.sub("", self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteOrderMark:
    """The mark with which some editors begin a file."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """One or more empty lines."""

    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment line of its own."""

    span: Span

    @property
    def text(self) -> str:
        """What it says, without ``#`` and white space around."""
        return self.span.text.strip(SPACE).removeprefix("#").strip(SPACE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """A parser directive: ``# name=value`` in the first lines."""

    name: str
    """In lower case: ``syntax``, ``escape`` or ``check``."""
    value: Word
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionNode:
    """One instruction, all its lines, from its indentation to the end of its last heredoc."""

    keyword: Word
    """As written."""
    flags: tuple[Flag, ...]
    arguments: tuple[int, int]
    """What follows the flags, without white space around, as a range of ``line.text``."""
    line: Line
    heredocs: tuple[Heredoc, ...]
    tokens: tuple[Token, ...]
    comments: tuple[str, ...]
    """The comments directly before it; ``#`` alone separates them from what was before."""
    escape: str
    """The escape character of the file."""
    span: Span

    @property
    def name(self) -> str:
        """The keyword in upper case."""
        return self.keyword.text.upper()

    @property
    def code(self) -> str:
        """The instruction on one line, without heredocs: how a history shows it."""
        return self.line.text.strip(SPACE)

    @property
    def code_span(self) -> Span:
        """Where the instruction stands, without indentation, line end and heredocs."""
        return self.line.span(*trim(self.line.text, 0, len(self.line.text)))

    @property
    def argument_text(self) -> Word:
        """The arguments as one word."""
        return self.line.word(*self.arguments)


Node = ByteOrderMark | Blank | Comment | Directive | InstructionNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Dockerfile:
    """A whole file. ``problems`` and ``warnings`` are what reading its syntax found."""

    source: Source
    nodes: tuple[Node, ...]
    escape: str
    """The escape character: a backslash or a backtick."""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def instructions(self) -> tuple[InstructionNode, ...]:
        """The instructions in order."""
        return tuple(node for node in self.nodes if isinstance(node, InstructionNode))

    @property
    def directives(self) -> dict[str, Directive]:
        """The parser directives by name."""
        return {node.name: node for node in self.nodes if isinstance(node, Directive)}

    def render(self) -> str:
        """The text again, put together from the nodes."""
        parts: list[str] = []
        for node in self.nodes:
            match node:
                case ByteOrderMark():
                    parts.append(BOM)
                case InstructionNode():
                    parts.extend(token.span.text for token in node.tokens)
                case _:
                    parts.append(node.span.text)
        return "".join(parts)
