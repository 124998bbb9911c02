"""``jettison du``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser

FORMATS = ("text", "json")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--format", help="How sizes are written", choices=FORMATS, default="text")


def run(arguments: Arguments, context: Context) -> int:
    """Show what each image takes by itself and together with others, and what else lies in the store."""
    from jettison.report.du import du_json, du_text

    with context.open_store() as store:
        usage = store.whole_usage()
        names = {record.image_id: record.names[0].familiar() for record in store.images.list() if record.names}
    write = du_json if arguments.format == "json" else du_text
    context.write(write(usage, names, str(store.root)))
    return 0
