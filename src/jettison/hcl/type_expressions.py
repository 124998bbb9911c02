"""Types as variables declare them: ``string``, ``list(number)``, ``object({a = string, b = optional(bool)})``."""

from __future__ import annotations

from collections.abc import Callable

from jettison.hcl.parser import parse_expression
from jettison.hcl.syntax import Call, Expression, Literal, Object, Template, Tuple, as_keyword
from jettison.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)
from jettison.hcl.values import Value
from jettison.text.diagnostics import error_at
from jettison.text.span import Source
from jettison.text.suggest import did_you_mean

_KEYWORDS = {"string": STRING, "number": NUMBER, "bool": BOOL, "any": DYNAMIC}
_COLLECTIONS: dict[str, Callable[[Type], Type]] = {"list": ListType, "set": SetType, "map": MapType}
_STRUCTURES = ("tuple", "object")


def parse_type(expression: Expression) -> Type:
    """The type that an expression names. Raises :class:`SourceError`."""
    match expression:
        case Template(json=True, parts=(Literal(value=Value(raw=str(text))),)):
            return parse_type(parse_expression(Source(text, expression.span.source.path)))
        case Call(name=name, arguments=(argument,)) if name in _COLLECTIONS:
            return _COLLECTIONS[name](parse_type(argument))
        case Call(name="tuple", arguments=(Tuple(items=items),)):
            return TupleType(tuple(parse_type(item) for item in items))
        case Call(name="object", arguments=(Object(items=pairs),)):
            return _object(pairs)
        case Call(name=name):
            known = (*_COLLECTIONS, *_STRUCTURES)
            if name in known:
                inside = {"tuple": "a list of types", "object": "names and their types in { }"}.get(name, "one type")
                raise error_at(expression.span, f"{name}( ) has {inside} in its parentheses")
            raise error_at(expression.span, f"there is no type {name}( )", hint=did_you_mean(name, known))
    word = as_keyword(expression)
    if word in _KEYWORDS:
        return _KEYWORDS[word]
    if word in (*_COLLECTIONS, *_STRUCTURES):
        raise error_at(expression.span, f"the type {word} needs to say of what: {word}(…)")
    names = (*_KEYWORDS, *_COLLECTIONS, *_STRUCTURES)
    raise error_at(
        expression.span,
        "this is no type",
        hint=(did_you_mean(word, names) if word else None) or f"there is {', '.join(names)}",
    )


def _object(pairs: tuple[tuple[Expression, Expression], ...]) -> ObjectType:
    attributes = {}
    optional = set()
    for key, value in pairs:
        match key:
            case Literal(value=Value(raw=str(name))) | Template(parts=(Literal(value=Value(raw=str(name))),)):
                pass
            case _:
                raise error_at(key.span, "the name of an attribute is expected")
        match value:
            case Call(name="optional", arguments=(inner,)):
                optional.add(name)
                attributes[name] = parse_type(inner)
            case _:
                attributes[name] = parse_type(value)
    return ObjectType.of(attributes, optional)
