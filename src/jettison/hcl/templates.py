"""The template language of HCL: texts with ``${…}`` and ``%{…}`` in quotes, heredocs, strings of the JSON syntax."""

from __future__ import annotations

import re
from collections.abc import Callable

from jettison.frozen import dataclass
from jettison.hcl.scanner import Scanner, Token
from jettison.hcl.syntax import Conditional, Expression, For, Literal, Template, TemplateJoin
from jettison.hcl.values import string
from jettison.patterns import late_pattern
from jettison.text.diagnostics import error_at, quoted
from jettison.text.span import Span
from jettison.text.suggest import did_you_mean

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEXADECIMAL = {"u": 4, "U": 8}
_QUOTED_PIECE = late_pattern(r'[^"\\$%\r\n]+')
_LINE_PIECE = late_pattern(r"[^$%\n]*\n|[^$%\n]+")
_DIRECTIVES = ("if", "else", "endif", "for", "endfor")

ParseExpression = Callable[[], Expression]


@dataclass(slots=True)
class _Text:
    """Text of a template, still to be trimmed."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Directive:
    """``%{if x}``, ``%{for k, v in x}``, or one that ends or divides those."""

    word: str
    span: Span
    expression: Expression | None = None
    names: tuple[str, ...] = ()


_Part = _Text | _Directive | Expression


class TemplateReader:
    """Reads one template at the place of a scanner."""

    def __init__(self, scanner: Scanner, parse_expression: ParseExpression) -> None:
        self._scanner = scanner
        self._parse_expression = parse_expression
        self._parts: list[_Part] = []
        self._trim_next = False

    def read_quoted(self) -> Template:
        """From the opening quote to the closing one."""
        scanner = self._scanner
        opening = scanner.read()
        text = scanner.source.text
        while not text.startswith('"', scanner.offset):
            at = scanner.offset
            if at >= len(text) or text[at] in "\r\n":
                raise scanner.error(
                    opening,
                    "this text has no closing quote on its line",
                    hint="texts of several lines are heredocs: <<EOT",
                )
            if text[at] == "\\":
                self._add_text(self._escape(), at)
            elif not self._sequence():
                piece = _QUOTED_PIECE.match(text, at)
                scanner.offset = piece.end() if piece else at + 1
                self._add_text(text[at : scanner.offset], at)
        scanner.offset += 1
        return self._finish(opening.first)

    def read_heredoc(self) -> Template:
        """From the marker to the line that repeats it."""
        scanner = self._scanner
        opening = scanner.read()
        flush = opening.text.startswith("<<-")
        marker = opening.text.strip().lstrip("<").removeprefix("-")
        end = re.compile(rf"[ \t]*{re.escape(marker)}[ \t]*(?=\r?\n|\Z)")
        text = scanner.source.text
        line_begins = True
        while not (line_begins and (match := end.match(text, scanner.offset))):
            at = scanner.offset
            if at >= len(text):
                raise scanner.error(opening, f"this heredoc has no line {marker!r} that ends it")
            line_begins = False
            if not self._sequence():
                piece = _LINE_PIECE.match(text, at)
                scanner.offset = piece.end() if piece else at + 1
                self._add_text(text[at : scanner.offset], at)
                line_begins = text[scanner.offset - 1] == "\n"
        scanner.offset = match.end()
        if flush:
            self._take_indentation()
        return self._finish(opening.first)

    def read_all(self) -> Template:
        """The whole source: the content of a string of the JSON syntax."""
        scanner = self._scanner
        text = scanner.source.text
        while scanner.offset < len(text):
            at = scanner.offset
            if not self._sequence():
                piece = _LINE_PIECE.match(text, at)
                scanner.offset = piece.end() if piece else at + 1
                self._add_text(text[at : scanner.offset], at)
        return self._finish(0)

    def _sequence(self) -> bool:
        """Read ``${…}``, ``%{…}`` or an escape of those; whether there is one."""
        scanner, text, at = self._scanner, self._scanner.source.text, self._scanner.offset
        for escape in ("$${", "%%{"):
            if text.startswith(escape, at):
                scanner.offset += 3
                self._add_text(escape[1:], at)
                return True
        if not text.startswith(("${", "%{"), at):
            return False
        scanner.offset += 2
        if text.startswith("~", scanner.offset):
            scanner.offset += 1
            self._trim_last()
        self._trim_next = False
        with scanner.newlines(count=False):
            part = self._parse_expression() if text[at] == "$" else self._directive(at)
            closing = scanner.take("}", "~}")
            if closing is None:
                raise scanner.unexpected(
                    f"the template sequence {text[at : at + 2]} needs '}}' here",
                    hint=f"for the characters themselves write {text[at]}{text[at : at + 2]}",
                )
        if isinstance(part, _Directive):
            part = _Directive(part.word, scanner.span(at), part.expression, part.names)
        self._parts.append(part)
        self._trim_next = closing.text == "~}"
        return True

    def _directive(self, first: int) -> _Directive:
        scanner = self._scanner
        word = scanner.peek()
        if word.kind != "name" or word.text not in _DIRECTIVES:
            raise scanner.unexpected(
                f"a template directive is one of {', '.join(_DIRECTIVES)}", hint=did_you_mean(word.text, _DIRECTIVES)
            )
        scanner.read()
        span = scanner.span(first)
        if word.text == "if":
            return _Directive("if", span, self._parse_expression())
        if word.text == "for":
            names = read_for_names(scanner)
            return _Directive("for", span, self._parse_expression(), names)
        return _Directive(word.text, span)

    def _escape(self) -> str:
        """Read a backslash and what belongs to it."""
        scanner = self._scanner
        text, at = scanner.source.text, scanner.offset
        letter = text[at + 1 : at + 2]
        if letter in _ESCAPES and letter:
            scanner.offset += 2
            return _ESCAPES[letter]
        digits = text[at + 2 : at + 2 + _HEXADECIMAL.get(letter, 0)]
        if digits and re.fullmatch(r"[0-9a-fA-F]{4}|[0-9a-fA-F]{8}", digits) and int(digits, 16) <= 0x10FFFF:
            scanner.offset += 2 + len(digits)
            return chr(int(digits, 16))
        raise error_at(
            Span(scanner.source, at, min(at + 2, len(text))),
            f"{quoted(text[at : at + 2])} is no escape sequence",
            hint='there are \\n, \\r, \\t, \\", \\\\, \\uNNNN and \\UNNNNNNNN; a backslash itself is \\\\',
        )

    def _add_text(self, text: str, first: int) -> None:
        if self._trim_next:
            text = text.lstrip()
            self._trim_next = not text
        self._parts.append(_Text(text, self._scanner.span(first)))

    def _trim_last(self) -> None:
        """Take the blanks off the text before the place, as far back as it reaches."""
        for part in reversed(self._parts):
            if not isinstance(part, _Text):
                return
            part.text = part.text.rstrip()
            if part.text:
                return

    def _take_indentation(self) -> None:
        """Take off each line the blanks that all lines of a heredoc begin with; blank lines do not count."""
        least: int | None = None
        indented: list[_Text] = []
        line_begins = True
        for part in self._parts:
            if line_begins and isinstance(part, _Text):
                blanks = len(part.text) - len(part.text.lstrip())
                if blanks < len(part.text) or not part.text.endswith("\n"):
                    least = blanks if least is None else min(least, blanks)
                    indented.append(part)
            elif line_begins:
                least = 0
            line_begins = isinstance(part, _Text) and part.text.endswith("\n")
        for text in indented:
            text.text = text.text[least or 0 :]

    def _finish(self, first: int) -> Template:
        span = self._scanner.span(first)
        return Template(parts=_nest(_melded(self._parts), span), span=span)


def read_for_names(scanner: Scanner) -> tuple[str, ...]:
    """``v in`` or ``k, v in`` after a ``for``."""
    names = [_for_name(scanner)]
    if scanner.take(","):
        names.append(_for_name(scanner))
    if not scanner.peek().is_name("in"):
        raise scanner.unexpected("'for' needs 'in' after its names")
    scanner.read()
    return tuple(names)


def _for_name(scanner: Scanner) -> str:
    token: Token = scanner.peek()
    if token.kind != "name":
        raise scanner.unexpected("'for' needs a name here")
    return scanner.read().text


def _melded(parts: list[_Part]) -> list[_Directive | Expression]:
    """Texts that follow each other as one, empty ones left out."""
    melded: list[_Directive | Expression] = []
    run: list[_Text] = []
    for part in [*parts, None]:
        if isinstance(part, _Text):
            run.append(part)
            continue
        if text := "".join(each.text for each in run):
            span = Span(run[0].span.source, run[0].span.first, run[-1].span.last)
            melded.append(Literal(value=string(text), span=span))
        run = []
        if part is not None:
            melded.append(part)
    return melded


def _nest(parts: list[_Directive | Expression], span: Span) -> tuple[Expression, ...]:
    """The parts with each ``if`` and ``for`` as one expression."""
    parts.reverse()
    pieces, closing = _pieces(parts)
    if closing is not None:
        raise error_at(closing.span, f"%{{{closing.word}}} without a directive that it belongs to")
    return pieces


def _pieces(rest: list[_Directive | Expression]) -> tuple[tuple[Expression, ...], _Directive | None]:
    """What stands before the next directive that ends or divides something, and that directive. Empties ``rest``."""
    pieces: list[Expression] = []
    while rest:
        part = rest.pop()
        if not isinstance(part, _Directive):
            pieces.append(part)
        elif part.word == "if":
            pieces.append(_conditional(part, rest))
        elif part.word == "for":
            pieces.append(_join(part, rest))
        else:
            return tuple(pieces), part
    return tuple(pieces), None


def _conditional(opening: _Directive, rest: list[_Directive | Expression]) -> Conditional:
    yes, closing = _pieces(rest)
    no: tuple[Expression, ...] = ()
    if closing is not None and closing.word == "else":
        no, closing = _pieces(rest)
    if closing is None or closing.word != "endif":
        raise (
            error_at(opening.span, "%{if} without %{endif}")
            if closing is None
            else error_at(closing.span, f"%{{endif}} is missing before %{{{closing.word}}}")
        )
    assert opening.expression is not None
    span = Span(opening.span.source, opening.span.first, closing.span.last)
    return Conditional(condition=opening.expression, yes=_text_of(yes, span), no=_text_of(no, span), span=span)


def _join(opening: _Directive, rest: list[_Directive | Expression]) -> TemplateJoin:
    content, closing = _pieces(rest)
    if closing is None or closing.word != "endfor":
        raise (
            error_at(opening.span, "%{for} without %{endfor}")
            if closing is None
            else error_at(closing.span, f"%{{endfor}} is missing before %{{{closing.word}}}")
        )
    assert opening.expression is not None
    span = Span(opening.span.source, opening.span.first, closing.span.last)
    pieces = For(
        key_name=opening.names[0] if len(opening.names) == 2 else None,
        value_name=opening.names[-1],
        of=opening.expression,
        key=None,
        value=_text_of(content, span),
        condition=None,
        grouped=False,
        span=span,
    )
    return TemplateJoin(pieces=pieces, span=span)


def _text_of(parts: tuple[Expression, ...], span: Span) -> Template:
    """The parts as a text: one that is a value alone becomes a text too."""
    return Template(parts=(*parts, Literal(value=string(""), span=span)), span=span)
