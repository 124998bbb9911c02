"""From text to the lossless tree (BuildKit: ``frontend/dockerfile/parser``).

Never raises: what is wrong is noted in the tree, and reading goes on behind it. The text is read once, line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jettison.dockerfile.head import Head, parse_head
from jettison.dockerfile.heredoc import HeredocMark, find_heredocs
from jettison.dockerfile.json_form import NotStringsError, parse_json_form
from jettison.dockerfile.syntax import (
    Blank,
    ByteOrderMark,
    Comment,
    Directive,
    Dockerfile,
    Heredoc,
    InstructionNode,
    Line,
    Node,
    Token,
    TokenKind,
)
from jettison.dockerfile.words import SPACE, trim
from jettison.patterns import late_pattern
from jettison.text.diagnostics import Problem, printable, quoted
from jettison.text.span import BOM, Source, Span, Word

_DIRECTIVE = late_pattern(rf"#[{SPACE}]*+([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*+=")
_BLANKS = "\t\n\f\r "
_DIRECTIVES = frozenset(("syntax", "escape", "check"))
_ESCAPES = ("\\", "`")
_HEREDOC_INSTRUCTIONS = frozenset(("ADD", "COPY", "RUN"))
_MAX_RECOVERIES = 10
_MAX_NAME = 60


def parse_dockerfile(text: str, path: str = "Dockerfile") -> Dockerfile:
    """The tree of a Dockerfile's text. ``render()`` of the result is ``text``, whatever it is."""
    return _Parser(Source(text, path)).parse()


