"""The structural language of HCL's native syntax: attributes and blocks."""

from __future__ import annotations

from jettison.hcl.expressions import ExpressionParser
from jettison.hcl.scanner import Scanner, Token
from jettison.hcl.syntax import Attribute, Block, Body, Expression, Literal, Template
from jettison.hcl.templates import TemplateReader
from jettison.hcl.values import Value
from jettison.text.diagnostics import Problem, SourceError, error_at
from jettison.text.span import Source, Span, Word


def parse_hcl(source: Source) -> Body:
    """The body that a file in the native syntax holds. Raises :class:`SourceError`."""
    try:
        return _BodyParser(Scanner(source)).parse(closing=None)
    except RecursionError:
        raise _too_deep(source) from None


def parse_expression(source: Source) -> Expression:
    """The one expression that a text holds. Raises :class:`SourceError`."""
    scanner = Scanner(source)
    try:
        with scanner.newlines(count=False):
            expression = ExpressionParser(scanner).parse()
            if scanner.peek().kind != "end":
                raise scanner.unexpected("expected nothing more")
    except RecursionError:
        raise _too_deep(source) from None
    return expression


def parse_template(source: Source) -> Template:
    """The template that a whole text is. Raises :class:`SourceError`."""
    scanner = Scanner(source)
    try:
        return TemplateReader(scanner, ExpressionParser(scanner).parse).read_all()
    except RecursionError:
        raise _too_deep(source) from None


def _too_deep(source: Source) -> SourceError:
    return error_at(Span(source, 0, 0), "this is nested too deeply")


class _BodyParser:
    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._expressions = ExpressionParser(scanner)

    def parse(self, closing: Token | None) -> Body:
        """Up to the end of the file, or the brace that ends the block whose opening brace is ``closing``."""
        scanner = self._scanner
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        with scanner.newlines(count=True):
            while True:
                token = scanner.peek()
                if token.kind == "newline":
                    scanner.read()
                    continue
                if token.kind == "end":
                    if closing is not None:
                        raise scanner.error(closing, "this block has no closing brace")
                    break
                if token.is_operator("}") and closing is not None:
                    break
                item = self._item()
                if isinstance(item, Block):
                    blocks.append(item)
                elif item.name.text in attributes:
                    raise _redefined(attributes[item.name.text], item)
                else:
                    attributes[item.name.text] = item
        return Body(attributes=tuple(attributes.values()), blocks=tuple(blocks))

    def _item(self) -> Attribute | Block:
        scanner = self._scanner
        name = scanner.peek()
        if name.kind == "quote":
            raise scanner.unexpected(
                "expected an attribute or a block", hint="names of attributes stand without quotes"
            )
        if name.kind != "name":
            raise scanner.unexpected("expected an attribute or a block")
        scanner.read()
        word = Word(name.text, scanner.span(name.first))
        if scanner.take("="):
            value = self._expressions.parse()
            span = scanner.span(name.first)
            self._end_of_line("an attribute")
            return Attribute(name=word, value=value, span=span)
        labels = []
        while not scanner.peek().is_operator("{"):
            labels.append(self._label(word))
        head = scanner.span(name.first)
        opening = scanner.read()
        with scanner.newlines(count=True):
            one_line = scanner.peek().kind not in ("newline", "end")
            body = self._one_line() if one_line else self.parse(opening)
        scanner.read()
        self._end_of_line("a block")
        return Block(type=word, labels=tuple(labels), body=body, span=head)

    def _one_line(self) -> Body:
        """What stands between braces on one line: a single attribute, or nothing."""
        scanner = self._scanner
        if scanner.peek().is_operator("}"):
            return Body(attributes=(), blocks=())
        item = self._item()
        if isinstance(item, Block) or not scanner.peek().is_operator("}"):
            place = item.span
            raise error_at(
                place, "a block on one line has a single attribute", hint="put each thing on a line of its own"
            )
        return Body(attributes=(item,), blocks=())

    def _label(self, word: Word) -> Word:
        scanner = self._scanner
        token = scanner.peek()
        if token.kind == "name":
            scanner.read()
            return Word(token.text, scanner.span(token.first))
        if token.kind != "quote":
            hint = f"attributes are written {word.text} = …" if token.is_operator(":") else None
            raise scanner.unexpected(f"'=' or a block's label or '{{' is expected after {word.text!r}", hint=hint)
        template = self._expressions.template()
        match template.parts:
            case ():
                return Word("", template.span)
            case (Literal(value=Value(raw=str(text))),):
                return Word(text, template.span)
        raise error_at(template.span, "a block's label is a plain text", hint="it cannot have ${…} in it")

    def _end_of_line(self, what: str) -> None:
        token = self._scanner.peek()
        if token.kind not in ("newline", "end") and not token.is_operator("}"):
            raise self._scanner.unexpected(f"expected the end of the line after {what}")


def _redefined(before: Attribute, again: Attribute) -> SourceError:
    line = before.span.start.line
    return SourceError([Problem(span=again.name.span, message=f"{again.name.text!r} is set already, in line {line}")])
