"""The syntax tree of HCL, which its native and its JSON syntax make: bodies with attributes and blocks, expressions."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.frozen import dataclass
from jettison.hcl.values import Value
from jettison.hints import TypeAlias
from jettison.text.span import Span, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value that is there as it is."""

    value: Value
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Text with values in it. One part that is no text, and nothing else, keeps its type: ``"${x}"``."""

    parts: tuple[Expression, ...]
    span: Span
    json: bool = False
    """A string of the JSON syntax, which stands for a keyword or a type too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateJoin:
    """What ``%{for}`` makes: the pieces of text one after the other."""

    pieces: For
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A name."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class GetAttribute:
    """``of.name``."""

    of: Expression
    name: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """``of[key]``."""

    of: Expression
    key: Expression
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Splat:
    """``of[*]…``: ``each`` for every element, which :class:`SplatItem` stands for."""

    of: Expression
    each: Expression
    item: SplatItem
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SplatItem:
    """The element that a splat has arrived at; ``name`` is unlike any name that can be written."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuple:
    """``[a, b]``."""

    items: tuple[Expression, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """``{a = b}``; a bare name as key is a text."""

    items: tuple[tuple[Expression, Expression], ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class For:
    """``[for k, v in of : value if condition]``; with ``key`` an object, whose values are ``grouped`` by ``...``."""

    key_name: str | None
    value_name: str
    of: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    grouped: bool
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional:
    """``condition ? yes : no``."""

    condition: Expression
    yes: Expression
    no: Expression
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """``left operator right``."""

    operator: str
    left: Expression
    right: Expression
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary:
    """``!of`` or ``-of``."""

    operator: str
    of: Expression
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Parentheses:
    """``(of)``: the same value, but no bare name."""

    of: Expression
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """``name(arguments)``; ``expand``: the last one is a sequence of arguments."""

    name: str
    arguments: tuple[Expression, ...]
    expand: bool
    name_span: Span
    span: Span


Expression: TypeAlias = (
    Literal
    | Template
    | TemplateJoin
    | Variable
    | GetAttribute
    | Index
    | Splat
    | SplatItem
    | Tuple
    | Object
    | For
    | Conditional
    | Binary
    | Unary
    | Parentheses
    | Call
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """``name = value``."""

    name: Word
    value: Expression
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """``type "label" { body }``."""

    type: Word
    labels: tuple[Word, ...]
    body: Body
    span: Span
    """Of its head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What stands in a block or a file, each kind in order."""

    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name."""
        return next((each for each in self.attributes if each.name.text == name), None)

    def blocks_of(self, *types: str) -> Iterator[Block]:
        """The blocks of these types."""
        return (block for block in self.blocks if block.type.text in types)


def as_keyword(expression: Expression) -> str | None:
    """The bare name that an expression is: ``x``, and ``"x"`` in the JSON syntax."""
    match expression:
        case Variable(name=name):
            return name
        case Template(json=True, parts=(Literal(value=Value(raw=str(text))),)) if text.isidentifier():
            return text
    return None
