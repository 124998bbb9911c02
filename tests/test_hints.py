"""Names for annotations that load nothing: what stands outside of annotations works as with the standard library's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from jettison.hints import Any, ClassVar, Generic, Protocol, TypeVar, cast, overload

Value = TypeVar("Value", bound=object)
Change = Callable[[Value], Value | None]


class Holder(Generic[Value]):
    """A class with a parameter."""

    __slots__ = ("value",)
    names: ClassVar[tuple[str, ...]] = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value


class Readable(Protocol):
    """What can be read."""

    def read(self) -> bytes: ...


class Source(Readable):
    """Says of itself that it can be read."""

    def read(self) -> bytes:
        """Nothing."""
        return b""


@overload
def twice(value: int) -> int: ...
@overload
def twice(value: str) -> str: ...
def twice(value: Any) -> Any:
    """The last one counts."""
    return value + value


def test_classes_are_as_with_typing() -> None:
    """Bases with and without parameters add nothing, not even room for further attributes."""
    assert Holder[int](3).value == Holder(3).value == 3
    assert not hasattr(Holder(3), "__dict__")
    assert Source().read() == b""


def test_functions_are_as_with_typing() -> None:
    """What is cast stays what it is, and of overloaded functions the last one is called."""
    value: object = [1]
    assert cast("list[int]", value) is value
    assert (twice(2), twice("a")) == (4, "aa")


def test_typing_is_not_loaded() -> None:
    """Which is what the names are for."""
    script = "import sys, jettison.hints; print('typing' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