class _Parser:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._text = source.text
        self._position = 0
        self._escape = "\\"
        self._directives: set[str] | None = set()
        """The parser directives so far; None when their time is over."""
        self._shebang = False
        self._comments: list[str] = []
        self._recoveries = 0
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []

    def parse(self) -> Dockerfile:
        nodes: list[Node] = []
        if self._text.startswith(BOM):
            self._position = len(BOM)
            nodes.append(ByteOrderMark(span=self._span(0, len(BOM))))
        has_instructions = False
        while self._position < len(self._text):
            node = self._node()
            has_instructions = has_instructions or isinstance(node, InstructionNode)
            nodes.append(node)
        if not has_instructions:
            end = len(self._text)
            hint = "a Dockerfile begins with FROM and the name of an image"
            self._problems.append(Problem(span=self._span(end, end), message="file with no instructions", hint=hint))
        return Dockerfile(
            source=self._source,
            nodes=tuple(nodes),
            escape=self._escape,
            problems=tuple(self._problems),
            warnings=tuple(self._warnings),
        )

    def _span(self, first: int, last: int) -> Span:
        return Span(self._source, first, last)

    def _next_line(self) -> tuple[int, int, int]:
        """Go behind the next line; where it begins, where its text ends, where it ends."""
        first = self._position
        end = self._text.find("\n", first) + 1 or len(self._text)
        self._position = end
        last = end
        while last > first and self._text[last - 1] in "\r\n":
            last -= 1
        return first, last, end

    def _node(self) -> Node:
        first, last, end = self._next_line()
        content = self._text[first:last].lstrip(SPACE)
        if not content:
            self._directives = None
            while self._text.startswith("\n", self._position):
                self._position += 1
            return Blank(span=self._span(first, self._position))
        if content[0] == "#":
            if directive := self._directive(last - len(content), last, self._span(first, end)):
                return directive
            comment = Comment(span=self._span(first, end))
            if text := comment.text:
                self._comments.append(text)
            else:
                self._comments.clear()
            return comment
        self._directives = None
        return self._instruction(first, last - len(content), last, end)

    def _directive(self, first: int, last: int, span: Span) -> Directive | None:
        """Read a directive; an unknown one is a comment, and the last line that may be one ends with it.

        ``syntax`` and ``check`` are also found behind a ``#!`` line; ``escape`` is not.
        """
        if self._directives is None:
            return None
        if self._text.startswith("#!", first) and not self._text[:first].strip(BOM):
            self._shebang = True
            return None
        found = _DIRECTIVE.match(self._text, first, last)
        name = found.group(1).lower() if found else ""
        if found is None or found.end() == last or name not in _DIRECTIVES or (self._shebang and name == "escape"):
            self._directives = None
            return None
        place = self._trimmed(found.end(), last)
        value = Word(place.text, place)
        if name in self._directives:
            place = self._span(found.start(1), place.last)
            self._problems.append(Problem(span=place, message=f"only one {name} parser directive can be used"))
        elif name == "escape":
            self._set_escape(value)
        self._directives.add(name)
        return Directive(name=name, value=value, span=span)

    def _trimmed(self, first: int, last: int) -> Span:
        """The range of a directive's value without the blanks around it."""
        inner = self._text[first:last].lstrip(_BLANKS)
        first = last - len(inner)
        return self._span(first, first + len(inner.rstrip(_BLANKS)))

    def _set_escape(self, value: Word) -> None:
        if value.text in _ESCAPES:
            self._escape = value.text
            return
        message = f"invalid escape token {quoted(value.text)}"
        self._problems.append(Problem(span=value.span, message=message, hint="it can be a backslash or a backtick: `"))

    def _instruction(self, line_first: int, first: int, last: int, end: int) -> InstructionNode:
        tokens: list[Token] = []
        if first > line_first:
            tokens.append(Token(TokenKind.INDENT, self._span(line_first, first)))
        pieces: list[tuple[int, str]] = []
        self._pieces(tokens, pieces, first, last, end)
        line = Line(self._source, pieces)
        head = parse_head(line, self._escape)
        heredocs: tuple[Heredoc, ...] = ()
        if "<<" in line.text and self._may_have_heredocs(line, head):
            marks = find_heredocs(line.text)
            heredocs = tuple(self._heredocs(marks, tokens, line.span(*trim(line.text, 0, len(line.text)))))
        comments = tuple(self._comments)
        self._comments.clear()
        return InstructionNode(
            keyword=head.keyword,
            flags=head.flags,
            arguments=head.arguments,
            line=line,
            heredocs=heredocs,
            tokens=tuple(tokens),
            comments=comments,
            escape=self._escape,
            span=self._span(line_first, self._position),
        )

    def _pieces(self, tokens: list[Token], pieces: list[tuple[int, str]], first: int, last: int, end: int) -> None:
        """Read the line that is given, and the lines that continue it."""
        text = self._text
        has_blank = False
        while True:
            cut = self._continuation(first, last)
            stop = last if cut is None else cut
            pieces.append((first, text[first:stop]))
            if stop > first:
                tokens.append(Token(TokenKind.TEXT, self._span(first, stop)))
            if stop < end:
                kind = TokenKind.NEWLINE if cut is None else TokenKind.CONTINUATION
                tokens.append(Token(kind, self._span(stop, end)))
            if cut is None:
                break
            while self._position < len(text):
                first, last, end = self._next_line()
                content = text[first:last].lstrip(SPACE)
                if content and content[0] != "#":
                    break
                has_blank = has_blank or not content
                kind = TokenKind.COMMENT if content else TokenKind.BLANK
                tokens.append(Token(kind, self._span(first, end)))
            else:
                break
        if has_blank:
            blank = next(token.span for token in tokens if token.kind is TokenKind.BLANK)
            hint = "empty lines inside an instruction will become errors: remove it, or make it a comment"
            self._warnings.append(Problem(span=blank, message="empty continuation line", hint=hint))

    def _continuation(self, first: int, last: int) -> int | None:
        """Where the escape character stands that continues a line: the last one of it, and not itself escaped."""
        text = self._text
        while last > first and text[last - 1] in " \t":
            last -= 1
        if last == first or text[last - 1] != self._escape:
            return None
        if last - 1 > first and text[last - 2] == self._escape:
            return None
        return last - 1

    def _may_have_heredocs(self, line: Line, head: Head) -> bool:
        if head.keyword.text.upper() == "ONBUILD" and head.arguments[0] < head.arguments[1]:
            line = line.part(*head.arguments)
            head = parse_head(line, self._escape)
        if head.keyword.text.upper() not in _HEREDOC_INSTRUCTIONS:
            return False
        try:
            return parse_json_form(line.text, *head.arguments) is None
        except NotStringsError:
            return False

    def _heredocs(self, marks: Iterable[HeredocMark], tokens: list[Token], code: Span) -> Iterator[Heredoc]:
        """Read the heredocs of an instruction; behind the end of the file there is no use in looking for more."""
        for mark in marks:
            problems = len(self._problems)
            yield self._heredoc(mark, tokens, code)
            if len(self._problems) > problems and self._position == len(self._text):
                return

    def _heredoc(self, mark: HeredocMark, tokens: list[Token], code: Span) -> Heredoc:
        """Read the lines of a heredoc."""
        begin = self._position
        while self._position < len(self._text):
            first, last, end = self._next_line()
            line = self._text[first:last]
            if (line.lstrip("\t") if mark.chomp else line) == mark.name:
                break
        else:
            self._unterminated(mark, begin, code)
            first = end = self._position
        body = self._span(begin, first)
        if begin < first:
            tokens.append(Token(TokenKind.HEREDOC_BODY, body))
        if first < end:
            tokens.append(Token(TokenKind.HEREDOC_END, self._span(first, end)))
        return Heredoc(name=mark.name, expand=mark.expand, chomp=mark.chomp, descriptor=mark.descriptor, body=body)

    def _unterminated(self, mark: HeredocMark, begin: int, code: Span) -> None:
        """Note it, and go on behind the line that was probably meant to be the end, else at the end of the file."""
        name = printable(mark.name[:_MAX_NAME])
        hint = f"end it with a line that is nothing but {name}"
        self._recoveries += 1
        if self._recoveries <= _MAX_RECOVERIES:
            self._position = begin
            while self._position < len(self._text):
                first, last, _ = self._next_line()
                if self._text[first:last].strip(SPACE) == mark.name:
                    number = self._source.position(first).line
                    hint = f"line {number} is not exactly {name}: take off the white space around it"
                    if not mark.chomp and self._text[first:last].lstrip("\t") == mark.name:
                        hint += f", or begin with <<-{name}"
                    break
        self._problems.append(Problem(span=code, message=f"unterminated heredoc {quoted(mark.name)}", hint=hint))
