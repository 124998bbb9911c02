"""What the names in a bake file stand for: variables, functions, other targets. Each is found out when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jettison.bake.variables import outside_value, read_outside
from jettison.frozen import dataclass
from jettison.hcl.convert import ConversionError, convert
from jettison.hcl.evaluate import SPECIAL_FUNCTIONS, Names, evaluate
from jettison.hcl.functions.interface import Function, Parameter
from jettison.hcl.functions.library import World, standard_functions
from jettison.hcl.syntax import Attribute, Block, Expression, Literal, Tuple, as_keyword
from jettison.hcl.type_expressions import parse_type
from jettison.hcl.types import DYNAMIC, Type
from jettison.hcl.values import Value, null, string, tuple_of
from jettison.hcl.walk import calls_in
from jettison.text.diagnostics import error_at
from jettison.text.span import Span
from jettison.text.suggest import did_you_mean

BlockValue = Callable[[str, Sequence[str], Span], Value]
"""Type of block, path and place -> an object with what the path asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What comes from outside of the bake files."""

    variables: Mapping[str, str]
    """``--var`` and the environment: values for declared variables."""
    builtin: Mapping[str, str]
    """``BAKE_…``: variables that nobody can declare."""
    world: World


class GlobalScope:
    """The names that all expressions of all bake files share."""

    def __init__(
        self,
        outside: Outside,
        variables: Mapping[str, Block],
        attributes: Mapping[str, Attribute],
        functions: Mapping[str, Block],
        blocks: Mapping[str, BlockValue],
    ) -> None:
        self._outside = outside
        self._variables = variables
        self._attributes = attributes
        self._functions = functions
        self._blocks = blocks
        self._values = {name: string(text) for name, text in outside.builtin.items()}
        self._known = dict(standard_functions(outside.world))
        self._busy: set[tuple[str, str]] = set()

    def variable(self, name: str, path: Sequence[str], span: Span) -> Value:
        """The value of a variable, a global attribute, or what is asked of a block."""
        if name in self._blocks:
            return self._blocks[name](name, path, span)
        if name not in self._values:
            if name not in self._variables and name not in self._attributes:
                names = (*self._values, *self._variables, *self._attributes, *self._blocks)
                raise error_at(span, f"there is no variable {name!r}", hint=did_you_mean(name, names))
            self._enter("variable", name, span)
            attribute = self._attributes.get(name)
            self._values[name] = (
                evaluate(attribute.value, self)
                if attribute is not None
                else self._declared(name, self._variables[name])
            )
            self._busy.discard(("variable", name))
        return self._values[name]

    def function(self, name: str, span: Span) -> Function:
        """A function of the bake files, or one of the standard library."""
        if name not in self._known:
            block = self._functions.get(name)
            if block is None:
                names = (*self._known, *self._functions, *SPECIAL_FUNCTIONS)
                raise error_at(span, f"there is no function {name!r}", hint=did_you_mean(name, names))
            self._enter("function", name, span)
            self._known[name] = self._user_function(name, block)
            self._busy.discard(("function", name))
        return self._known[name]

    def type_of(self, name: str) -> Type | None:
        """The declared type of a variable."""
        declared = self._variables[name].body.attribute("type")
        if declared is None or (isinstance(declared.value, Literal) and declared.value.value.is_null):
            return None
        return parse_type(declared.value)

    def _enter(self, kind: str, name: str, span: Span) -> None:
        if (kind, name) in self._busy:
            raise error_at(span, f"the {kind} {name!r} needs itself")
        self._busy.add((kind, name))

    def _declared(self, name: str, block: Block) -> Value:
        """The value of a ``variable`` block: from outside, else its default."""
        type_ = self.type_of(name)
        found = outside_value(name, self._outside.variables, self._variables, typed=type_ is not None)
        default = block.body.attribute("default")
        value: Value | None = None
        if default is not None:
            value = evaluate(default.value, self)
            if type_ is not None:
                try:
                    value = convert(value, type_)
                except ConversionError as error:
                    raise error_at(default.value.span, f"the default of {name}: {error}") from None
        if found is not None:
            text, is_json = found
            try:
                return read_outside(text, type_, value, json=is_json)
            except ConversionError as error:
                raise error_at(block.labels[0].span, f"the value given for {name} from outside: {error}") from None
        if value is not None:
            return value
        return string("") if type_ is None else null(type_)

    def _user_function(self, name: str, block: Block) -> Function:
        """A ``function`` block: what its result needs is looked at now, so that no function needs itself."""
        parameters = [_parameter(each) for each in _list(_required(block, "params").value)]
        variadic = block.body.attribute("variadic_params")
        rest = None if variadic is None else _parameter(variadic.value)
        result = _required(block, "result").value
        for call in calls_in(result):
            if call.name not in SPECIAL_FUNCTIONS:
                self.function(call.name, call.name_span)

        def call_it(arguments: Sequence[Value]) -> Value:
            values = dict(zip(parameters, arguments, strict=False))
            if rest is not None:
                values[rest] = tuple_of(arguments[len(parameters) :])
            return evaluate(result, Names(values, self))

        return Function(
            name,
            tuple(Parameter(each) for each in parameters),
            call_it,
            variadic=None if rest is None else Parameter(rest, DYNAMIC),
        )


def _required(block: Block, name: str) -> Attribute:
    found = block.body.attribute(name)
    if found is None:
        raise error_at(block.span, f"this {block.type.text} has no {name!r}")
    return found


def _list(expression: Expression) -> tuple[Expression, ...]:
    if not isinstance(expression, Tuple):
        raise error_at(expression.span, "a list of names is expected")
    return expression.items


def _parameter(expression: Expression) -> str:
    name = as_keyword(expression)
    if name is None:
        raise error_at(expression.span, "the name of a parameter is expected", hint="names stand without quotes")
    return name
