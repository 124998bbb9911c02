"""``jettison plan``."""

from __future__ import annotations

from jettison.cli.build import add_graph_options, make_request
from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser
from jettison.cli.steps import no_events
from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.engine.plan import Verdict
    from jettison.report.plan_text import Paint

FORMATS = ("text", "json", "dot")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    add_graph_options(parser)
    parser.value("--format", help="How the plan is written", choices=FORMATS, default="text")
    parser.options.sort(key=lambda option: option.flags[-1])


def run(arguments: Arguments, context: Context) -> int:
    """Show the plan."""
    request = make_request(arguments, context)
    from jettison.cli.machine import open_machine
    from jettison.engine.plan import plan

    with open_machine(context, no_events) as machine:
        found = plan(request, machine)
    if arguments.format == "json":
        from jettison.report.plan_json import plan_json

        context.write(plan_json(found))
    elif arguments.format == "dot":
        from jettison.report.plan_dot import plan_dot

        context.write(plan_dot(found))
    else:
        from jettison.report.plan_text import plan_text

        context.write(plan_text(found, context.columns(), _paint(context)))
    return 0


def _paint(context: Context) -> Paint:
    """The colours of the progress display on a terminal that has any; none elsewhere."""
    from jettison.engine.plan import Verdict
    from jettison.tui.frame import COLOURS, NO_COLOURS

    palette = COLOURS if context.is_coloured() else NO_COLOURS
    begin = {Verdict.CACHED: palette.cached, Verdict.WILL_RUN: palette.bold, Verdict.MAY_RUN: palette.dim}

    def paint(verdict: Verdict, text: str) -> str:
        return f"{begin[verdict]}{text}{palette.reset}"

    return paint
