"""The JSON syntax of HCL (``json/spec.md``): objects are bodies where the schema says so, texts are templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from jettison.hcl.expressions import ExpressionParser
from jettison.hcl.json_tree import JsonArray, JsonObject, JsonScalar, JsonValue, parse_json
from jettison.hcl.scanner import Scanner
from jettison.hcl.syntax import Attribute, Block, Body, Expression, Literal, Object, Template, Tuple
from jettison.hcl.templates import TemplateReader
from jettison.hcl.values import boolean, null, number, string
from jettison.text.diagnostics import error_at
from jettison.text.span import Source, Span, Word

_COMMENT = "//"

BlockLabels = Mapping[str, int]
"""The types of blocks that there may be, and how many labels each has."""


def parse_hcl_json(source: Source, blocks: BlockLabels, nested: BlockLabels) -> Body:
    """The body that a file in the JSON syntax holds, with the blocks of ``blocks``; in those are blocks of ``nested``.

    Raises :class:`SourceError`.
    """
    document = parse_json(source)
    return _Reader(nested).body(document, blocks)


class _Reader:
    def __init__(self, nested: BlockLabels) -> None:
        self._nested = nested

    def body(self, value: JsonValue, types: BlockLabels) -> Body:
        """An object, or an array of objects that are one body."""
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        for name, member in _members(value):
            if name.text == _COMMENT:
                continue
            if name.text in types:
                blocks += self._blocks(name, member, (), types[name.text])
            else:
                attributes.append(Attribute(name=name, value=expression_of(member), span=_through(name, member)))
        return Body(attributes=tuple(attributes), blocks=tuple(blocks))

    def _blocks(self, type_: Word, value: JsonValue, labels: tuple[Word, ...], missing: int) -> Iterator[Block]:
        if isinstance(value, JsonScalar) and value.value is None:
            return
        if missing:
            for name, member in _members(value):
                yield from self._blocks(type_, member, (*labels, name), missing - 1)
            return
        for body in value.elements if isinstance(value, JsonArray) else (value,):
            span = labels[-1].span if labels else type_.span
            yield Block(type=type_, labels=labels, body=self.body(body, self._nested), span=span)


def expression_of(value: JsonValue) -> Expression:
    """The expression that a JSON value is."""
    match value:
        case JsonObject(members, span):
            items = [(_template(name.text, name.span), expression_of(member)) for name, member in members]
            return Object(items=tuple(items), span=span)
        case JsonArray(elements, span):
            return Tuple(items=tuple(expression_of(element) for element in elements), span=span)
        case JsonScalar(str(text), span):
            return _template(text, span)
        case JsonScalar(bool(truth), span):
            return Literal(value=boolean(truth), span=span)
        case JsonScalar(None, span):
            return Literal(value=null(), span=span)
        case JsonScalar(amount, span):
            assert isinstance(amount, Decimal)
            return Literal(value=number(amount), span=span)


def _template(text: str, span: Span) -> Template:
    """The template that a string is. Its places are those of the file as long as the string has no escapes."""
    if "${" not in text and "%{" not in text:
        parts = (Literal(value=string(text), span=span),) if text else ()
        return Template(parts=parts, span=span, json=True)
    first = span.first + 1
    scanner = Scanner(Source(span.source.text[:first] + text, span.source.path))
    scanner.offset = first
    template = TemplateReader(scanner, ExpressionParser(scanner).parse).read_all()
    return Template(parts=template.parts, span=span, json=True)


def _members(value: JsonValue) -> Iterator[tuple[Word, JsonValue]]:
    """Those of an object, or of all objects of an array."""
    for each in value.elements if isinstance(value, JsonArray) else (value,):
        if not isinstance(each, JsonObject):
            raise error_at(each.span, "expected an object { }")
        yield from each.members


def _through(name: Word, value: JsonValue) -> Span:
    return Span(name.span.source, name.span.first, value.span.last)
