"""Data classes, held against the standard library's."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from jettison import frozen

T = TypeVar("T")


def family(library: Any) -> dict[str, type]:
    """The same classes made by one library or the other."""

    @library.dataclass(frozen=True, slots=True, kw_only=True)
    class Base:
        """A base."""

        NAME: ClassVar[str] = "base"
        first: int
        second: str = "two"

    @library.dataclass(frozen=True, slots=True, kw_only=True)
    class Heir(Base):
        """Adds fields, one of which is not compared or shown."""

        NAME: ClassVar[str] = "heir"
        second: str = "other"
        third: list[int] = library.field(default_factory=list)
        hidden: object = library.field(default=None, repr=False, compare=False)

    @library.dataclass(frozen=True, slots=True)
    class Pair:
        """Positional."""

        left: int
        right: int = 7

        def __post_init__(self) -> None:
            if self.left < 0:
                raise ValueError("negative")

    @library.dataclass(frozen=True, slots=True, order=True, kw_only=True)
    class Ordered:
        """Compares."""

        key: tuple[int, ...]

    @library.dataclass(slots=True)
    class Loose:
        """Not frozen."""

        count: int = 0

    @library.dataclass(frozen=True, slots=True, kw_only=True)
    class Box(Generic[T]):
        """Generic, with an own repr."""

        content: T

        def __repr__(self) -> str:
            return f"[{self.content}]"

    @library.dataclass(frozen=True, slots=True, kw_only=True)
    class Empty:
        """No field."""

    return {cls.__name__: cls for cls in (Base, Heir, Pair, Ordered, Loose, Box, Empty)}


OURS, THEIRS = family(frozen), family(dataclasses)

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Base", (), {"first": 1}),
    ("Base", (), {"first": 1, "second": "x"}),
    ("Base", (), {}),
    ("Base", (1,), {}),
    ("Base", (), {"first": 1, "no": 2}),
    ("Heir", (), {"first": 1}),
    ("Heir", (), {"first": 1, "third": [1], "hidden": 5}),
    ("Pair", (1,), {}),
    ("Pair", (1, 2), {}),
    ("Pair", (1,), {"right": 3}),
    ("Pair", (1,), {"left": 3}),
    ("Pair", (1, 2, 3), {}),
    ("Pair", (-1,), {}),
    ("Ordered", (), {"key": (1, 2)}),
    ("Loose", (), {}),
    ("Box", (), {"content": "c"}),
    ("Empty", (), {}),
]


def outcome(classes: dict[str, type], name: str, args: tuple[Any, ...], given: dict[str, Any]) -> tuple[str, str]:
    try:
        made = classes[name](*args, **given)
    except (TypeError, ValueError) as error:
        return type(error).__name__, str(error)
    return "", repr(made)


@pytest.mark.parametrize(("name", "args", "given"), CALLS)
def test_constructors_do_the_same(name: str, args: tuple[Any, ...], given: dict[str, Any]) -> None:
    """Values and errors are the standard library's, the first time and after many."""
    expected = outcome(THEIRS, name, args, given)
    for _ in range(20):
        assert outcome(OURS, name, args, given) == expected


@pytest.mark.parametrize("number", range(12))
def test_values_are_compared_and_hashed_by_their_fields(number: int) -> None:
    """Whichever constructor made them; a class of the same shape is not equal, and hidden fields do not count."""
    heir, pair = OURS["Heir"], OURS["Pair"]
    assert heir(first=number, hidden=1) == heir(first=number, hidden=2) != heir(first=number + 1)
    assert pair(number) == pair(number) and hash(pair(number)) == hash(pair(number))
    assert heir(first=number) != OURS["Base"](first=number, second="other")
    assert OURS["Empty"]() == OURS["Empty"]()
    assert OURS["Ordered"](key=(number,)) < OURS["Ordered"](key=(number + 1,))
    assert heir(first=1).third is not heir(first=1).third


def test_frozen_stays_as_it_is() -> None:
    """No field is set or deleted, nor is a new one made; a class that is not frozen can change and has no hash."""
    pair, loose = OURS["Pair"](1), OURS["Loose"]()
    with pytest.raises(AttributeError, match="frozen"):
        pair.left = 2
    with pytest.raises(AttributeError, match="frozen"):
        del pair.left
    with pytest.raises(AttributeError):
        pair.other = 2
    loose.count += 1
    assert loose.count == 1
    with pytest.raises(TypeError, match="unhashable"):
        hash(loose)


def test_functions_do_the_same() -> None:
    """``replace``, ``fields``, ``asdict`` and ``is_dataclass``."""
    given: dict[str, Any] = {"first": 1, "third": [1]}
    ours, theirs = OURS["Heir"](**given), THEIRS["Heir"](**given)
    assert repr(frozen.replace(ours, second="x")) == repr(dataclasses.replace(theirs, second="x"))
    assert [each.name for each in frozen.fields(ours)] == [each.name for each in dataclasses.fields(theirs)]
    boxes = (OURS["Box"](content=(ours, {"a": ours})), THEIRS["Box"](content=(theirs, {"a": theirs})))
    assert frozen.asdict(boxes[0]) == dataclasses.asdict(boxes[1])
    assert frozen.is_dataclass(ours) and frozen.is_dataclass(OURS["Heir"]) and not frozen.is_dataclass(3)
    assert vars(OURS["Heir"])["__slots__"] == ("second", "third", "hidden")
    assert vars(OURS["Pair"])["__match_args__"] == vars(THEIRS["Pair"])["__match_args__"]
