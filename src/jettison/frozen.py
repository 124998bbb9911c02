"""Data classes that cost nothing until they are used: the standard library's, as far as this project needs them.

Type checkers see :mod:`dataclasses` itself. At run time that module writes the source text of five methods for each
class and compiles it, whether anybody makes an instance or not: with some hundred classes, a third of the time of a
small build. Here the methods are shared closures, and a constructor is compiled once a class is used often.

What differs, and does not matter here: ``order`` gives ``<`` alone, no ``init=False``, no ``__getstate__``; an
attempt to change a frozen instance raises a plain ``AttributeError``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from jettison.hints import TYPE_CHECKING, Any

_FIELDS = "__dataclass_fields__"
_MISSING: Any = object()
_OFTEN = 8
"""After so many instances compiling a constructor pays: that takes as long as some fifty slow calls."""

_set = object.__setattr__


class Field:
    """One field: its name, its annotation as text, and how it is made and shown."""

    __slots__ = ("compare", "default", "default_factory", "kw_only", "name", "repr", "type")

    def __init__(self, default: Any, default_factory: Any, *, shown: bool, compare: bool) -> None:
        self.name = ""
        self.type = ""
        self.kw_only = False
        self.default = default
        self.default_factory = default_factory
        self.repr = shown
        self.compare = compare

    @property
    def optional(self) -> bool:
        """Whether the constructor does without it."""
        return self.default is not _MISSING or self.default_factory is not _MISSING

    def make(self) -> Any:
        """The value where none is given."""
        return self.default if self.default_factory is _MISSING else self.default_factory()


def _field(
    *, default: Any = _MISSING, default_factory: Any = _MISSING, repr: bool = True, compare: bool = True
) -> Field:
    return Field(default, default_factory, shown=repr, compare=compare)


def _dataclass(
    cls: type | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    kw_only: bool = False,
    order: bool = False,
) -> Any:
    def make(cls: type) -> type:
        own = _own_fields(cls, kw_only=kw_only)
        known = _inherited(cls) | own
        namespace = {name: value for name, value in cls.__dict__.items() if name not in own}
        namespace[_FIELDS] = known
        namespace["__match_args__"] = tuple(name for name, each in known.items() if not each.kw_only)
        for name, method in _methods(known, frozen=frozen, order=order):
            namespace.setdefault(name, method)
        if slots:
            namespace["__slots__"] = tuple(own)
        else:
            namespace |= {name: each.default for name, each in own.items() if each.default is not _MISSING}
        for name in ("__dict__", "__weakref__"):
            namespace.pop(name, None)
        made: type = type(cls)(cls.__name__, cls.__bases__, namespace)
        made.__qualname__ = cls.__qualname__
        if "__init__" not in namespace:
            made.__init__ = _constructor(made, known)  # type: ignore[misc]
        return made

    return make if cls is None else make(cls)


def _own_fields(cls: type, *, kw_only: bool) -> dict[str, Field]:
    own: dict[str, Field] = {}
    for name, annotation in cls.__annotations__.items():
        if annotation.startswith("ClassVar"):
            continue
        default = cls.__dict__.get(name, _MISSING)
        made = default if isinstance(default, Field) else _field(default=default)
        made.name, made.type, made.kw_only = name, annotation, kw_only
        own[name] = made
    return own


def _inherited(cls: type) -> dict[str, Field]:
    known: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        known |= base.__dict__.get(_FIELDS, {})
    return known


def _methods(known: dict[str, Field], *, frozen: bool, order: bool) -> Iterator[tuple[str, Any]]:
    """What a class gets unless it has its own."""
    values = _values_of([name for name, each in known.items() if each.compare])

    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def less(self: Any, other: object) -> bool:
        return values(self) < values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    def shown(self: Any) -> str:
        texts = [f"{name}={getattr(self, name)!r}" for name, each in known.items() if each.repr]
        return f"{type(self).__qualname__}({', '.join(texts)})"

    yield "__eq__", equal
    yield "__repr__", shown
    yield "__hash__", hashed if frozen else None
    if frozen:
        yield "__setattr__", _refuse
        yield "__delattr__", _refuse
    if order:
        yield "__lt__", less


def _values_of(names: list[str]) -> Callable[[Any], Any]:
    return attrgetter(*names) if names else lambda instance: ()


def _refuse(self: Any, name: str, *value: object) -> None:
    raise AttributeError(f"{type(self).__qualname__} is frozen: {name!r} cannot be changed")


def _constructor(cls: Any, known: dict[str, Field]) -> Any:
    """The slow constructor, which replaces itself by a compiled one; that one also words what a caller did wrong."""
    uses = 0
    after = getattr(cls, "__post_init__", None)
    positional = cls.__match_args__

    def construct(self: Any, *args: Any, **given: Any) -> None:
        nonlocal uses
        uses += 1
        values = dict(zip(positional, args, strict=False)) | given
        needed = [name for name, each in known.items() if name not in values and not each.optional]
        is_wrong = (
            len(args) > len(positional) or len(values) != len(args) + len(given) or not values.keys() <= known.keys()
        )
        if uses > _OFTEN or needed or is_wrong:
            cls.__init__ = _compiled(cls, known)
            cls.__init__(self, *args, **given)
            return
        for name, each in known.items():
            _set(self, name, values[name] if name in values else each.make())
        if after is not None:
            after(self)

    return construct


def _compiled(cls: Any, known: dict[str, Field]) -> Any:
    """The constructor as one would write it by hand."""
    scope: dict[str, Any] = {"_set": _set, "_missing": _MISSING}
    positional = ["self"]
    named: list[str] = []
    body: list[str] = []
    for name, each in known.items():
        text = name
        if each.optional:
            scope[f"_default_{name}"] = each.default
            scope[f"_make_{name}"] = each.default_factory
            text += f"=_default_{name}"
        (named if each.kw_only else positional).append(text)
        is_made = each.default_factory is not _MISSING
        value = f"_make_{name}() if {name} is _missing else {name}" if is_made else name
        body.append(f"_set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join([*positional, *(["*", *named] if named else [])])
    lines = [f"def __init__({parameters}):", *(f"    {line}" for line in body or ["pass"])]
    exec("\n".join(lines), scope)  # noqa: S102 - the text is made of names of fields
    made = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _replace(instance: Any, /, **changes: Any) -> Any:
    kept = {name: getattr(instance, name) for name in getattr(instance, _FIELDS) if name not in changes}
    return type(instance)(**kept, **changes)


def _fields(of: Any) -> tuple[Field, ...]:
    return tuple(getattr(of, _FIELDS).values())


def _is_dataclass(value: object) -> bool:
    return hasattr(value, _FIELDS)


def _asdict(instance: Any) -> dict[str, Any]:
    return {name: _plain(getattr(instance, name)) for name in getattr(instance, _FIELDS)}


def _plain(value: Any) -> Any:
    if hasattr(value, _FIELDS):
        return _asdict(value)
    if isinstance(value, list | tuple):
        plain = map(_plain, value)
        return type(value)(*plain) if hasattr(value, "_fields") else type(value)(plain)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
else:
    asdict = _asdict
    dataclass = _dataclass
    field = _field
    fields = _fields
    is_dataclass = _is_dataclass
    replace = _replace

__all__ = ["asdict", "dataclass", "field", "fields", "is_dataclass", "replace"]
