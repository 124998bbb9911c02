"""Help texts in docker's layout. Imported only when help is asked for."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from jettison.cli.parser import PROGRAM, CommandParser, Option
from jettison.cli.registry import COMMANDS, GROUPS, Command

_MIN_HELP_COLUMNS = 24


def command_help(parser: CommandParser, columns: int) -> str:
    """The help of one command."""
    parts = [f"Usage:  {parser.usage()}", parser.summary]
    if parser.aliases:
        names = ", ".join(f"{PROGRAM} {name}" for name in (*parser.aliases, parser.name))
        parts.append("Aliases:\n  " + names)
    if parser.epilog:
        parts.append(textwrap.fill(parser.epilog, columns))
    options = sorted((option for option in parser.options if not option.hidden), key=lambda option: option.flags[-1])
    if options:
        parts.append("Options:\n" + options_help(options, columns))
    return "\n\n".join(parts) + "\n"


def program_help(parser: CommandParser, columns: int) -> str:
    """The help of the program: its commands by group."""
    parts = [f"Usage:  {PROGRAM} [OPTIONS] COMMAND", parser.summary]
    groups = sorted({command.group for command in COMMANDS}, key=GROUPS.index)
    parts += [_group_help(group, [c for c in COMMANDS if c.group == group and not c.hidden]) for group in groups]
    parts.append("Global Options:\n" + options_help(parser.options, columns))
    parts.append(f"Run '{PROGRAM} COMMAND --help' for more information on a command.")
    return "\n\n".join(parts) + "\n"


def options_help(options: Sequence[Option], columns: int) -> str:
    """The options, one below the other, their texts wrapped."""
    lefts = [_left(option) for option in options]
    indent = max(map(len, lefts)) + 3
    width = max(columns - indent, _MIN_HELP_COLUMNS)
    lines = []
    for option, left in zip(options, lefts, strict=True):
        first, *more = textwrap.wrap(option.describe(), width) or [""]
        lines.append(f"{left:<{indent}}{first}".rstrip())
        lines += [" " * indent + line for line in more]
    return "\n".join(lines)


def _left(option: Option) -> str:
    flags = ", ".join(option.flags) if len(option.flags) > 1 or len(option.flags[0]) == 2 else f"    {option.flags[0]}"
    return f"  {flags} {option.kind}".rstrip()


def _group_help(group: str, commands: Sequence[Command]) -> str:
    width = max(len(command.name) for command in COMMANDS) + 2
    return f"{group}:\n" + "\n".join(f"  {command.name:<{width}}{command.summary}" for command in commands)
