"""``jettison ls``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.looking import add_platform, opened
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.steps import no_events

FORMATS = ("text", "json")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--format", help="How files are listed", choices=FORMATS, default="text")
    parser.switch("-H", "--human", help="Print sizes in human readable format")
    parser.switch("-l", "--long", help="Show modes, owners, sizes and times")
    add_platform(parser)
    parser.switch("-R", "--recursive", help="List folders in folders too")


def run(arguments: Arguments, context: Context) -> int:
    """List what is at a path of an image."""
    from jettison.cli.machine import open_machine
    from jettison.engine.base_of import layer_texts
    from jettison.engine.image_files import list_entries
    from jettison.engine.written_in import written_texts
    from jettison.report.entries import entries_json, entries_long, entries_short

    name, *paths = arguments.arguments
    with (
        open_machine(context, no_events) as machine,
        opened(name, machine, context, platform=arguments.platform, reads_only_kept=True) as image,
    ):
        entries = list_entries(image, paths[0] if paths else "/", recursive=arguments.recursive)
        if arguments.format == "json":
            written = written_texts(image, machine.store)
            texts = layer_texts(image.config) if written is None else [told.shown for told in written]
            context.write(entries_json(entries, texts))
        elif arguments.long or arguments.human:
            context.write(entries_long(entries, human=arguments.human))
        else:
            context.write(entries_short(entries))
    return 0
