"""Enumerations of texts that are soon made: the standard library's, as far as this project needs them.

Type checkers see :class:`enum.StrEnum` itself, which takes a tenth of a millisecond for each class.
"""

from __future__ import annotations

from collections.abc import Iterator

from jettison.hints import TYPE_CHECKING, Any


class _Enumeration(type):
    """The type of each enumeration: a collection of its members, which is called with a text to find one."""

    _members: dict[str, Any]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        texts = {key: text for key, text in namespace.items() if type(text) is str and not key.startswith("__")}
        made: Any = super().__new__(cls, name, bases, {key: namespace[key] for key in namespace.keys() - texts.keys()})
        made._members = {}
        for key, text in texts.items():
            member = made._members.get(text)
            if member is None:
                member = made._members[text] = str.__new__(made, text)
                member.name, member._value_ = key, text
            setattr(made, key, member)
        return made

    def __call__(cls, text: object) -> Any:
        """The member of that text. Raises ValueError where there is none."""
        member = cls._members.get(text) if isinstance(text, str) else None
        if member is None:
            raise ValueError(f"{text!r} is not a valid {cls.__qualname__}")
        return member

    def __iter__(cls) -> Iterator[Any]:
        return iter(cls._members.values())

    def __len__(cls) -> int:
        return len(cls._members)

    def __contains__(cls, text: object) -> bool:
        return isinstance(text, str) and text in cls._members


class _StrEnum(str, metaclass=_Enumeration):
    name: str
    _value_: str

    @property
    def value(self) -> str:
        """The text itself."""
        return self._value_

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

    def __reduce_ex__(self, protocol: object) -> Any:
        return type(self), (self.value,)


if TYPE_CHECKING:
    from enum import StrEnum
else:
    StrEnum = _StrEnum

__all__ = ["StrEnum"]
