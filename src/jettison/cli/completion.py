"""``jettison completion``: scripts for bash, zsh and fish, generated from the commands' own options.

The scripts hold all commands, flags and choices; the names of images and containers they ask for at the moment of
completion, through the hidden command ``__complete``.
"""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, nearest
from jettison.cli.shells.bash import bash_script
from jettison.cli.shells.fish import fish_script
from jettison.cli.shells.words import command_words
from jettison.cli.shells.zsh import zsh_script
from jettison.errors import UsageError

SHELLS = ("bash", "zsh", "fish")


def add_options(parser: CommandParser) -> None:
    """There are none; where the script goes is said in the help."""
    parser.epilog = (
        "bash: source <(jettison completion bash)  zsh: source <(jettison completion zsh)  "
        "fish: jettison completion fish | source"
    )


def run(arguments: Arguments, context: Context) -> int:
    """Print the script."""
    shell = arguments.arguments[0]
    writers = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}
    if shell not in writers:
        raise UsageError(f"unknown shell {shell!r}: there is {', '.join(SHELLS)}", hint=nearest(shell, SHELLS, ""))
    context.write(writers[shell](command_words()))
    return 0
