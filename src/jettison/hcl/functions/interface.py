"""What a function is, and what its code needs to read its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jettison.frozen import dataclass
from jettison.hcl.numbers import is_whole
from jettison.hcl.types import BOOL, DYNAMIC, NUMBER, STRING, Type
from jettison.hcl.values import Value

_MAX_WHOLE = 2**63


class FunctionError(Exception):
    """A function has no result for its arguments. The text says why, and belongs to whoever knows the place."""

    def __init__(self, message: str, argument: int | None = None) -> None:
        super().__init__(message)
        self.argument = argument
        """The number of the argument that is to blame, from 0."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its arguments are converted to its type before the call."""

    name: str
    type: Type = DYNAMIC
    allow_null: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function; ``variadic`` stands for any number of further arguments."""

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[[Sequence[Value]], Value]
    variadic: Parameter | None = None


def any_of(name: str, *, null: bool = False) -> Parameter:
    """A parameter of any type."""
    return Parameter(name, allow_null=null)


def text_of(name: str) -> Parameter:
    """A parameter that is a string."""
    return Parameter(name, STRING)


def number_of(name: str) -> Parameter:
    """A parameter that is a number."""
    return Parameter(name, NUMBER)


def truth_of(name: str) -> Parameter:
    """A parameter that is a bool."""
    return Parameter(name, BOOL)


def whole(arguments: Sequence[Value], place: int) -> int:
    """The whole number that an argument is. Raises :class:`FunctionError`."""
    amount = arguments[place].number
    if not is_whole(amount) or abs(amount) >= _MAX_WHOLE:
        raise FunctionError("a whole number is required", place)
    return int(amount)
