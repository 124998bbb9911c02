"""``jettison push``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.steps import no_events, shown_step
from jettison.cli.stored import no_files
from jettison.errors import UsageError
from jettison.hints import TYPE_CHECKING
from jettison.model.platform import Platform
from jettison.model.reference import DEFAULT_TAG, Reference

if TYPE_CHECKING:
    from jettison.engine.push import PushedLayer
    from jettison.engine.request import Machine


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.switch("-a", "--all-tags", help="Push all tags of an image to the repository")
    parser.value(
        "--platform", help="Push a platform-specific manifest as a single-platform image", parse=Platform.parse
    )
    parser.switch("-q", "--quiet", help="Suppress verbose output")


def run(arguments: Arguments, context: Context) -> int:
    """Push one name, or all of a repository."""
    from jettison.cli.machine import open_machine
    from jettison.engine.push import tags_of

    with no_files(arguments.arguments):
        reference = Reference.parse(arguments.arguments[0])
    if reference.digest is not None:
        raise UsageError("cannot push a digest reference", hint="push a name with a tag")
    if arguments.all_tags and reference.tag is not None:
        raise UsageError("tag can't be used with --all-tags/-a", hint=f"push {reference.familiar_repository} -a")
    with open_machine(context, no_events) as machine:
        if arguments.all_tags:
            names = tags_of(reference, machine.store)
        else:
            if reference.tag is None and not arguments.quiet:
                context.write(f"Using default tag: {DEFAULT_TAG}\n")
            names = (reference.with_default_tag(),)
        if not arguments.quiet:
            context.write(f"The push refers to repository [{reference.repository}]\n")
        for name in names:
            _push_one(name, arguments, context, machine)
    return 0


def _push_one(name: Reference, arguments: Arguments, context: Context, machine: Machine) -> None:
    from jettison.engine.push import push

    pushed: list[PushedLayer] = []
    with shown_step(context, "Pushing", f"pushing {name.familiar()}", quiet=arguments.quiet) as step:
        root = push(name, machine, step.progress, pushed.append, platform=arguments.platform, remark=context.remark)
    if arguments.quiet:
        context.write(f"{name}\n")
        return
    for layer in sorted(pushed, key=lambda layer: layer.diff_id):
        context.write(f"{layer.diff_id.short}: {_fate(layer)}\n")
    context.write(f"{name.tag}: digest: {root.digest} size: {root.size}\n")


def _fate(layer: PushedLayer) -> str:
    """In docker's words."""
    from jettison.registry.push import BlobFate

    match layer.fate:
        case BlobFate.SENT:
            return "Pushed"
        case BlobFate.MOUNTED:
            return f"Mounted from {layer.origin}"
        case BlobFate.PRESENT:
            return "Layer already exists"
