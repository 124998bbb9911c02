"""What the commands that look into an image have in common: which image, and for which platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jettison.cli.context import Context
from jettison.cli.parser import CommandParser
from jettison.cli.steps import no_events, no_progress
from jettison.hints import TYPE_CHECKING
from jettison.model.platform import Platform

if TYPE_CHECKING:
    from jettison.engine.image_layers import LayeredImage
    from jettison.engine.kept_files import Keep


def add_platform(parser: CommandParser) -> None:
    """Declare ``--platform``."""
    parser.value("--platform", help="Look into the image for this platform", parse=Platform.parse)


@contextmanager
def looked_into(
    name: str, context: Context, *, platform: Platform | None, keep: Keep | None = None
) -> Iterator[LayeredImage]:
    """The image while the context lasts; from anywhere, standard input too. Nobody is told of progress."""
    from jettison.cli.machine import open_machine
    from jettison.engine.image_layers import open_image
    from jettison.engine.source_layers import keep_nothing

    with (
        open_machine(context, no_events) as machine,
        open_image(
            name,
            machine,
            progress=no_progress,
            platform=platform,
            stdin=context.streams.stdin,
            keep=keep or keep_nothing,
        ) as image,
    ):
        yield image
