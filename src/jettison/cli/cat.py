"""``jettison cat``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.looking import add_platform, looked_into
from jettison.cli.parser import Arguments, CommandParser


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    add_platform(parser)


def run(arguments: Arguments, context: Context) -> int:
    """Print files of an image, one after the other."""
    from jettison.engine.image_files import content_of, find_entry, keep_near

    name, *paths = arguments.arguments
    keeps = [keep_near(path) for path in paths]
    with looked_into(
        name, context, platform=arguments.platform, keep=lambda entry: any(keep(entry) for keep in keeps)
    ) as image:
        files = image.files()
        for path in paths:
            find_entry(files.tree, path)
        for path in paths:
            for data in content_of(files, path):
                context.write_bytes(data)
    return 0
