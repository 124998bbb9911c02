"""The flags that an instruction knows (BuildKit: ``instructions/bflag.go``)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from jettison.dockerfile.syntax import Flag, InstructionNode
from jettison.text.diagnostics import SourceError, error_at, quoted
from jettison.text.span import Word
from jettison.text.suggest import did_you_mean


class FlagKind(Enum):
    """What a flag takes."""

    SWITCH = auto()
    """Nothing, ``=true`` or ``=false``."""
    VALUE = auto()
    LIST = auto()
    """A value, and it may be given several times."""


class Flags:
    """The flags that an instruction was given, checked."""

    def __init__(self, node: InstructionNode, known: Mapping[str, FlagKind]) -> None:
        self._switches: dict[str, bool] = {}
        self._values: dict[str, list[Word]] = {}
        for flag in node.flags:
            kind = known.get(flag.name)
            if kind is None:
                raise _unknown(flag, node, known)
            if kind is not FlagKind.LIST and (flag.name in self._switches or flag.name in self._values):
                raise error_at(flag.span, f"duplicate flag specified: --{flag.name}")
            if kind is FlagKind.SWITCH:
                self._switches[flag.name] = _switch(flag)
            elif flag.value is None:
                raise error_at(flag.span, f"missing a value on flag: --{flag.name}", hint=f"--{flag.name}=VALUE")
            else:
                self._values.setdefault(flag.name, []).append(flag.value)

    def switch(self, name: str) -> bool | None:
        """Whether a switch is on; None where it was not given."""
        return self._switches.get(name)

    def value(self, name: str) -> Word | None:
        """The value of a flag; None where it was not given."""
        return next(iter(self._values.get(name, ())), None)

    def values(self, name: str) -> tuple[Word, ...]:
        """All values of a flag."""
        return tuple(self._values.get(name, ()))


def _unknown(flag: Flag, node: InstructionNode, known: Mapping[str, FlagKind]) -> SourceError:
    hint = did_you_mean(flag.name, known, "--")
    if hint is None:
        names = ", ".join(f"--{name}" for name in known)
        hint = f"{node.name} knows {names}" if names else f"{node.name} has no flags"
    return error_at(flag.span, f"unknown flag: --{flag.name}", hint=hint)


def _switch(flag: Flag) -> bool:
    if flag.value is None:
        return True
    match flag.value.text.lower():
        case "true":
            return True
        case "false":
            return False
        case "":
            raise error_at(flag.span, f"missing a value on flag: --{flag.name}", hint="true or false")
        case _:
            message = f"expecting boolean value for flag --{flag.name}, not: {quoted(flag.value.text)}"
            raise error_at(flag.value.span, message, hint="true or false")
