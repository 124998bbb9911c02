"""``jettison weigh``."""

from __future__ import annotations

from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.pages import check_pages, write_page
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.cli.steps import late_progress, no_events
from jettison.errors import UsageError
from jettison.hints import TYPE_CHECKING
from jettison.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jettison.analyze.gates import Amount, Checked, Limits
    from jettison.analyze.weight import Weight

_VIEWS = ("instruction", "cause", "category", "package", "path")
_FORMATS = ("text", "json", "html", "junit", "sarif", "github", "gitlab", "markdown")
EXIT_OVER_LIMIT = 3


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value("--against", help="The image that --max-growth compares with")
    parser.value("--by", help="Show one table in full", choices=_VIEWS)
    parser.value("--format", help="How the weight is written", choices=_FORMATS, default="text")
    parser.value("--html", help="Write the whole report into one HTML file, too", completes=Completes.FILE)
    parser.value("--max-growth", help="Fail where the image is larger than --against by more (10MB, 5%)", parse=_amount)
    parser.value("--max-layers", help="Fail where the image has more layers", kind="int", parse=_count)
    parser.value("--max-size", help="Fail where the image is larger", kind="bytes", parse=_size)
    parser.value("--max-waste", help="Fail where more is deleted or replaced by later layers (10MB, 5%)", parse=_amount)
    parser.value("--platform", help="Weigh the image for the given platform", parse=Platform.parse)
    parser.value("--top", help="How many rows a table has (default 10)", kind="int", parse=_count)


def run(arguments: Arguments, context: Context) -> int:
    """Weigh an image."""
    import gc

    from jettison.cli.machine import open_machine
    from jettison.engine.image_layers import STDIN
    from jettison.engine.weigh import weigh_image

    name, against = arguments.arguments[0], arguments.against
    if (arguments.max_growth is None) != (against is None):
        raise UsageError(
            "--max-growth and --against belong together",
            hint="--against IMAGE is what --max-growth 5% compares with",
        )
    if name == against == STDIN:
        raise UsageError("only one of the images can come from standard input")
    check_pages(arguments.format, arguments.html, context)
    limits = _limits(arguments)
    gc.disable()  # values without a circle among them: looking for circles takes long
    with open_machine(context, no_events) as machine:
        weights = []
        for each in (name,) if against is None else (name, against):
            with late_progress(context, "Weighing", f"weighing {each}") as progress:
                stdin, platform = context.streams.stdin, arguments.platform
                weights.append(weigh_image(each, machine, progress=progress, platform=platform, stdin=stdin))
    if arguments.html:
        write_page(arguments.html, _page(weights[0]))
    from jettison.analyze.gates import check_limits

    gates = check_limits(weights[0], limits, weights[-1])
    answer = _text(weights[0], gates, arguments, context)
    if arguments.format == "text":
        context.write(answer)
    else:
        context.write_bytes(answer.encode("utf-8", "surrogateescape"))
    return 0 if all(checked.is_kept for checked in gates) else EXIT_OVER_LIMIT


def _text(weight: Weight, gates: Sequence[Checked], arguments: Arguments, context: Context) -> str:
    if arguments.format == "text":
        from jettison.report.weight_text import weight_text

        text = weight_text(
            weight, view=arguments.by, top=arguments.top, columns=context.columns(), strong=_strong(context)
        )
        if not gates:
            return text
        from jettison.report.weight_ci import gates_text, seen_from

        return f"{text}\n{gates_text(*seen_from(Path.cwd(), weight, gates))}"
    if arguments.format == "json":
        from jettison.report.weight_json import weight_json

        return weight_json(weight, gates)
    if arguments.format == "html":
        return _page(weight)
    from jettison.report.weight_ci import FORMATS, seen_from

    weight, gates = seen_from(Path.cwd(), weight, gates)
    return FORMATS[arguments.format](weight, gates)


def _strong(context: Context) -> Callable[[str], str] | None:
    """What sets off the verdict on a terminal."""
    if not context.streams.stdout.isatty():
        return None
    from jettison.tui.frame import COLOURS, NO_COLOURS

    palette = COLOURS if context.is_coloured() else NO_COLOURS
    return lambda text: f"{palette.bold}{text}{palette.reset}"


def _page(weight: Weight) -> str:
    from jettison.report.weigh_page.document import weigh_document
    from jettison.report.weigh_page.page import weigh_page

    return weigh_page(weigh_document(weight))


def _limits(arguments: Arguments) -> Limits:
    from jettison.analyze.gates import Limits

    return Limits(
        size_bytes=arguments.max_size,
        waste=arguments.max_waste,
        layers=arguments.max_layers,
        growth=arguments.max_growth,
    )


def _size(text: str) -> int:
    from jettison.report.units import parse_size

    return parse_size(text)


def _amount(text: str) -> Amount:
    """``10MB`` or ``5%``."""
    from jettison.analyze.gates import Amount
    from jettison.report.units import parse_size

    if not text.endswith("%"):
        try:
            return Amount(size_bytes=parse_size(text))
        except UsageError as error:
            raise UsageError(error.message, hint="write a size such as 10MB, or a share such as 5%") from None
    number = text.removesuffix("%").strip()
    if not number.replace(".", "", 1).isdecimal():
        raise UsageError(f"invalid share {text!r}", hint="write 5% or 2.5%")
    return Amount(share=float(number) / 100)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"invalid number {text!r}", hint="write a number from 1 on")
    return int(text)
