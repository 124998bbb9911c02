"""``jettison logout``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.login import registry_name
from jettison.cli.parser import Arguments, CommandParser


def add_options(parser: CommandParser) -> None:
    """There are none."""


def run(arguments: Arguments, context: Context) -> int:
    """Forget the credentials of a registry."""
    from jettison.cli.machine import auth_files
    from jettison.registry.login import forget_login

    domain = registry_name(arguments.arguments)
    known = forget_login(domain, auth_files(context.settings)[0])
    context.write(f"Removing login credentials for {domain}\n" if known else f"Not logged in to {domain}\n")
    return 0
