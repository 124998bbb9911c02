"""``jettison bake``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jettison.cli.bake_files import evaluation_limit, read_bake_files
from jettison.cli.call import add_call_options, answer, asked_call, parse_call
from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes, nearest
from jettison.cli.values import parse_csv
from jettison.errors import JettisonError, UsageError
from jettison.frozen import replace
from jettison.hints import TYPE_CHECKING
from jettison.report.units import parse_duration

if TYPE_CHECKING:
    from jettison.bake.model import Definition
    from jettison.bake.resolve import Resolved
    from jettison.cli.timing import Timing
    from jettison.engine.request import BuildRequest

_LISTS = ("targets", "variables")
_FORMATS = ("table", "json")
_DEFAULT = "default"
_LINT = "lint"
"""The old name of ``check``, which --print shows."""
_NO_CALL = (None, "", "build")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    from jettison.cli.build import ISOLATIONS, PROGRESS, add_timing_options

    parser.values(
        "--allow", kind="stringArray", help='Allow build to access specified resources (e.g., "fs.read=PATH")'
    )
    add_call_options(parser)
    parser.values("-f", "--file", kind="stringArray", help="Build definition file", completes=Completes.FILE)
    parser.value("--isolation", help="How RUN is isolated", choices=ISOLATIONS, default="auto")
    parser.value("--list", help='List targets or variables (format: "targets" or "type=variables,format=json")')
    parser.switch("--load", help='Shorthand for "--set=*.output=type=docker". Conditional.')
    parser.value("--metadata-file", help="Write build result metadata to the file", completes=Completes.FILE)
    parser.switch("--no-cache", help="Do not use cache when building the image", default=None)
    parser.switch("--print", help="Print the options without building")
    parser.value("--progress", help="Set type of progress output", choices=PROGRESS)
    parser.value("--provenance", help='Shorthand for "--set=*.attest=type=provenance"')
    parser.switch("--pull", help="Always attempt to pull all referenced images", default=None)
    parser.switch("--push", help='Shorthand for "--set=*.output=type=registry". Conditional.')
    parser.switch("-q", "--quiet", help="Suppress the build output")
    parser.value("--sbom", help='Shorthand for "--set=*.attest=type=sbom"')
    parser.values("--set", kind="stringArray", help='Override target value (e.g., "targetpattern.key=value")')
    add_timing_options(parser)
    parser.value("--timeout", kind="duration", help="Give up after this time, such as 10m", parse=parse_duration)
    parser.values("--var", kind="stringArray", help='Set a variable value (e.g., "name=value")')


def run(arguments: Arguments, context: Context) -> int:
    """Build the targets, or show what would be built."""
    if arguments.print and arguments.list:
        raise UsageError("--print and --list exclude each other")
    _refuse_remote(arguments.arguments)
    definition = read_bake_files(arguments.file, arguments.var, context)
    for warning in definition.warnings:
        context.remark(f"warning: {warning}")
    if arguments.list:
        context.write(_listed(arguments.list, definition))
        return 0
    resolved = resolve_targets(arguments, context, definition)
    if arguments.print:
        from jettison.bake.printing import print_resolved

        context.write(print_resolved(resolved))
        return 0
    from jettison.cli.bake_permissions import check_allowed, parse_allowed
    from jettison.cli.bake_requests import make_requests

    check_allowed(resolved.targets, parse_allowed(arguments.allow), arguments.set)
    if any(target.call not in _NO_CALL for target in resolved.targets.values()):
        return _answer_all(arguments, context, resolved)
    return _measured(arguments, context, make_requests(resolved.targets, context))


def _refuse_remote(names: Sequence[str]) -> None:
    from jettison.bake.resolve import is_remote

    if names and is_remote(names[0]):
        raise UsageError(
            f"the bake definition {names[0]!r}: definitions from the network are not supported yet",
            hint="clone it first, and bake in the folder",
        )


def _measured(arguments: Arguments, context: Context, requests: tuple[BuildRequest, ...]) -> int:
    from jettison.cli.build import check_files, progress_mode
    from jettison.cli.timing import told_timing
    from jettison.tui.sink import ProgressMode

    check_files(arguments, "--metadata-file", "--trace")
    if not (arguments.timing or arguments.trace):
        return _build(arguments, context, requests, None)
    is_read = progress_mode(arguments, context) is not ProgressMode.RAWJSON
    with told_timing(arguments, context.streams.stderr, is_read=is_read) as timing:
        return _build(arguments, context, requests, timing)


def _build(arguments: Arguments, context: Context, requests: tuple[BuildRequest, ...], timing: Timing | None) -> int:
    from jettison.cli.build import collected_warnings, open_sink, write_file
    from jettison.cli.listener import Listener
    from jettison.cli.machine import open_machine, time_limit
    from jettison.cli.metadata import metadata, warnings_told
    from jettison.engine.build import build_all
    from jettison.sandbox.early import early_launcher
    from jettison.solve.spans import untimed

    with (
        early_launcher() as launcher,
        collected_warnings(arguments, context) as warnings,
        open_sink(arguments, context) as sink,
        time_limit(arguments.timeout),
    ):
        heard = Listener(warnings.passing_on(sink))
        spans = untimed if timing is None else timing.of(heard)
        machine_of = open_machine(context, heard, isolation=arguments.isolation, launcher=launcher, spans=spans)
        with machine_of as machine:
            results = build_all(requests, machine)
    if arguments.metadata_file:
        document = {request.name: metadata(result) for request, result in zip(requests, results, strict=True)}
        document |= warnings_told(warnings.found, context.settings)
        if arguments.timing and timing is not None:  # what goes through the targets need not know of another key
            document |= timing.document()
        write_file(Path(arguments.metadata_file), json.dumps(document, indent=2) + "\n")
    return 0


def _answer_all(arguments: Arguments, context: Context, resolved: Resolved) -> int:
    """Answer what is asked of each target, one after the other; the first code that is not 0 counts."""
    from jettison.cli.bake_requests import linked_requests, make_requests

    asked = asked_call(arguments)
    codes: list[int] = []
    for name, target in sorted(resolved.targets.items()):
        if target.linked or target.call in _NO_CALL or target.call is None:
            continue
        call = replace(asked, method=parse_call(target.call).method) if asked is not None else parse_call(target.call)
        if call.json:
            raise UsageError("--call with format=json is not supported for bake yet", hint="leave the format out")
        lines = [name, *([target.description] if target.description else [])]
        context.write(("\n" if codes else "") + "".join(f"{line}\n" for line in lines) + "\n")
        requests = {request.name: request for request in make_requests(resolved.targets, context)}
        try:
            codes.append(answer(call, requests[name], context, linked_requests(requests[name], requests)))
        except JettisonError as error:
            context.write(f"error: {error.message}\n")
            codes.append(error.exit_code)
    return next((code for code in codes if code), 0)


def resolve_targets(arguments: Arguments, context: Context, definition: Definition) -> Resolved:
    """The targets that are asked for, with what the options say about all of them."""
    from jettison.bake.resolve import resolve, with_argument

    overrides = _overrides(arguments, definition)
    with evaluation_limit():
        resolved = resolve(definition, arguments.arguments or [_DEFAULT], overrides, context.settings.variables)
    epoch = context.settings.source_date_epoch
    return resolved if epoch is None else with_argument(resolved, "SOURCE_DATE_EPOCH", str(epoch))


def _overrides(arguments: Arguments, definition: Definition) -> Sequence[str]:
    """``--set``, and behind them the options that stand for one."""
    from jettison.bake.compose import attest_text

    sets = list(arguments.set)
    if not definition.targets:
        return sets
    sets += [f"*.{name}=true" for name in ("push", "load") if getattr(arguments, name)]
    if (call := asked_call(arguments)) is not None:
        sets.append(f"*.call={_LINT if call.method == 'check' else call.method}")
    given = {name: getattr(arguments, name.replace("-", "_")) for name in ("no-cache", "pull")}
    sets += [f"*.{name}={str(value).lower()}" for name, value in given.items() if value is not None]
    texts = {name: getattr(arguments, name) for name in ("sbom", "provenance")}
    sets += [f"*.attest={attest_text(name, text)}" for name, text in texts.items() if text]
    return sets


def _listed(text: str, definition: Definition) -> str:
    from jettison.bake.printing import list_targets, list_variables

    fields = parse_csv(text) if "=" in text else {"type": text}
    kind, form = fields.pop("type", ""), fields.pop("format", "table")
    if fields:
        raise UsageError(
            f"invalid --list {text!r}: unknown key {next(iter(fields))!r}", hint="there is type and format"
        )
    if kind not in _LISTS:
        raise UsageError(f"invalid --list type {kind!r}", hint=nearest(kind, _LISTS, "there is targets and variables"))
    if form not in _FORMATS:
        raise UsageError(f"invalid --list format {form!r}", hint=nearest(form, _FORMATS, "there is table and json"))
    if kind == "targets":
        return list_targets(definition, as_json=form == "json")
    return list_variables(definition.variables, as_json=form == "json")
