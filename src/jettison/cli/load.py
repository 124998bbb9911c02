"""``jettison load``."""

from __future__ import annotations

from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.cli.steps import no_events, shown_step
from jettison.errors import UsageError
from jettison.model.platform import Platform


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value(
        "-i", "--input", help="Read from an archive or an OCI layout instead of STDIN", completes=Completes.FILE
    )
    parser.value("--platform", help="Load only the given platform", parse=Platform.parse)
    parser.switch("-q", "--quiet", help="Suppress the load output")


def run(arguments: Arguments, context: Context) -> int:
    """Take the images of an archive into the store."""
    from jettison.cli.machine import open_machine
    from jettison.engine.transfer import load

    if not arguments.input and context.streams.stdin.isatty():
        raise UsageError("requested load from stdin, but stdin is a terminal", hint="name an archive with -i FILE")
    source = Path(arguments.input) if arguments.input else context.streams.stdin
    what = arguments.input or "standard input"
    with (
        shown_step(context, "Loading", f"loading {what}", quiet=arguments.quiet) as step,
        open_machine(context, no_events) as machine,
    ):
        images = load(source, machine, step.progress, platform=arguments.platform, remark=context.remark)
    for image_id, names in images:
        for name in names:
            context.write(f"Loaded image: {name.familiar()}\n")
        if not names:
            context.write(f"Loaded image ID: {image_id}\n")
    return 0
