"""Functions on sets; lists and tuples are taken as sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from jettison.hcl.convert import convert, unify
from jettison.hcl.functions.interface import Function, FunctionError, Parameter, any_of
from jettison.hcl.operators import are_equal
from jettison.hcl.types import DYNAMIC, SetType, TupleType, Type
from jettison.hcl.values import Value, boolean, list_of, set_of, tuple_of

_SET = SetType(DYNAMIC)
_MAX_PRODUCT = 100_000


def _combine(name: str, combine: Callable[[list[Value], list[Value]], list[Value]], *, two: bool = False) -> Function:
    """A function that takes one set after the other into account."""

    def call(values: Sequence[Value]) -> Value:
        types = [value.type.element for value in values if isinstance(value.type, SetType) and value.items]
        common = unify(types) if types else DYNAMIC
        if common is None:
            raise FunctionError("all sets must have elements of one type")
        first, *rest = [[convert(item, common) for item in value.items] for value in values]
        for other in rest:
            first = combine(first, other)
        return set_of(first, common)

    if two:
        return Function(name, (Parameter("a", _SET), Parameter("b", _SET)), call)
    return Function(name, (Parameter("first_set", _SET),), call, variadic=Parameter("other_sets", _SET))


def _product(values: Sequence[Value]) -> Value:
    """All combinations of one element of each."""
    if len(values) < 2:
        raise FunctionError("at least two arguments are required")
    columns = [_column(value, place) for place, value in enumerate(values)]
    total = 1
    for column, _ in columns:
        total *= len(column)
    if total > _MAX_PRODUCT:
        raise FunctionError(f"more than {_MAX_PRODUCT} combinations")
    row_type = TupleType(tuple(element for _, element in columns))
    rows = [tuple_of(row) for row in product(*(column for column, _ in columns))]
    if any(isinstance(value.type, SetType) for value in values):
        return set_of(rows, row_type)
    return list_of(rows, row_type)


def _column(value: Value, place: int) -> tuple[list[Value], Type]:
    if not value.is_sequence:
        raise FunctionError("a set or a list is required", place)
    common = unify([item.type for item in value.items]) if value.items else DYNAMIC
    if common is None:
        raise FunctionError("all elements must be of the same type", place)
    return [convert(item, common) for item in value.items], common


FUNCTIONS = (
    _combine("setunion", lambda left, right: left + right),
    _combine("setintersection", lambda left, right: [item for item in left if item in right]),
    _combine("setsubtract", lambda left, right: [item for item in left if item not in right], two=True),
    _combine(
        "setsymmetricdifference",
        lambda left, right: [item for item in left + right if (item in left) != (item in right)],
    ),
    Function(
        "sethaselement",
        (Parameter("set", _SET), any_of("elem")),
        lambda values: boolean(any(are_equal(item, values[1]) for item in values[0].items)),
    ),
    Function("setproduct", (), _product, variadic=any_of("sets")),
)
