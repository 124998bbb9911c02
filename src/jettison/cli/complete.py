"""``jettison __complete KIND``: names for the shells' completion, one a line."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes


def add_options(parser: CommandParser) -> None:
    """There are none."""


def run(arguments: Arguments, context: Context) -> int:
    """Print the names of images (with and without ``:latest``) or of containers."""
    if not context.settings.home.exists():
        return 0
    with context.open_store() as store:
        if arguments.arguments[0] == Completes.CONTAINER:
            names = [record.name for record in store.containers.list()]
        else:
            tags = [tag.familiar() for record in store.images.list() for tag in record.tags]
            names = sorted({*tags, *(tag.removesuffix(":latest") for tag in tags)})
    context.write("".join(f"{name}\n" for name in names))
    return 0
