"""The expression language of HCL's native syntax: a parser by recursive descent."""

from __future__ import annotations

from jettison.hcl.numbers import parse_number
from jettison.hcl.scanner import Scanner, Token
from jettison.hcl.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Index,
    Literal,
    Object,
    Parentheses,
    Splat,
    SplatItem,
    Template,
    Tuple,
    Unary,
    Variable,
)
from jettison.hcl.templates import TemplateReader, read_for_names
from jettison.hcl.values import boolean, null, number, string
from jettison.text.span import Span

_PRECEDENCE = {
    operator: level
    for level, operators in enumerate(("||", "&&", "== !=", "> >= < <=", "+ -", "* / %"))
    for operator in operators.split()
}
_CONSTANTS = {"true": boolean(truth=True), "false": boolean(truth=False), "null": null()}


class ExpressionParser:
    """Parses expressions at the place of a scanner."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner

    def parse(self) -> Expression:
        """``Expression = Operation [ "?" Expression ":" Expression ]``."""
        scanner = self.scanner
        condition = self._operation(0)
        if not scanner.take("?"):
            return condition
        yes = self.parse()
        scanner.expect(":", "the conditional ? :")
        no = self.parse()
        return Conditional(condition=condition, yes=yes, no=no, span=_between(condition.span, no.span))

    def template(self) -> Template:
        """The quoted template at the place."""
        return TemplateReader(self.scanner, self.parse).read_quoted()

    def _operation(self, least: int) -> Expression:
        """Operators that bind as strongly as ``least`` or more; those that bind alike are taken from the left."""
        left = self._unary()
        while (token := self.scanner.peek()).kind == "operator" and _PRECEDENCE.get(token.text, -1) >= least:
            self.scanner.read()
            right = self._operation(_PRECEDENCE[token.text] + 1)
            left = Binary(operator=token.text, left=left, right=right, span=_between(left.span, right.span))
        return left

    def _unary(self) -> Expression:
        token = self.scanner.take("-", "!")
        if token is None:
            return self._traversal(self._term())
        of = self._unary()
        return Unary(operator=token.text, of=of, span=self._from(token))

    def _traversal(self, of: Expression) -> Expression:
        """``.name``, ``[key]`` and splats behind a term."""
        scanner = self.scanner
        first = of.span.first
        while True:
            if scanner.take("."):
                token = scanner.peek()
                if token.is_operator("*"):
                    scanner.read()
                    item = self._splat_item(token)
                    of = Splat(of=of, each=self._attributes_only(item), item=item, span=scanner.span(first))
                    continue
                of = self._after_dot(of, first)
            elif scanner.peek().is_operator("["):
                opening = scanner.read()
                with scanner.newlines(count=False):
                    star = scanner.take("*")
                    key = None if star else self.parse()
                    scanner.expect("]", "the index")
                if key is not None:
                    of = Index(of=of, key=key, span=scanner.span(first))
                    continue
                item = self._splat_item(opening)
                of = Splat(of=of, each=self._traversal(item), item=item, span=scanner.span(first))
            else:
                return of

    def _after_dot(self, of: Expression, first: int) -> Expression:
        """The name of an attribute, or a number: the old way of writing an index."""
        scanner = self.scanner
        token = scanner.peek()
        if token.kind == "name":
            scanner.read()
            return GetAttribute(of=of, name=token.text, span=scanner.span(first))
        if token.kind == "number" and token.text.isdecimal():
            return Index(of=of, key=self._number(), span=scanner.span(first))
        hint = f"write [{token.text.replace('.', '][')}]" if token.kind == "number" else None
        raise scanner.unexpected("an attribute's name is expected after '.'", hint=hint)

    def _attributes_only(self, item: Expression) -> Expression:
        """What may follow ``.*``: attributes alone."""
        first = item.span.first
        while self.scanner.take("."):
            if self.scanner.peek().is_operator("*"):
                raise self.scanner.unexpected("a splat cannot stand in another one", hint="write [*]")
            item = self._after_dot(item, first)
        return item

    def _splat_item(self, token: Token) -> SplatItem:
        return SplatItem(name=f"*{token.first}", span=self.scanner.span(token.first))

    def _term(self) -> Expression:
        scanner = self.scanner
        token = scanner.peek()
        match token.kind:
            case "number":
                return self._number()
            case "quote":
                return self.template()
            case "heredoc":
                return TemplateReader(scanner, self.parse).read_heredoc()
            case "name":
                return self._name()
        if token.is_operator("("):
            scanner.read()
            with scanner.newlines(count=False):
                of = self.parse()
                scanner.expect(")", "the parenthesis")
            return Parentheses(of=of, span=self._from(token))
        if token.is_operator("["):
            return self._tuple()
        if token.is_operator("{"):
            return self._object()
        raise scanner.unexpected("expected an expression")

    def _number(self) -> Literal:
        token = self.scanner.read()
        amount = parse_number(token.text)
        if amount is None:
            raise self.scanner.error(token, "this number is too long")
        return Literal(value=number(amount), span=self._from(token))

    def _name(self) -> Expression:
        scanner = self.scanner
        token = scanner.read()
        if token.text in _CONSTANTS:
            return Literal(value=_CONSTANTS[token.text], span=self._from(token))
        name_span = self._from(token)
        if not scanner.take("("):
            return Variable(name=token.text, span=name_span)
        arguments: list[Expression] = []
        expand = False
        with scanner.newlines(count=False):
            while not scanner.take(")"):
                arguments.append(self.parse())
                if scanner.take("..."):
                    expand = True
                    scanner.take(",")
                    scanner.expect(")", "the argument with ... is the last one; the call")
                    break
                if not scanner.take(",") and not scanner.peek().is_operator(")"):
                    raise scanner.unexpected("the call needs ',' or ')' here")
        return Call(
            name=token.text, arguments=tuple(arguments), expand=expand, name_span=name_span, span=self._from(token)
        )

    def _tuple(self) -> Expression:
        scanner = self.scanner
        opening = scanner.read()
        items: list[Expression] = []
        with scanner.newlines(count=False):
            if scanner.peek().is_name("for"):
                return self._for(opening, "]")
            while not scanner.take("]"):
                items.append(self.parse())
                if not scanner.take(",") and not scanner.peek().is_operator("]"):
                    raise scanner.unexpected("the list needs ',' or ']' here")
        return Tuple(items=tuple(items), span=self._from(opening))

    def _object(self) -> Expression:
        scanner = self.scanner
        opening = scanner.read()
        with scanner.newlines(count=False):
            if scanner.peek().is_name("for"):
                return self._for(opening, "}")
        items: list[tuple[Expression, Expression]] = []
        with scanner.newlines(count=True):
            while True:
                while scanner.peek().kind == "newline":
                    scanner.read()
                if scanner.take("}"):
                    break
                key = self._object_key()
                if not scanner.take("=", ":"):
                    raise scanner.unexpected("the object's key needs '=' or ':' behind it")
                items.append((key, self.parse()))
                if not scanner.take(",") and scanner.peek().kind != "newline" and not scanner.peek().is_operator("}"):
                    raise scanner.unexpected("the object needs ',', '}' or the end of the line here")
        return Object(items=tuple(items), span=self._from(opening))

    def _object_key(self) -> Expression:
        """A bare name is a text; another expression is what it is."""
        key = self.parse()
        if isinstance(key, Variable):
            return Literal(value=string(key.name), span=key.span)
        if isinstance(key, Literal) and key.value in _CONSTANTS.values():
            return Literal(value=string(key.span.text), span=key.span)
        return key

    def _for(self, opening: Token, closing: str) -> For:
        scanner = self.scanner
        scanner.read()
        names = read_for_names(scanner)
        of = self.parse()
        scanner.expect(":", "'for'")
        value = self.parse()
        key = None
        if scanner.take("=>"):
            if closing == "]":
                raise scanner.error(opening, "a list has no keys", hint="'for' with => stands in { }")
            key, value = value, self.parse()
        elif closing == "}":
            raise scanner.unexpected(
                "'for' in { } needs '=>' and a value here", hint="'for' without keys stands in [ ]"
            )
        grouped = scanner.take("...") is not None
        if grouped and key is None:
            raise scanner.unexpected("only a 'for' with keys can group values with ...")
        condition = None
        if scanner.peek().is_name("if"):
            scanner.read()
            condition = self.parse()
        scanner.expect(closing, "'for'")
        return For(
            key_name=names[0] if len(names) == 2 else None,
            value_name=names[-1],
            of=of,
            key=key,
            value=value,
            condition=condition,
            grouped=grouped,
            span=self._from(opening),
        )

    def _from(self, token: Token) -> Span:
        return self.scanner.span(token.first)


def _between(first: Span, last: Span) -> Span:
    return Span(first.source, first.first, last.last)
