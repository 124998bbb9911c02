"""``jettison diff``."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from contextlib import ExitStack

from jettison.cli.context import Context
from jettison.cli.looking import opened
from jettison.cli.pages import check_pages, write_page
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.cli.steps import no_events
from jettison.errors import UsageError
from jettison.hints import TYPE_CHECKING
from jettison.model.platform import Platform

if TYPE_CHECKING:
    from jettison.engine.image_diff import ImageDiff
    from jettison.engine.image_layers import LayeredImage

FORMATS = ("text", "json", "html")
EXIT_DIFFERENT = 3


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--format", help="How differences are written", choices=FORMATS, default="text")
    parser.value("--html", help="Write the whole comparison into one HTML file, too", completes=Completes.FILE)
    parser.values("--ignore", kind="stringArray", help="Let paths not count that match, as in .dockerignore (**/*.pyc)")
    parser.switch("--no-trunc", help="Show every path, also those of new and removed folders")
    parser.value("--path", help="Show the lines of this file that differ, or what differs in this folder")
    parser.value("--platform", help="Compare the images for this platform", parse=Platform.parse)
    parser.switch("-q", "--quiet", help="Print nothing; the exit code tells")
    parser.switch("--times", help="Let times of modification count")


def run(arguments: Arguments, context: Context) -> int:
    """Compare the images, or a container with its image."""
    asked = [flag for flag, given in (("--format", arguments.format != "text"), ("--html", arguments.html)) if given]
    if arguments.path is not None and (asked or arguments.ignore):
        raise UsageError(f"--path shows lines of text: leave {asked[0] if asked else '--ignore'} out")
    if len(arguments.arguments) == 1:
        if arguments.ignore:
            raise UsageError("--ignore is for two images: leave it out")
        if asked:
            raise UsageError(f"the changes of a container are text: leave {asked[0]} out")
        return _diff_container(arguments, context)
    check_pages(arguments.format, arguments.html, context)
    from jettison.cli.machine import open_machine
    from jettison.dockerfile.ignore import IgnorePatterns
    from jettison.engine.image_diff import diff_images, keep_for_diff
    from jettison.engine.image_layers import STDIN

    ignore = IgnorePatterns(arguments.ignore) if arguments.ignore else None
    gc.disable()  # values without a circle among them: looking for circles takes long
    if arguments.arguments == [STDIN, STDIN]:
        raise UsageError("only one of the images can come from standard input")
    with ExitStack() as stack:
        machine = stack.enter_context(open_machine(context, no_events))

        def open_one(name: str, platform: Platform | None) -> LayeredImage:
            return stack.enter_context(opened(name, machine, context, platform=platform, keep=keep_for_diff))

        old, new = (open_one(name, arguments.platform) for name in arguments.arguments)
        if _is_also_for(old, new) and arguments.arguments[0] != STDIN:
            old = open_one(arguments.arguments[0], new.config.platform)
        elif _is_also_for(new, old) and arguments.arguments[1] != STDIN:
            new = open_one(arguments.arguments[1], old.config.platform)
        if arguments.path is not None:
            return _diff_path(old, new, arguments, context)
        diff = diff_images(old, new, times=arguments.times, ignore=ignore, store=machine.store)
    if arguments.html:
        from jettison.report.diff_page.page import diff_page

        write_page(arguments.html, diff_page(diff))
    if not arguments.quiet:
        for part in _text(diff, arguments, context):
            context.write(part)
    return 0 if diff.is_equal else EXIT_DIFFERENT


def _is_also_for(image: LayeredImage, other: LayeredImage) -> bool:
    """Whether the name of an image stands for one of the other's platform as well, and this is not that one."""
    wanted = other.config.platform
    return image.config.platform != wanted and wanted in image.platforms


def _diff_path(old: LayeredImage, new: LayeredImage, arguments: Arguments, context: Context) -> int:
    """Show what differs at one path."""
    from jettison.engine.path_diff import diff_path
    from jettison.report.diff_text import path_diff_lines
    from jettison.report.table import printable

    diff = diff_path(old, new, arguments.path, times=arguments.times)
    if not arguments.quiet:
        lines = path_diff_lines(diff, whole=arguments.no_trunc)
        shown = [printable(line) for line in lines] if context.streams.stdout.isatty() else lines
        context.write_bytes("".join(f"{line}\n" for line in shown).encode("utf-8", "surrogateescape"))
    return EXIT_DIFFERENT if diff.changes else 0


def _text(diff: ImageDiff, arguments: Arguments, context: Context) -> Iterable[str]:
    if arguments.format == "json":
        from jettison.report.diff_json import diff_json

        return diff_json(diff)
    if arguments.format == "html":
        from jettison.report.diff_page.page import diff_page

        return (diff_page(diff),)
    from jettison.report.diff_text import diff_text

    return (diff_text(diff, columns=context.columns(), whole=arguments.no_trunc),)


def _diff_container(arguments: Arguments, context: Context) -> int:
    """Show what was changed in a container, as docker does; that something was is no failure."""
    from jettison.cli.looking import looked_into
    from jettison.engine.image_diff import diff_container
    from jettison.report.diff_text import container_diff_text

    with looked_into(arguments.arguments[0], context, platform=arguments.platform) as container:
        changes = diff_container(container)
    if not arguments.quiet:
        context.write(container_diff_text(changes))
    return 0
