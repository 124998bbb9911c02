"""``jettison prune``, and docker's ``system prune``, ``image prune``, ``container prune``, ``builder prune``."""

from __future__ import annotations

import time
from collections.abc import Iterable

from jettison.cli.context import Context
from jettison.cli.filters import parse_filters
from jettison.cli.parser import PROGRAM, Arguments, CommandParser
from jettison.errors import JettisonError, UsageError
from jettison.frozen import replace
from jettison.report.moments import parse_moment
from jettison.report.units import human_size, parse_duration, parse_size
from jettison.store import PruneReport

_KINDS = {
    "prune": ("containers", "images", "cache"),
    "image prune": ("images",),
    "container prune": ("containers",),
    "builder prune": ("cache",),
}
_WARNINGS = {
    "containers": ("all stopped containers", "all stopped containers"),
    "images": ("all dangling images", "all images without at least one container associated to them"),
    "cache": ("unused build cache", "all build cache, and downloaded packages"),
}
_HEADINGS = {
    "container": "Deleted Containers",
    "image": "Deleted Images",
    "cache record": "Deleted build cache objects",
    "cache mount": "Deleted cache mounts",
    "packages": "Deleted downloads",
}


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    kinds = _KINDS[parser.name]
    if kinds != ("containers",):
        parser.switch("-a", "--all", help="Remove all that is unused, not just what is dangling")
    parser.values("--filter", kind="filter", help="Remove only what is older: until=24h, until=TIMESTAMP")
    parser.switch("-f", "--force", help="Do not prompt for confirmation")
    if "cache" in kinds:
        parser.value(
            "--keep-storage",
            kind="bytes",
            help="Amount of disk space to keep for cache, such as 10GB",
            parse=parse_size,
        )


def run(arguments: Arguments, context: Context) -> int:
    """Ask, remove, and say what came free."""
    kinds = _KINDS[arguments.command]
    everything = getattr(arguments, "all", False)
    until = _until(arguments.filter)
    if not arguments.force:
        _confirm([_WARNINGS[kind][everything] for kind in kinds], context)
    from jettison.store import Store

    unfinished = Store.erase_leftovers(context.settings.home)  # first: on a full disk the store cannot be opened before
    with context.open_store() as store:
        report = store.prune(
            containers="containers" in kinds,
            images="images" in kinds,
            cache="cache" in kinds,
            all=everything,
            until=until,
            keep_bytes=getattr(arguments, "keep_storage", None),
        )
    context.write(_describe(replace(report, removed=(*unfinished, *report.removed))))
    return 0


def _until(filters: Iterable[str]) -> float | None:
    """Seconds since 1970; a duration counts back from now."""
    values = parse_filters(filters, ("until",)).get("until", ())
    if not values:
        return None
    if len(values) > 1:
        raise UsageError("the filter until is given twice")
    moment = parse_moment(values[0])
    return time.time() - parse_duration(values[0]) if moment is None else moment


def _confirm(what: Iterable[str], context: Context) -> None:
    lines = "".join(f"  - {text}\n" for text in what)
    context.streams.stderr.write(
        f"WARNING! This will remove:\n{lines}\nAre you sure you want to continue? [y/N] ",
    )
    context.streams.stderr.flush()
    answer = context.streams.stdin.readline().strip().lower()
    if answer not in (b"y", b"yes"):
        raise JettisonError("nothing was removed: not confirmed", hint=f"'{PROGRAM} prune --force' does not ask")


def _describe(report: PruneReport) -> str:
    parts = []
    for kind, heading in _HEADINGS.items():
        names = [item.name for item in report.removed if item.kind == kind]
        if names:
            parts.append(f"{heading}:\n" + "".join(f"{name}\n" for name in names) + "\n")
    return "".join(parts) + f"Total reclaimed space: {human_size(report.freed_bytes)}\n"
