"""``jettison tag``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.stored import no_files
from jettison.model.reference import Reference


def add_options(parser: CommandParser) -> None:
    """There are none."""


def run(arguments: Arguments, context: Context) -> int:
    """Give an image, on all its platforms, one more name."""
    source, target = arguments.arguments
    reference = Reference.parse(target)
    with no_files((source,)), context.open_store() as store:
        first, *others = store.images.platforms(source)
        platforms = {store.images.config(other.image_id).platform: other.image_id for other in others}
        store.images.tag(reference, first.image_id, others=platforms)
    return 0
