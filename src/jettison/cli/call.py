"""``jettison build --call``: questions that are answered without a build (buildx ``util/buildflags/callfunc.go``)."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, nearest
from jettison.cli.values import parse_boolean
from jettison.errors import UsageError
from jettison.frozen import dataclass, replace
from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.engine.request import BuildRequest, Machine

BUILD = "build"
_DESCRIBE = "subrequests.describe"
METHODS = (BUILD, "check", "outline", "targets", _DESCRIBE)
_OTHER_NAMES = {"lint": "check"}
_FORMATS = ("", "json", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What ``--call`` asks for."""

    method: str = BUILD
    json: bool = False
    ignore_status: bool = False
    """Exit with 0 also where something was found."""


def add_call_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.value(
        "--call",
        help='Set method for evaluating build ("check", "outline", "targets")',
        default=BUILD,
        parse=parse_call,
    )
    parser.switch("--check", help='Shorthand for "--call=check"')


def parse_call(text: str) -> Call:
    """``METHOD[,format=json][,ignorestatus=true]``."""
    method = ""
    call = Call()
    for field in text.split(","):
        key, equals, value = field.partition("=")
        match key:
            case "format" if equals:
                if value not in _FORMATS:
                    raise UsageError(f"invalid format {value!r} in --call {text}", hint="it can be json")
                call = replace(call, json=value == "json")
            case "ignorestatus" if equals:
                call = replace(call, ignore_status=parse_boolean(value, f"ignorestatus in --call {text}"))
            case _ if equals or method:
                raise UsageError(f"invalid --call {text}", hint="write METHOD[,format=json][,ignorestatus=true]")
            case _:
                method = _OTHER_NAMES.get(field, field)
    if method not in METHODS:
        raise UsageError(f"unknown method {method!r} in --call {text}", hint=nearest(method, METHODS, _methods()))
    return replace(call, method=method)


def asked_call(arguments: Arguments) -> Call | None:
    """What is asked instead of a build; None for a build."""
    call: Call = arguments.call
    if arguments.check:
        call = replace(call, method="check")
    return None if call.method == BUILD else call


def answer(call: Call, request: BuildRequest, context: Context, linked: Sequence[BuildRequest] = ()) -> int:
    """Write the answer; 1 where a check found something. ``linked``: the requests whose results it stands on."""
    if call.method == _DESCRIBE:
        _describe(call, context)
        return 0
    from jettison.cli.machine import open_machine
    from jettison.cli.steps import no_events

    with open_machine(context, no_events) as machine:
        if call.method == "check":
            return _check(call, request, machine, context, linked)
        if call.method == "targets":
            _targets(call, request, machine, context)
        else:
            _outline(call, request, machine, context, linked)
    return 0


def _check(
    call: Call, request: BuildRequest, machine: Machine, context: Context, linked: Sequence[BuildRequest]
) -> int:
    from jettison.engine.lint import check
    from jettison.report import checks

    found = check(request, machine, linked=linked)
    if call.json:
        context.write(checks.check_json(found.source, found.findings, found.error))
    else:
        context.write(checks.check_text(found.findings, failed=found.error is not None))
    if found.error is not None:
        raise found.error
    return int(bool(found.findings) and not call.ignore_status)


def _targets(call: Call, request: BuildRequest, machine: Machine, context: Context) -> None:
    from jettison.engine.lint import targets_of
    from jettison.report import checks

    source, targets = targets_of(request, machine)
    context.write(checks.targets_json(source, targets) if call.json else checks.targets_text(targets))


def _outline(
    call: Call, request: BuildRequest, machine: Machine, context: Context, linked: Sequence[BuildRequest]
) -> None:
    from jettison.engine.lint import outline_of
    from jettison.report import checks

    source, outline = outline_of(request, machine, linked=linked)
    context.write(checks.outline_json(source, outline) if call.json else checks.outline_text(outline))


def _describe(call: Call, context: Context) -> None:
    from jettison.report import requests

    context.write(requests.questions_json() if call.json else requests.questions_text())


def _methods() -> str:
    return f"it can be {', '.join(METHODS)}"
