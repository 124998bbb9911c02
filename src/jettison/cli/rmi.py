"""``jettison rmi``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.stored import for_each, no_files


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("-f", "--force", help="Force removal of the image")


def run(arguments: Arguments, context: Context) -> int:
    """Remove names, and images that have no name left."""
    with context.open_store() as store, store.deleting() as deleter:

        def remove(name: str) -> None:
            with no_files((name,)):
                for event in deleter.remove_image(name, force=arguments.force):
                    context.write(f"{event}\n")

        return for_each(arguments.arguments, remove, context)
