"""``jettison system df``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.report.listing import Listing, Row
from jettison.report.units import human_size
from jettison.store import UsageRow

_USAGE = Listing(
    headers={
        "Type": "TYPE",
        "TotalCount": "TOTAL",
        "Active": "ACTIVE",
        "Size": "SIZE",
        "Reclaimable": "RECLAIMABLE",
    },
    columns=("Type", "TotalCount", "Active", "Size", "Reclaimable"),
)


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--format", help="'table', 'table TEMPLATE', 'json' or a Go template", default="table")


def run(arguments: Arguments, context: Context) -> int:
    """Show what takes space."""
    with context.open_store() as store:
        rows = [_row(usage) for usage in store.disk_usage()]
    context.write(_USAGE.render(rows, arguments.format))
    return 0


def _row(usage: UsageRow) -> Row:
    share = f" ({usage.reclaimable_bytes * 100 // usage.size_bytes}%)" if usage.size_bytes else ""
    return {
        "Type": usage.kind[:1].upper() + usage.kind[1:],
        "TotalCount": str(usage.total),
        "Active": str(usage.active),
        "Size": human_size(usage.size_bytes),
        "Reclaimable": human_size(usage.reclaimable_bytes) + share,
    }
