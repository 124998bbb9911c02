"""What an expression is made of, and which functions it calls."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.hcl.syntax import (
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Index,
    Object,
    Parentheses,
    Splat,
    Template,
    TemplateJoin,
    Tuple,
    Unary,
)


def calls_in(expression: Expression) -> Iterator[Call]:
    """Every call in an expression, those in its parts too."""
    pending = [expression]
    while pending:
        each = pending.pop()
        if isinstance(each, Call):
            yield each
        pending += _parts(each)


def _parts(expression: Expression) -> Iterator[Expression]:
    match expression:
        case Template(parts=parts) | Tuple(items=parts) | Call(arguments=parts):
            yield from parts
        case TemplateJoin(pieces=pieces):
            yield pieces
        case GetAttribute(of=of) | Unary(of=of) | Parentheses(of=of):
            yield of
        case Index(of=of, key=key):
            yield from (of, key)
        case Splat(of=of, each=each):
            yield from (of, each)
        case Object(items=items):
            for key, value in items:
                yield from (key, value)
        case For(of=of, value=value):
            yield from (of, value, *(part for part in (expression.key, expression.condition) if part is not None))
        case Conditional(condition=condition, yes=yes, no=no):
            yield from (condition, yes, no)
        case Binary(left=left, right=right):
            yield from (left, right)
