"""The tokens of HCL's native syntax, read one at a time at the place where the parser is.

What a line end means depends on where it stands, so the parser says whether it counts. Templates are not tokens: the
parser goes into them at their opening quote or heredoc marker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from jettison.patterns import late_pattern
from jettison.text.diagnostics import SourceError, error_at, quoted
from jettison.text.span import BOM, Source, Span
from jettison.tuples import NamedTuple

_BLANK = late_pattern(r"(?:[ \t]+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_TOKEN = late_pattern(
    r"""
    (?P<newline> \r?\n )
  | (?P<name> [^\W\d][\w-]* )
  | (?P<number> \d+(?:\.\d+)?(?:[eE][+-]?\d+)? )
  | (?P<heredoc> <<-?[^\W\d][\w-]*\r?\n )
  | (?P<quote> " )
  | (?P<operator> \.\.\. | :: | => | == | != | >= | <= | && | \|\| | ~\} | [-+*/%=<>!?:.,()\[\]{}] )
  | (?P<invalid> . )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One token: ``kind`` is the group of the pattern that it matched, or ``end``."""

    kind: str
    text: str
    first: int
    last: int

    def is_operator(self, *texts: str) -> bool:
        """Whether it is one of these operators."""
        return self.kind == "operator" and self.text in texts

    def is_name(self, text: str) -> bool:
        """Whether it is this keyword."""
        return self.kind == "name" and self.text == text

    @property
    def shown(self) -> str:
        """The token in a message."""
        names = {"end": "the end of the file", "newline": "the end of the line", "heredoc": "a heredoc"}
        return names.get(self.kind) or quoted(self.text)


class Scanner:
    """A place in a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.offset = len(BOM) if source.text.startswith(BOM) else 0
        self._skip_newlines = [False]
        self._peeked: tuple[int, bool, Token] | None = None

    def peek(self) -> Token:
        """The next token; comments and blanks are passed over, and line ends where they do not count."""
        skip = self._skip_newlines[-1]
        if self._peeked is None or self._peeked[:2] != (self.offset, skip):
            self._peeked = self.offset, skip, self._scan(skip)
        return self._peeked[2]

    def read(self) -> Token:
        """The next token, which is then behind."""
        token = self.peek()
        self.offset = token.last
        return token

    def take(self, *operators: str) -> Token | None:
        """The next token, read, where it is one of these operators."""
        return self.read() if self.peek().is_operator(*operators) else None

    def expect(self, operator: str, why: str) -> Token:
        """Read this operator; ``why``: what needs it, for the message."""
        token = self.take(operator)
        if token is None:
            raise self.unexpected(f"{why} needs {operator!r} here")
        return token

    @contextmanager
    def newlines(self, *, count: bool) -> Iterator[None]:
        """For the body, line ends are tokens or not."""
        self._skip_newlines.append(not count)
        try:
            yield
        finally:
            self._skip_newlines.pop()

    def span(self, first: int, last: int | None = None) -> Span:
        """From ``first`` to ``last``, or to the place."""
        return Span(self.source, first, self.offset if last is None else last)

    def error(self, token: Token, message: str, *, hint: str | None = None) -> SourceError:
        """The error that something is wrong with a token."""
        return error_at(self.span(token.first, token.last), message, hint=hint)

    def unexpected(self, expectation: str, *, hint: str | None = None) -> SourceError:
        """The error that the next token is none that may stand there."""
        token = self.peek()
        return self.error(token, f"{expectation}, found {token.shown}", hint=hint)

    def _scan(self, skip_newlines: bool) -> Token:
        text, offset = self.source.text, self.offset
        while True:
            if blank := _BLANK.match(text, offset):
                offset = blank.end()
            match = _TOKEN.match(text, offset)
            if match is None:
                return Token("end", "", offset, offset)
            token = Token(match.lastgroup or "", match[0], offset, match.end())
            if token.kind == "newline" and skip_newlines:
                offset = token.last
                continue
            if token.kind == "invalid":
                hint = "texts stand in double quotes" if token.text == "'" else None
                raise self.error(token, f"unexpected character {quoted(token.text)}", hint=hint)
            return token
