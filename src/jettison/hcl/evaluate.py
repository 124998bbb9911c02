"""What HCL expressions come to.

Names are looked up in a scope only when they are needed. Every error is told at the place of what caused it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jettison.frozen import dataclass
from jettison.hcl.convert import ConversionError, convert, unify
from jettison.hcl.functions.interface import Function, FunctionError
from jettison.hcl.operators import BINARY, UNARY, operand_type
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
    TemplateJoin,
    Tuple,
    Unary,
    Variable,
)
from jettison.hcl.type_expressions import parse_type
from jettison.hcl.types import BOOL, DYNAMIC, NUMBER, STRING, ListType, SetType, Type, friendly_name
from jettison.hcl.values import Value, boolean, list_of, null, object_of, string, tuple_of
from jettison.hints import Protocol
from jettison.text.diagnostics import SourceError, error_at
from jettison.text.span import Span
from jettison.text.suggest import did_you_mean


class Scope(Protocol):
    """What the names in an expression stand for."""

    def variable(self, name: str, path: Sequence[str], span: Span) -> Value:
        """The value of a name; ``path``: the attributes that are asked of it, of which no other need be there."""

    def function(self, name: str, span: Span) -> Function:
        """The function of that name."""


@dataclass(frozen=True, slots=True)
class Names:
    """A scope with some names of its own before those of another."""

    values: Mapping[str, Value]
    outer: Scope

    def variable(self, name: str, path: Sequence[str], span: Span) -> Value:
        """One of its own, else that of the other scope."""
        found = self.values.get(name)
        return self.outer.variable(name, path, span) if found is None else found

    def function(self, name: str, span: Span) -> Function:
        """That of the other scope."""
        return self.outer.function(name, span)


def evaluate(expression: Expression, scope: Scope) -> Value:
    """The value of an expression. Raises :class:`SourceError`."""
    try:
        return _evaluate(expression, scope)
    except RecursionError:
        raise error_at(expression.span, "this is nested too deeply") from None


def _evaluate(expression: Expression, scope: Scope) -> Value:
    match expression:
        case Literal(value=value):
            return value
        case Template():
            return _template(expression, scope)
        case Variable(name=name):
            return scope.variable(name, (), expression.span)
        case GetAttribute():
            return _attribute(expression, (), scope)
        case Index(of=of, key=key):
            return index(_evaluate(of, scope), _evaluate(key, scope), expression.span)
        case Tuple(items=items):
            return tuple_of(_evaluate(item, scope) for item in items)
        case Object(items=pairs):
            return object_of({_key(key, scope): _evaluate(value, scope) for key, value in pairs})
        case Call():
            return _call(expression, scope)
        case Conditional():
            return _conditional(expression, scope)
        case Binary():
            return _binary(expression, scope)
        case Unary(operator=operator, of=of):
            value = converted(
                _evaluate(of, scope), operand_type(operator), of.span, f"{operator} needs its operand to be"
            )
            return UNARY[operator](_not_null(value, of.span, operator))
        case Parentheses(of=of):
            return _evaluate(of, scope)
        case For():
            return _for(expression, scope)
        case Splat():
            return _splat(expression, scope)
        case SplatItem(name=name):
            return scope.variable(name, (), expression.span)
        case TemplateJoin(pieces=pieces):
            return string("".join(_text(piece, pieces.value.span) for piece in _for(pieces, scope).items))


def _template(template: Template, scope: Scope) -> Value:
    if len(template.parts) == 1:
        (part,) = template.parts
        if not isinstance(part, TemplateJoin | Conditional) or part.span.text[:1] != "%":
            return _evaluate(part, scope)
    return string("".join(_text(_evaluate(part, scope), part.span) for part in template.parts))


def _text(value: Value, span: Span) -> str:
    if value.is_null:
        raise error_at(span, "this is null, which cannot stand in a text")
    return converted(value, STRING, span, "what stands in a text must be").text


def _attribute(expression: GetAttribute, path: tuple[str, ...], scope: Scope) -> Value:
    """Of a chain of attributes the scope is told the whole, so that it need not find out more than that."""
    of = expression.of
    path = (expression.name, *path)
    match of:
        case Variable(name=name):
            value = scope.variable(name, path, of.span)
        case GetAttribute():
            value = _attribute(of, path, scope)
        case _:
            value = _evaluate(of, scope)
    return get_attribute(value, expression.name, expression.span)


def get_attribute(value: Value, name: str, span: Span) -> Value:
    """``value.name``."""
    if value.is_null:
        raise error_at(span, f"this is null and has no attribute {name!r}")
    if not value.is_mapping:
        hint = "take an element with [0], or all with [*]" if value.is_sequence else None
        raise error_at(span, f"{friendly_name(value.type)} has no attributes", hint=hint)
    if name not in value.entries:
        raise error_at(span, f"there is no attribute {name!r} here", hint=did_you_mean(name, value.entries))
    return value.entries[name]


def index(value: Value, key: Value, span: Span) -> Value:
    """``value[key]``."""
    if value.is_null:
        raise error_at(span, "this is null and has no elements")
    if key.is_null:
        raise error_at(span, "null is no index")
    if value.is_mapping:
        name = converted(key, STRING, span, "the key must be").text
        if name not in value.entries:
            raise error_at(span, f"there is no element {name!r} here", hint=did_you_mean(name, value.entries))
        return value.entries[name]
    if not value.is_sequence or isinstance(value.type, SetType):
        raise error_at(span, f"{friendly_name(value.type)} has no elements to choose by an index")
    place = converted(key, NUMBER, span, "the index must be").number
    if place != place.to_integral_value() or place < 0:
        raise error_at(span, "an index is a whole number from 0")
    if place >= len(value.items):
        raise error_at(span, f"index {place} is out of range: there are {len(value.items)} elements")
    return value.items[int(place)]


def _key(key: Expression, scope: Scope) -> str:
    value = _evaluate(key, scope)
    if value.is_null:
        raise error_at(key.span, "null is no key")
    return converted(value, STRING, key.span, "a key must be").text


def converted(value: Value, type_: Type, span: Span, why: str) -> Value:
    """``value`` as a value of another type; else the error at ``span`` that starts with ``why``."""
    try:
        return convert(value, type_)
    except ConversionError as error:
        raise error_at(span, f"{why} something else: {error}") from None


def _not_null(value: Value, span: Span, operator: str) -> Value:
    if value.is_null:
        raise error_at(span, f"{operator} has null as an operand")
    return value


def _binary(expression: Binary, scope: Scope) -> Value:
    operator = expression.operator
    if operator in ("&&", "||"):
        return _logical(expression, scope)
    left, right = _evaluate(expression.left, scope), _evaluate(expression.right, scope)
    type_ = operand_type(operator)
    if type_ != DYNAMIC:
        left = _operand(left, expression.left.span, operator)
        right = _operand(right, expression.right.span, operator)
    try:
        return BINARY[operator](left, right)
    except FunctionError as error:
        raise error_at(expression.span, str(error)) from None


def _operand(value: Value, span: Span, operator: str) -> Value:
    return _not_null(converted(value, operand_type(operator), span, f"{operator} needs"), span, operator)


def _logical(expression: Binary, scope: Scope) -> Value:
    """``&&`` and ``||``: one side that decides is enough, whichever it is, and excuses an error of the other."""
    deciding = expression.operator == "||"
    failure: SourceError | None = None
    for side in (expression.left, expression.right):
        try:
            value = _operand(_evaluate(side, scope), side.span, expression.operator)
        except SourceError as error:
            failure = failure or error
            continue
        if value.truth == deciding:
            return value
    if failure is not None:
        raise failure
    return boolean(not deciding)


def _conditional(expression: Conditional, scope: Scope) -> Value:
    """The chosen side, as the type that both sides have in common; the other side may fail."""
    condition = _evaluate(expression.condition, scope)
    if condition.is_null:
        raise error_at(expression.condition.span, "this is null; a condition is true or false")
    chosen, other = expression.yes, expression.no
    if not converted(condition, BOOL, expression.condition.span, "a condition is a bool, not").truth:
        chosen, other = other, chosen
    value = _evaluate(chosen, scope)
    try:
        type_ = _evaluate(other, scope).type
    except SourceError:
        return value
    if type_ in (value.type, DYNAMIC):
        return value
    if value.type == DYNAMIC:
        return null(type_) if value.is_null else value
    common = unify([value.type, type_])
    if common is None:
        raise error_at(
            expression.span,
            "both results of a condition must be of one type: "
            f"one is {friendly_name(value.type)}, the other {friendly_name(type_)}",
        )
    return converted(value, common, chosen.span, "this result becomes")


def _for(expression: For, scope: Scope) -> Value:
    of = _evaluate(expression.of, scope)
    if of.is_null or not (of.is_sequence or of.is_mapping):
        what = "null" if of.is_null else friendly_name(of.type)
        raise error_at(expression.of.span, f"'for' goes through lists, sets, maps and objects, not {what}")
    values: list[Value] = []
    entries: dict[str, list[Value]] = {}
    for key, element in of.pairs():
        names = {expression.value_name: element}
        if expression.key_name is not None:
            names = {expression.key_name: key, **names}
        inner = Names(names, scope)
        if expression.condition is not None and not _kept(expression.condition, inner):
            continue
        if expression.key is None:
            values.append(_evaluate(expression.value, inner))
            continue
        name = _key(expression.key, inner)
        if name in entries and not expression.grouped:
            raise error_at(
                expression.key.span, f"two elements have the key {name!r}", hint="... behind the value groups them"
            )
        entries.setdefault(name, []).append(_evaluate(expression.value, inner))
    if expression.key is None:
        return tuple_of(values)
    if expression.grouped:
        return object_of({name: tuple_of(group) for name, group in entries.items()})
    return object_of({name: group[0] for name, group in entries.items()})


def _kept(condition: Expression, scope: Scope) -> bool:
    value = _evaluate(condition, scope)
    if value.is_null:
        raise error_at(condition.span, "this is null; a condition is true or false")
    return converted(value, BOOL, condition.span, "a condition is a bool, not").truth


def _splat(expression: Splat, scope: Scope) -> Value:
    """Something that is no sequence is one of a single element, and null an empty one."""
    of = _evaluate(expression.of, scope)
    if of.is_sequence and of.is_null:
        raise error_at(expression.of.span, "this is null and has no elements")
    elements = of.items if of.is_sequence else () if of.is_null else (of,)
    values = [_evaluate(expression.each, Names({expression.item.name: each}, scope)) for each in elements]
    if isinstance(of.type, ListType | SetType) and len({value.type for value in values}) <= 1:
        return list_of(values, values[0].type if values else DYNAMIC)
    return tuple_of(values)


def _call(call: Call, scope: Scope) -> Value:
    if call.name in _SPECIAL:
        return _SPECIAL[call.name](call, scope)
    function = scope.function(call.name, call.name_span)
    arguments = [(_evaluate(argument, scope), argument.span) for argument in call.arguments]
    if call.expand:
        last, span = arguments.pop()
        if last.is_null or not last.is_sequence:
            raise error_at(span, "the argument before ... is a list, a set or a tuple")
        arguments += [(item, span) for item in last.items]
    return apply(function, arguments, call.span)


def apply(function: Function, arguments: Sequence[tuple[Value, Span]], span: Span) -> Value:
    """Call a function with values and their places. Raises :class:`SourceError`."""
    required = len(function.parameters)
    if len(arguments) < required or (len(arguments) > required and function.variadic is None):
        least = f"at least {required}" if function.variadic is not None else str(required)
        names = ", ".join([each.name for each in function.parameters])
        raise error_at(
            span,
            f"{function.name}() takes {least} arguments, {len(arguments)} given",
            hint=f"they are {names}" if names else None,
        )
    values = []
    for place, (value, argument_span) in enumerate(arguments):
        parameter = function.parameters[place] if place < required else function.variadic
        assert parameter is not None
        value = converted(value, parameter.type, argument_span, f"{function.name}(): {parameter.name} takes")
        if value.is_null and not parameter.allow_null:
            raise error_at(argument_span, f"{function.name}(): {parameter.name} must not be null")
        values.append(value)
    try:
        return function.call(values)
    except FunctionError as error:
        blamed = span if error.argument is None else arguments[error.argument][1]
        raise error_at(blamed, f"{function.name}(): {error}") from None


def _try(call: Call, scope: Scope) -> Value:
    """The first argument that can be evaluated."""
    failure = error_at(call.span, "try() takes at least 1 argument, 0 given")
    for argument in call.arguments:
        try:
            return _evaluate(argument, scope)
        except SourceError as error:
            failure = error
    raise failure


def _can(call: Call, scope: Scope) -> Value:
    """Whether its argument can be evaluated."""
    if len(call.arguments) != 1:
        raise error_at(call.span, f"can() takes 1 argument, {len(call.arguments)} given")
    try:
        _evaluate(call.arguments[0], scope)
    except SourceError:
        return boolean(truth=False)
    return boolean(truth=True)


def _convert(call: Call, scope: Scope) -> Value:
    """Its first argument as the type that its second one names."""
    if len(call.arguments) != 2:
        raise error_at(call.span, f"convert() takes 2 arguments, {len(call.arguments)} given")
    value, type_ = call.arguments
    return converted(_evaluate(value, scope), parse_type(type_), value.span, "convert() is given")


_SPECIAL: Mapping[str, Callable[[Call, Scope], Value]] = {"try": _try, "can": _can, "convert": _convert}
SPECIAL_FUNCTIONS = tuple(_SPECIAL)
"""Functions that see their arguments as expressions."""
