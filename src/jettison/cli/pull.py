"""``jettison pull``."""

from __future__ import annotations

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.steps import no_events, shown_step
from jettison.model.platform import Platform
from jettison.model.reference import DEFAULT_TAG, Reference


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--platform", help="Pull the image for this platform", parse=Platform.parse)
    parser.switch("-q", "--quiet", help="Suppress verbose output")


def run(arguments: Arguments, context: Context) -> int:
    """Bring an image into the store."""
    from jettison.cli.machine import native_platform, open_machine
    from jettison.engine.transfer import pull

    reference = Reference.parse(arguments.arguments[0])
    platform = arguments.platform or native_platform()
    if reference.tag is None and reference.digest is None and not arguments.quiet:
        context.remark(f"Using default tag: {DEFAULT_TAG}")
    reference = reference.with_default_tag()
    with (
        shown_step(context, "Pulling", f"pulling {reference.familiar()}", quiet=arguments.quiet) as step,
        open_machine(context, no_events) as machine,
    ):
        found = pull(reference, platform, machine, step.progress, remark=context.remark)
        record = machine.store.images.get(found.image_id)
    mismatch = found.mismatch(platform)
    if mismatch is not None:
        context.remark(f"note: {mismatch}")
    if not arguments.quiet:
        digests = [name.digest for name in record.repo_digests if name.repository == reference.repository]
        context.write("".join(f"Digest: {digest}\n" for digest in digests))
    context.write(f"{reference}\n")
    return 0
