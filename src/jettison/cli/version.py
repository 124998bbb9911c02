"""``jettison version``."""

from __future__ import annotations

import json
import platform

import jettison
from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--format", help="Format of the output", choices=("text", "json"), default="text")


def run(arguments: Arguments, context: Context) -> int:
    """Print versions."""
    facts = {
        "Version": jettison.__version__,
        "Python": platform.python_version(),
        "OS/Arch": f"{platform.system().lower()}/{platform.machine()}",
        "Kernel": platform.release(),
        "Home": str(context.settings.home),
    }
    if arguments.format == "json":
        context.write(json.dumps(facts) + "\n")
    else:
        context.write("".join(f"{name + ':':<10} {value}\n" for name, value in facts.items()))
    return 0
