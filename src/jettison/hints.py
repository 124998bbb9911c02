"""Names for annotations, without :mod:`typing`: it takes as long to load as ten modules of ours, and no run needs it.

Type checkers see :mod:`typing` itself. At run time annotations are texts that nobody reads, so what they are made of
need not be anything; only what stands outside of annotations has to work there: bases of classes, ``cast``, aliases.
"""

from __future__ import annotations

TYPE_CHECKING = False


class _Hint:
    """A part of an annotation or of an alias: anything may be made of it, and it means nothing."""

    def __getitem__(self, parameters: object) -> _Hint:
        return self

    def __or__(self, other: object) -> _Hint:
        return self

    __ror__ = __or__


class _Base:
    """A base that adds nothing to a class, whatever its parameters are."""

    __slots__ = ()

    def __class_getitem__(cls, parameters: object) -> type:
        return cls


def _type_variable(name: str, *constraints: object, **properties: object) -> _Hint:
    return _Hint()


def _cast(kind: object, value: object) -> object:
    return value


def _overload(function: object) -> object:
    return function


if TYPE_CHECKING:
    from typing import (
        Any,
        AnyStr,
        BinaryIO,
        ClassVar,
        Generic,
        NoReturn,
        Protocol,
        Self,
        TextIO,
        TypeAlias,
        TypeVar,
        cast,
        overload,
    )
else:
    Any = AnyStr = BinaryIO = ClassVar = NoReturn = Self = TextIO = TypeAlias = _Hint()
    Generic = Protocol = _Base
    TypeVar = _type_variable
    cast = _cast
    overload = _overload

__all__ = [
    "TYPE_CHECKING",
    "Any",
    "AnyStr",
    "BinaryIO",
    "ClassVar",
    "Generic",
    "NoReturn",
    "Protocol",
    "Self",
    "TextIO",
    "TypeAlias",
    "TypeVar",
    "cast",
    "overload",
]
