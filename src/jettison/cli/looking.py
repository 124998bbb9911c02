"""What the commands that look into an image have in common: which image, and for which platform."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from jettison.cli.context import Context
from jettison.cli.parser import CommandParser
from jettison.cli.steps import late_progress, no_events
from jettison.hints import TYPE_CHECKING
from jettison.model.platform import Platform

if TYPE_CHECKING:
    from jettison.engine.image_layers import LayeredImage
    from jettison.engine.kept_files import Keep
    from jettison.engine.request import Machine


def add_platform(parser: CommandParser) -> None:
    """Declare ``--platform``."""
    parser.value("--platform", help="Look into the image for this platform", parse=Platform.parse)


@contextmanager
def opened(
    name: str,
    machine: Machine,
    context: Context,
    *,
    platform: Platform | None,
    keep: Keep | None = None,
    reads_only_kept: bool = False,
) -> Iterator[LayeredImage]:
    """The image while the context lasts; from anywhere, standard input too. What takes long shows how far it is.

    ``reads_only_kept`` promises that of its contents only those are read that are to be kept: all else that passes by
    on standard input is then gone, and never on a disk. A path that is not in the image is told with the layer that
    deleted it, where one did.
    """
    from jettison.engine.image_layers import open_image
    from jettison.engine.missing_path import MissingPathError, explain_missing_path
    from jettison.engine.source_layers import keep_nothing

    with ExitStack() as stack:
        with late_progress(context, "Reading", f"reading {name}") as progress:
            image = stack.enter_context(
                open_image(
                    name,
                    machine,
                    progress=progress,
                    platform=platform,
                    stdin=context.streams.stdin,
                    keep=keep or keep_nothing,
                    reads_only_kept=reads_only_kept,
                )
            )
        try:
            yield image
        except MissingPathError as error:
            explain_missing_path(error, image)
            raise


@contextmanager
def looked_into(
    name: str, context: Context, *, platform: Platform | None, keep: Keep | None = None, reads_only_kept: bool = False
) -> Iterator[LayeredImage]:
    """The same on a machine of its own."""
    from jettison.cli.machine import open_machine

    with (
        open_machine(context, no_events) as machine,
        opened(name, machine, context, platform=platform, keep=keep, reads_only_kept=reads_only_kept) as image,
    ):
        yield image
