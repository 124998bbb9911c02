"""Functions on numbers, on truths, and comparisons."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal

from jettison.hcl.functions.interface import Function, FunctionError, any_of, number_of, truth_of, whole
from jettison.hcl.operators import BINARY
from jettison.hcl.types import NUMBER, STRING
from jettison.hcl.values import Value, boolean, list_of, number

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAX_RANGE = 1024
_EITHER = any_of("a", null=True)


def _number(name: str, compute: Callable[[Decimal], Decimal]) -> Function:
    return Function(name, (number_of("num"),), lambda values: number(compute(values[0].number)))


def _operator(name: str, operator: str) -> Function:
    return Function(name, (number_of("a"), number_of("b")), lambda values: BINARY[operator](*values))


def _extreme(name: str, choose: Callable[[list[Decimal]], Decimal]) -> Function:
    def call(values: Sequence[Value]) -> Value:
        if not values:
            raise FunctionError("must pass at least one number")
        return number(choose([value.number for value in values]))

    return Function(name, (), call, variadic=number_of("numbers"))


def _float(name: str, first: str, second: str, compute: Callable[[float, float], float]) -> Function:
    def call(values: Sequence[Value]) -> Value:
        try:
            result = compute(float(values[0].number), float(values[1].number))
        except (ArithmeticError, ValueError):
            result = math.nan
        if not math.isfinite(result):
            raise FunctionError("there is no result for these numbers")
        return number(Decimal(repr(result)))

    return Function(name, (number_of(first), number_of(second)), call)


def _equal(values: Sequence[Value]) -> Value:
    return BINARY["=="](*values)


def _parse_int(values: Sequence[Value]) -> Value:
    if values[0].type != STRING:
        raise FunctionError("the first argument must be a string", 0)
    base = whole(values, 1)
    if not 2 <= base <= 62:
        raise FunctionError("base must be a whole number between 2 and 62 inclusive", 1)
    text = values[0].text
    digits = text.lstrip("+-") if len(text) - len(text.lstrip("+-")) <= 1 else ""
    if base <= 36:
        digits = digits.lower()
    places = [_DIGITS.find(digit) for digit in digits]
    if not places or not all(0 <= place < base for place in places):
        raise FunctionError(f"cannot parse {text!r} as a base {base} integer", 0)
    total = 0
    for place in places:
        total = total * base + place
    return number(-total if text.startswith("-") else total)


def _range(values: Sequence[Value]) -> Value:
    if not 1 <= len(values) <= 3:
        raise FunctionError("must have one, two, or three arguments")
    numbers = [value.number for value in values]
    start, end = (Decimal(0), numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else Decimal(-1 if end < start else 1)
    if not step:
        raise FunctionError("step must not be zero", 2)
    if (step < 0 and end > start) or (step > 0 and end < start):
        raise FunctionError("step leads away from the end", 2)
    found: list[Value] = []
    while (start > end) if step < 0 else (start < end):
        if len(found) >= _MAX_RANGE:
            raise FunctionError(f"more than {_MAX_RANGE} values")
        found.append(number(start))
        start += step
    return list_of(found, NUMBER)


FUNCTIONS = (
    _number("absolute", abs),
    _number("ceil", lambda amount: amount.to_integral_value(ROUND_CEILING)),
    _number("floor", lambda amount: amount.to_integral_value(ROUND_FLOOR)),
    _number("int", lambda amount: amount.to_integral_value(ROUND_DOWN)),
    _number("negate", lambda amount: -amount),
    _number("signum", lambda amount: Decimal((amount > 0) - (amount < 0))),
    _operator("add", "+"),
    _operator("subtract", "-"),
    _operator("multiply", "*"),
    _operator("divide", "/"),
    _operator("modulo", "%"),
    _operator("greaterthan", ">"),
    _operator("greaterthanorequalto", ">="),
    _operator("lessthan", "<"),
    _operator("lessthanorequalto", "<="),
    _extreme("max", max),
    _extreme("min", min),
    _float("log", "num", "base", lambda amount, base: math.log(amount) / math.log(base)),
    _float("pow", "num", "power", math.pow),
    Function("and", (truth_of("a"), truth_of("b")), lambda values: boolean(values[0].truth and values[1].truth)),
    Function("or", (truth_of("a"), truth_of("b")), lambda values: boolean(values[0].truth or values[1].truth)),
    Function("not", (truth_of("val"),), lambda values: boolean(not values[0].truth)),
    Function("equal", (_EITHER, any_of("b", null=True)), _equal),
    Function("notequal", (_EITHER, any_of("b", null=True)), lambda values: boolean(not _equal(values).truth)),
    Function("parseint", (any_of("number"), number_of("base")), _parse_int),
    Function("range", (), _range, variadic=number_of("params")),
)
