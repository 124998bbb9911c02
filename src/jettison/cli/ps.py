"""``jettison ps``."""

from __future__ import annotations

import shlex
import time

from jettison.cli.context import Context
from jettison.cli.filters import Filters, parse_filters
from jettison.cli.parser import Arguments, CommandParser
from jettison.model.digest import Digest
from jettison.report.containers import CONTAINERS, container_row
from jettison.report.listing import Row
from jettison.store import ContainerRecord, ContainerState, Store

_FILTERS = ("id", "name", "status", "ancestor", "exited")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("-a", "--all", help="Show all containers (default shows just running)")
    parser.values("-f", "--filter", kind="filter", help=f"Show only containers that match: {', '.join(_FILTERS)}")
    parser.value("--format", help="'table', 'table TEMPLATE', 'json' or a Go template", default="table")
    parser.value("-n", "--last", kind="int", help="Show n last created containers (includes all states)", parse=int)
    parser.switch("-l", "--latest", help="Show the latest created container (includes all states)")
    parser.switch("--no-trunc", help="Don't truncate output")
    parser.switch("-q", "--quiet", help="Only display container IDs")


def run(arguments: Arguments, context: Context) -> int:
    """List the containers, the newest first."""
    filters = parse_filters(arguments.filter, _FILTERS)
    last = 1 if arguments.latest else arguments.last
    show_all = arguments.all or last is not None or "status" in filters or "exited" in filters
    with context.open_store() as store:
        ancestors = _ancestors(store, filters)
        records = [
            record
            for record in store.containers.list()
            if (show_all or record.state is ContainerState.RUNNING) and _fits(record, filters, ancestors)
        ][:last]
    truncate = not arguments.no_trunc
    if arguments.quiet:
        context.write("".join(f"{record.short_id if truncate else record.container_id}\n" for record in records))
        return 0
    rows = [shown_container(record, truncate=truncate) for record in records]
    context.write(CONTAINERS.render(rows, arguments.format))
    return 0


def shown_container(record: ContainerRecord, *, truncate: bool = True, size_bytes: int | None = None) -> Row:
    """Its line."""
    return container_row(
        container_id=record.container_id,
        name=record.name,
        image=record.image_name,
        command=shlex.join(record.command),
        created=record.created_at,
        started=record.started_at,
        finished=record.finished_at,
        running=record.state is ContainerState.RUNNING,
        exit_code=record.exit_code,
        size_bytes=size_bytes,
        now=time.time(),
        truncate=truncate,
    )


def _ancestors(store: Store, filters: Filters) -> set[Digest]:
    return {store.images.find(name).image_id for name in filters.get("ancestor", ())}


def _fits(record: ContainerRecord, filters: Filters, ancestors: set[Digest]) -> bool:
    def fits(key: str, value: str) -> bool:
        match key:
            case "id":
                return record.container_id.startswith(value)
            case "name":
                return value in record.name
            case "status":
                return record.state == value
            case "exited":
                return str(record.exit_code) == value
            case _:
                return record.image_id in ancestors

    return all(any(fits(key, value) for value in values) for key, values in filters.items())
