"""The operators of HCL expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException

from jettison.hcl.functions.interface import FunctionError
from jettison.hcl.numbers import ARITHMETIC
from jettison.hcl.types import BOOL, DYNAMIC, NUMBER, Primitive
from jettison.hcl.values import Value, boolean, number


def operand_type(operator: str) -> Primitive:
    """What an operator takes; ``dynamic`` where it takes everything."""
    if operator in ("==", "!="):
        return DYNAMIC
    return BOOL if operator in ("&&", "||", "!") else NUMBER


def are_equal(left: Value, right: Value) -> bool:
    """``==``: values of different types differ, but null is null."""
    if left.is_null or right.is_null:
        return left.is_null and right.is_null
    return left == right


def calculate(operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal) -> Decimal:
    """A result of arithmetic. Raises :class:`FunctionError` where there is none."""
    try:
        result = operation(left, right)
    except DecimalException:
        result = Decimal("NaN")
    if not result.is_finite():
        raise FunctionError("division by zero, or a number that is too large")
    return result


def divide(left: Decimal, right: Decimal) -> Decimal:
    """``left / right``. Raises :class:`FunctionError`."""
    if not right:
        raise FunctionError("division by zero")
    return calculate(ARITHMETIC.divide, left, right)


def remainder(left: Decimal, right: Decimal) -> Decimal:
    """``left % right``, with the sign of ``left``. Raises :class:`FunctionError`."""
    if not right:
        raise FunctionError("division by zero")
    return calculate(ARITHMETIC.remainder, left, right)


def _arithmetic(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Value, Value], Value]:
    return lambda left, right: number(calculate(operation, left.number, right.number))


BINARY: Mapping[str, Callable[[Value, Value], Value]] = {
    "==": lambda left, right: boolean(are_equal(left, right)),
    "!=": lambda left, right: boolean(not are_equal(left, right)),
    ">": lambda left, right: boolean(left.number > right.number),
    ">=": lambda left, right: boolean(left.number >= right.number),
    "<": lambda left, right: boolean(left.number < right.number),
    "<=": lambda left, right: boolean(left.number <= right.number),
    "+": _arithmetic(ARITHMETIC.add),
    "-": _arithmetic(ARITHMETIC.subtract),
    "*": _arithmetic(ARITHMETIC.multiply),
    "/": lambda left, right: number(divide(left.number, right.number)),
    "%": lambda left, right: number(remainder(left.number, right.number)),
}
"""But not ``&&`` and ``||``, which need not look at both sides."""

UNARY: Mapping[str, Callable[[Value], Value]] = {
    "!": lambda value: boolean(not value.truth),
    "-": lambda value: number(-value.number),
}
