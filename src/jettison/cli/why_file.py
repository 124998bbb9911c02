"""``jettison why-file``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.looking import add_platform, opened
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.steps import no_events

FORMATS = ("text", "json")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--format", help="How the answer is written", choices=FORMATS, default="text")
    add_platform(parser)


def run(arguments: Arguments, context: Context) -> int:
    """Tell where a file of an image comes from."""
    from jettison.cli.machine import open_machine
    from jettison.engine.file_origin import trace_file
    from jettison.report.origin import origin_json, origin_text

    name, path = arguments.arguments
    with (
        open_machine(context, no_events) as machine,
        opened(name, machine, context, platform=arguments.platform, reads_only_kept=True) as image,
    ):
        origin = trace_file(image, path, machine.store)
    context.write(origin_json(origin) if arguments.format == "json" else origin_text(origin))
    return 0
