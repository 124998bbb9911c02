"""``jettison save``."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.cli.steps import no_events, no_progress
from jettison.cli.stored import no_files
from jettison.errors import UsageError
from jettison.model.platform import Platform


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("-o", "--output", help="Write to a file, instead of STDOUT", completes=Completes.FILE)
    parser.value("--platform", help="Save only the given platform", parse=Platform.parse)


def run(arguments: Arguments, context: Context) -> int:
    """Write images as a docker archive; a file appears under its name only when it is whole."""
    from jettison.cli.machine import open_machine
    from jettison.engine.outputs import check_file
    from jettison.engine.transfer import save
    from jettison.engine.whole_file import whole_file

    if arguments.output:
        check_file(Path(arguments.output), "--output")
    elif context.streams.stdout.isatty():
        raise UsageError("cowardly refusing to save to a terminal", hint="use -o FILE or redirect the output")
    with no_files(arguments.arguments), open_machine(context, no_events) as machine:
        place = whole_file(Path(arguments.output)) if arguments.output else nullcontext(context.streams.stdout.buffer)
        with place as stream:
            save(
                arguments.arguments,
                stream.write,
                machine,
                no_progress,
                platform=arguments.platform,
                remark=context.remark,
            )
            stream.flush()
    return 0
