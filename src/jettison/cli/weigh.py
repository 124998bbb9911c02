"""``jettison weigh``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.cli.steps import no_events, no_progress
from jettison.errors import UsageError
from jettison.model.platform import Platform

_VIEWS = ("instruction", "cause", "category", "package", "path")
_FORMATS = ("text", "json")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--by", help="Show one table in full", choices=_VIEWS)
    parser.value("--format", help="How the weight is written", choices=_FORMATS, default="text")
    parser.value("--html", help="Write the whole report into one HTML file, too", completes=Completes.FILE)
    parser.value("--platform", help="Weigh the image for the given platform", parse=Platform.parse)
    parser.value("--top", help="How many rows a table has (default 10)", parse=_count)


def run(arguments: Arguments, context: Context) -> int:
    """Weigh an image."""
    import gc

    from jettison.cli.machine import open_machine
    from jettison.engine.image_layers import STDIN
    from jettison.engine.weigh import weigh_image

    name = arguments.arguments[0]
    if name == STDIN and context.streams.stdin.isatty():
        raise UsageError("standard input is a terminal", hint="docker save IMAGE | jettison weigh -")
    gc.disable()  # a million values without a circle among them: looking for circles takes half of the time
    with open_machine(context, no_events) as machine:
        weight = weigh_image(
            name, machine, progress=no_progress, platform=arguments.platform, stdin=context.streams.stdin
        )
    if arguments.html:
        from pathlib import Path

        from jettison.engine.whole_file import whole_file
        from jettison.report.weigh_page.document import weigh_document
        from jettison.report.weigh_page.page import weigh_page

        with whole_file(Path(arguments.html)) as file:
            file.write(weigh_page(weigh_document(weight)).encode())
    if arguments.format == "json":
        from jettison.report.weight_json import weight_json

        context.write(weight_json(weight))
    else:
        from jettison.report.weight_text import weight_text

        context.write(weight_text(weight, view=arguments.by, top=arguments.top, columns=context.columns()))
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"invalid number of rows {text!r}", hint="write a number from 1 on")
    return int(text)
