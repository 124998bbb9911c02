"""What can stand on a command line, command by command."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.cli.parser import Completes, Option, Synopsis
from jettison.cli.registry import COMMANDS, global_options
from jettison.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What can follow one command name."""

    name: str
    """Of one word or two; empty for what stands before a command."""
    summary: str
    options: tuple[Option, ...]
    synopsis: Synopsis


def command_words() -> list[Words]:
    """All commands under all their names, and the global options under the empty name."""
    words = [
        Words(name="", summary="", options=global_options(), synopsis=Synopsis(text="", completes=Completes.COMMAND))
    ]
    for command in COMMANDS:
        if not command.hidden:
            options = tuple(option for option in command.parser(command.load()).options if not option.hidden)
            words += [
                Words(name=name, summary=command.summary, options=options, synopsis=command.synopsis)
                for name in (command.name, *command.aliases)
            ]
    return words


def families(words: Sequence[Words]) -> dict[str, list[str]]:
    """The commands of two words: ``image`` -> ``ls``, ``rm`` and so on."""
    found: dict[str, list[str]] = {}
    for entry in words:
        first, _, second = entry.name.partition(" ")
        if second:
            found.setdefault(first, []).append(second)
    return found
