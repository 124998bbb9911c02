"""``jettison system df``."""

from __future__ import annotations

from collections import Counter

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.errors import UsageError
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
    parser.switch("-v", "--verbose", help="Show what each image and each container takes")


def run(arguments: Arguments, context: Context) -> int:
    """Show what takes space."""
    if arguments.verbose:
        if arguments.format != "table":
            raise UsageError(
                "--verbose shows several tables: leave --format out",
                hint="jettison du --format json tells programs what each image takes",
            )
        return _show_each(context)
    with context.open_store() as store:
        rows = [_row(usage) for usage in store.disk_usage()]
    context.write(_USAGE.render(rows, arguments.format))
    return 0


def _show_each(context: Context) -> int:
    """As docker does: images by docker's sizes, containers by what they wrote, then all that is neither."""
    from jettison.cli.images import image_rows, listed_names, users_of_layers
    from jettison.cli.ps import shown_container
    from jettison.report.containers import CONTAINERS, CONTAINERS_WITH_SIZES
    from jettison.report.images import IMAGES, IMAGES_WITH_SHARES
    from jettison.store.measure import disk_bytes

    with context.open_store() as store:
        records = store.containers.list()
        users, started = users_of_layers(store), Counter(record.image_id for record in records)
        images = [
            row
            for image in store.images.list()
            for row in image_rows(store, image, listed_names(image) or (), users, containers=started[image.image_id])
        ]
        containers = [
            shown_container(record, size_bytes=disk_bytes(store.containers.directory(record.container_id)))
            for record in records
        ]
        others = [usage for usage in store.disk_usage() if usage.kind not in ("images", "containers")]
    context.write("Images space usage:\n\n" + IMAGES.render(images, columns=IMAGES_WITH_SHARES))
    shown = CONTAINERS.render(containers, columns=CONTAINERS_WITH_SIZES)
    context.write(f"\nContainers space usage:\n\n{shown}\n")
    for usage in others:
        context.write(f"{_row(usage)['Type']} usage: {human_size(usage.size_bytes)}\n")
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
