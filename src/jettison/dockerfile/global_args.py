"""The arguments of the global scope: those that BuildKit provides, and those declared before the first FROM.

Source: BuildKit ``dockerfile2llb`` (``defaultArgs``, ``buildMetaArgs``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.dockerfile.expand import expand_at
from jettison.dockerfile.instructions import Arg, Declaration
from jettison.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalArgument:
    """An argument that is declared before the first FROM."""

    instruction: Arg
    declaration: Declaration
    value: str | None
    """None where it has none."""
    used: frozenset[str]
    """The arguments that its default is made of."""


def read_global_args(
    arguments: Iterable[Arg], provided: Mapping[str, str], build_args: Mapping[str, str], escape: str
) -> tuple[dict[str, str], tuple[GlobalArgument, ...]]:
    """The variables that FROM may use, on top of those that are ``provided``, and what is known of each declaration.

    Raises :class:`SourceError` for a default that cannot be expanded.
    """
    variables = dict(provided)
    found = []
    for instruction in arguments:
        for declaration in instruction.declarations:
            name = declaration.key.text
            value: str | None = None
            used = frozenset[str]()
            if name in build_args:
                value = build_args[name]
            elif declaration.default is not None:
                expansion = expand_at(declaration.default, variables, escape)
                value, used = expansion.text, expansion.used
            if value is not None:
                variables[name] = value
            found.append(GlobalArgument(instruction=instruction, declaration=declaration, value=value, used=used))
    return variables, tuple(found)
