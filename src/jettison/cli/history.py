"""``jettison history``."""

from __future__ import annotations

import time

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.stored import find_image
from jettison.model.config import HistoryEntry
from jettison.model.platform import Platform
from jettison.report.images import HISTORY, history_rows


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--format", help="'table', 'table TEMPLATE', 'json' or a Go template", default="table")
    parser.switch("-H", "--human", help="Print sizes and dates in human readable format (default true)", default=True)
    parser.switch("--no-trunc", help="Don't truncate output")
    parser.value("--platform", help="Show history for the given platform", parse=Platform.parse)
    parser.switch("-q", "--quiet", help="Only show image IDs")


def run(arguments: Arguments, context: Context) -> int:
    """Show what each instruction did."""
    with context.open_store() as store:
        record = find_image(store, arguments.arguments[0], arguments.platform)
        config = store.images.config(record.image_id)
        rows = list(
            history_rows(
                record.image_id,
                config.history or [HistoryEntry()] * len(config.diff_ids),
                [store.layers.size(diff_id) for diff_id in config.diff_ids],
                now=time.time(),
                human=arguments.human,
                truncate=not arguments.no_trunc,
            )
        )
    if arguments.quiet:
        context.write("".join(f"{row['ID']}\n" for row in rows))
    else:
        context.write(HISTORY.render(rows, arguments.format))
    return 0
