"""Named tuples, held against the standard library's."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

from jettison import tuples


def family(library: Any) -> dict[str, Any]:
    """The same classes made by one library or the other."""

    class Point(library.NamedTuple):  # type: ignore[misc]
        """A point."""

        x: int
        y: int = 2
        tags: tuple[str, ...] = ()

        @property
        def sum(self) -> int:
            """Of both."""
            return self.x + self.y

        def __str__(self) -> str:
            return f"<{self.x}>"

    class Nothing(library.NamedTuple):  # type: ignore[misc]
        """No field."""

    return {"Point": Point, "Nothing": Nothing}


OURS, THEIRS = family(tuples), family(typing)


class Module(tuples.NamedTuple):
    """At the top of a module, where pickle finds it."""

    name: str
    size: int = 0


USES: dict[str, Any] = {
    "positional": lambda of: of["Point"](1, 3),
    "named": lambda of: of["Point"](x=1, tags=("a",)),
    "mixed": lambda of: of["Point"](1, tags=("a",)),
    "empty": lambda of: of["Nothing"](),
    "repr": lambda of: repr(of["Point"](1)),
    "own str": lambda of: str(of["Point"](1)),
    "own property": lambda of: of["Point"](1).sum,
    "fields": lambda of: (of["Point"]._fields, of["Point"]._field_defaults, of["Point"].__match_args__),
    "document": lambda of: (of["Point"].__doc__, of["Point"].__qualname__, of["Point"].__module__),
    "make": lambda of: of["Point"]._make([1, 2, 3]),
    "make of too few": lambda of: of["Point"]._make([1]),
    "replace": lambda of: of["Point"](1)._replace(y=9),
    "replace what is not there": lambda of: of["Point"](1)._replace(z=9),
    "asdict": lambda of: of["Point"](1)._asdict(),
    "equal to a tuple": lambda of: of["Point"](1) == (1, 2, ()) and hash(of["Point"](1)) == hash((1, 2, ())),
    "order": lambda of: of["Point"](1) < of["Point"](2),
    "unpacked": lambda of: [*of["Point"](1)],
    "changed": lambda of: setattr(of["Point"](1), "x", 2),
    "given more": lambda of: setattr(of["Point"](1), "z", 2),
    "one argument missing": lambda of: of["Point"](),
    "one argument too many": lambda of: of["Point"](1, 2, (), 4),
    "an unknown argument": lambda of: of["Point"](1, z=4),
    "an argument twice": lambda of: of["Point"](1, x=4),
    "copied": lambda of: copy.deepcopy(of["Point"](1, tags=("b",))),
}


def outcome(use: Any, classes: Any) -> object:
    """What comes of it, in a form that compares."""
    try:
        result = use(classes)
    except (TypeError, ValueError, AttributeError) as error:
        return type(error), str(error).replace("Point.__new__", "__new__").replace("family.<locals>.", "")
    return (type(result).__name__, tuple(result)) if isinstance(result, tuple) else result


@pytest.mark.parametrize("times", [1, 20])
@pytest.mark.parametrize("name", USES)
def test_they_are_as_the_standard_library_makes_them(name: str, times: int) -> None:
    """Before and after their constructor is compiled: the same values, the same errors."""
    for _ in range(times):
        assert outcome(USES[name], family(tuples)) == outcome(USES[name], family(typing))
    assert outcome(USES[name], OURS) == outcome(USES[name], THEIRS)


def test_a_class_is_a_tuple_and_nothing_else() -> None:
    """No attribute of its own beside the fields, and no room for others."""
    point = OURS["Point"](1)
    assert isinstance(point, tuple)
    assert not hasattr(point, "__dict__")


def test_the_constructor_is_compiled_when_a_class_is_used_often() -> None:
    """A class that is hardly used compiles nothing."""
    point = family(tuples)["Point"]
    first = point.__new__
    assert point(1) == (1, 2, ())
    assert point.__new__ is first
    for number in range(20):
        assert point(number) == (number, 2, ())
    assert point.__new__ is not first
    assert point(x=1, y=4) == (1, 4, ())


def test_they_can_be_pickled() -> None:
    """As any value."""
    assert pickle.loads(pickle.dumps(Module("a", 1))) == Module("a", size=1)
