"""Named tuples that cost little until they are used: the standard library's, as far as this project needs them.

Type checkers see :class:`typing.NamedTuple` itself. At run time that compiles a text for each field and each
constructor, whether anybody makes a tuple or not: as long as a dozen classes take. Here a constructor is compiled once
a class is used often, and is then the same.

What differs, and does not matter here: no ``Generic`` beside it, no call as a function, no ``__orig_bases__``.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]
from collections.abc import Callable, Iterable

from jettison.hints import TYPE_CHECKING, Any, Self

_OFTEN = 8
"""After so many tuples compiling a constructor pays."""

_new = tuple.__new__


class _Row(tuple[Any, ...]):
    """What all of them can do."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _field_defaults: dict[str, Any] = {}  # noqa: RUF012 - as the standard library has it

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        made = _new(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **changes: Any) -> Self:
        made = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise ValueError(f"Got unexpected field names: {list(changes)!r}")
        return made

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        texts = [f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True)]
        return f"{type(self).__name__}({', '.join(texts)})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


class _NamedTupleMeta(type):
    """Makes of ``class Name(NamedTuple)`` a tuple."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        return _named_tuple(name, namespace) if bases else super().__new__(cls, name, bases, namespace)


class _NamedTuple(metaclass=_NamedTupleMeta):
    """The base that classes name, and do not have."""


def _named_tuple(name: str, namespace: dict[str, Any]) -> type:
    fields = tuple(namespace.get("__annotations__", ()))
    defaults = {field: namespace[field] for field in fields if field in namespace}
    namespace["__slots__"] = ()
    namespace["_fields"] = namespace["__match_args__"] = fields
    namespace["_field_defaults"] = defaults
    for place, field in enumerate(fields):
        namespace[field] = _tuplegetter(place, f"Alias for field number {place}")
    owner: list[Any] = []
    namespace["__new__"] = _constructor(owner, fields, defaults)
    made = type(name, (_Row,), namespace)
    owner.append(made)
    return made


def _constructor(owner: list[Any], fields: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., Any]:
    """The slow constructor, which replaces itself by a compiled one; that one also words what a caller did wrong."""
    uses = 0
    known = set(fields)

    def construct(cls: Any, /, *args: Any, **given: Any) -> Any:
        nonlocal uses
        uses += 1
        placed = dict(zip(fields, args, strict=False))
        values = defaults | placed | given
        is_wrong = len(args) > len(fields) or placed.keys() & given.keys() or values.keys() != known
        if uses > _OFTEN or is_wrong:
            owner[0].__new__ = _compiled(owner[0], fields, defaults)
            return owner[0].__new__(cls, *args, **given)
        return _new(cls, [values[field] for field in fields])

    return construct


def _compiled(owner: Any, fields: tuple[str, ...], defaults: dict[str, Any]) -> Callable[..., Any]:
    """The constructor as one would write it by hand."""
    scope: dict[str, Any] = {"_new": _new, "__name__": f"namedtuple_{owner.__name__}"}
    scope |= {f"_default_{field}": default for field, default in defaults.items()}
    parameters = "".join(f", {field}=_default_{field}" if field in defaults else f", {field}" for field in fields)
    values = "".join(f"{field}, " for field in fields)
    text = f"def __new__(_cls{parameters}): return _new(_cls, ({values}))"
    exec(text, scope)  # noqa: S102 - the text is made of names of fields
    made: Callable[..., Any] = scope["__new__"]
    made.__qualname__ = f"{owner.__qualname__}.__new__"
    return made


if TYPE_CHECKING:
    from typing import NamedTuple
else:
    NamedTuple = _NamedTuple

__all__ = ["NamedTuple"]
