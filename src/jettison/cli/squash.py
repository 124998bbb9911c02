"""``jettison squash``."""

from __future__ import annotations

import gc

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.steps import no_events, shown_step
from jettison.errors import UsageError
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.report.units import human_size

_EXCLUSIVE = ("--own", "--from", "--all")
_EXCLUSIVE_HINT = (
    "--own folds what is over the base image, --from N the layers from N on, --all every one: give one of them"
)


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("--all", help="Fold all layers, those of the base image too")
    parser.value("--from", kind="int", help="Fold the layers from this one on; the lowest is 1", parse=int)
    parser.switch("--own", help="Fold the layers over the base image (the default)")
    parser.value("--platform", help="Squash the image for this platform", parse=Platform.parse)
    parser.switch("-q", "--quiet", help="Print the image ID only")
    parser.values("-t", "--tag", kind="stringArray", help='Name and optionally a tag (format: "name:tag")')


def run(arguments: Arguments, context: Context) -> int:
    """Squash the image."""
    first = getattr(arguments, "from")
    given = [flag for flag, on in zip(_EXCLUSIVE, (arguments.own, first is not None, arguments.all), strict=True) if on]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} exclude each other", hint=_EXCLUSIVE_HINT)
    from jettison.cli.machine import open_machine
    from jettison.engine.base_of import describe
    from jettison.engine.squash_image import SquashRequest, squash_image

    gc.disable()  # values without a circle among them: looking for circles takes long
    name = arguments.arguments[0]
    request = SquashRequest(
        name=name,
        tags=tuple(Reference.parse(text).with_default_tag() for text in arguments.tag),
        first=first,
        all=arguments.all,
        platform=arguments.platform,
        stdin=context.streams.stdin,
    )
    with (
        shown_step(context, "Squashing", f"squashing {name}", quiet=arguments.quiet) as step,
        open_machine(context, no_events) as machine,
    ):
        result = squash_image(request, machine, step.progress)
    if not arguments.quiet:
        if result.base is not None:
            context.remark(f"kept: {describe(result.base)}")
        elif result.kept:
            context.remark(f"kept: {result.kept} of {result.kept + result.folded} layers")
        sizes = f"{human_size(result.size_before)} -> {human_size(result.size_after)}"
        if result.folded:
            context.remark(f"folded: {result.folded} layer{'s' * (result.folded != 1)} into one, {sizes}")
        else:
            context.remark("nothing to fold: there is no layer over those that are kept")
    context.write(f"{result.image_id}\n")
    return 0
