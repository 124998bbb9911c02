"""``jettison lint``."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from jettison.cli.context import Context
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.cli.steps import no_events
from jettison.cli.values import parse_variable
from jettison.errors import StorageError, UsageError
from jettison.hints import TYPE_CHECKING
from jettison.model.platform import Platform

if TYPE_CHECKING:
    from jettison.engine.lint import Checked, Mended
    from jettison.engine.request import BuildRequest, Machine

FORMATS = ("text", "json", "sarif")
STANDARD_INPUT = "-"


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    parser.values("--build-arg", kind="list", help="Set build-time variables")
    parser.switch("--diff", help="Show what --fix would change, and change nothing")
    parser.values("-f", "--file", kind="list", help="Dockerfiles of the PATH", completes=Completes.FILE)
    parser.switch("--fix", help="Make the fixes that do not change the image")
    parser.value("--format", help="How findings are written", choices=FORMATS, default="text")
    parser.value("--platform", help="Set target platform for build", parse=Platform.parse)
    parser.switch("--resolve", help="Look base images up in registries, as a build does")
    parser.value("--target", help="Check only what this stage needs", default="")
    parser.switch("--unsafe-fixes", help="Make also fixes that may change the image")


def run(arguments: Arguments, context: Context) -> int:
    """Check, mend where that is asked for, and write what is left; 1 where something is."""
    if arguments.unsafe_fixes and not (arguments.fix or arguments.diff):
        raise UsageError("--unsafe-fixes says which fixes to make", hint="use it with --fix or --diff")
    if arguments.fix and not arguments.diff and STANDARD_INPUT in (*arguments.arguments, *arguments.file):
        raise UsageError("standard input cannot be mended", hint="--diff shows the changes")
    from jettison.cli.machine import open_machine

    requests = list(_requests(arguments, context))
    with open_machine(context, no_events) as machine:
        if arguments.diff:
            return _show_changes(requests, machine, arguments, context)
        if arguments.fix:
            mended = [_mend(request, machine, arguments) for request in requests]
            for one in mended:
                if one.made:
                    _write(Path(one.before.path), one.text)
            checks = [one.left for one in mended]
            return _report(checks, arguments, context, mended=sum(len(one.made) for one in mended))
        from jettison.engine.lint import check

        checks = [check(request, machine, offline=not arguments.resolve) for request in requests]
    return _report(checks, arguments, context)


def _requests(arguments: Arguments, context: Context) -> Iterator[BuildRequest]:
    """What is to be checked: folders with a Dockerfile in each, Dockerfiles, or the Dockerfiles of one folder."""
    from jettison.engine.request import BuildRequest

    paths = arguments.arguments or ["."]
    if arguments.file and len(paths) > 1:
        raise UsageError("-f names Dockerfiles of one PATH", hint="give Dockerfiles as arguments, without -f")
    places = [(Path(paths[0]), file) for file in arguments.file] if arguments.file else map(_place, paths)
    pairs = (parse_variable(text, context.settings.variables, "--build-arg") for text in arguments.build_arg)
    build_args = tuple(pair for pair in pairs if pair is not None)
    for folder, file in places:
        yield BuildRequest(
            context=folder,
            dockerfile=Path(file) if file and file != STANDARD_INPUT else None,
            dockerfile_on_stdin=file == STANDARD_INPUT,
            stdin=context.streams.stdin if file == STANDARD_INPUT else None,
            target=arguments.target,
            build_args=build_args,
            platforms=() if arguments.platform is None else (arguments.platform,),
        )


def _place(text: str) -> tuple[Path, str]:
    """Folder and Dockerfile of an argument; without a Dockerfile the folder's own is meant."""
    if text == STANDARD_INPUT:
        return Path(), text
    path = Path(text)
    return (path, "") if path.is_dir() else (path.parent, text)


def _mend(request: BuildRequest, machine: Machine, arguments: Arguments) -> Mended:
    from jettison.engine.lint import mend
    from jettison.lint.model import Applicability

    allowed = (Applicability.SAFE, Applicability.UNSAFE) if arguments.unsafe_fixes else (Applicability.SAFE,)
    return mend(request, machine, allowed, offline=not arguments.resolve)


def _show_changes(requests: list[BuildRequest], machine: Machine, arguments: Arguments, context: Context) -> int:
    """Write a unified diff; 1 where it is not empty or something else is to be found."""
    left = False
    context.streams.stdout.flush()
    for request in requests:
        one = _mend(request, machine, arguments)
        path = one.before.path
        old, new = (text.splitlines(keepends=True) for text in (one.before.text, one.text))
        for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
            end = "" if line.endswith("\n") else "\n\\ No newline at end of file\n"
            context.streams.stdout.buffer.write((line + end).encode("utf-8", "surrogateescape"))
        left = left or bool(one.made or one.left.findings or one.left.error)
    return int(left)


def _report(checks: list[Checked], arguments: Arguments, context: Context, *, mended: int = 0) -> int:
    if arguments.format == "json":
        from jettison.report.lint import lint_json

        context.write(lint_json(checks))
    elif arguments.format == "sarif":
        from jettison.report.sarif import sarif

        context.write(sarif(checks))
    else:
        from jettison.report.lint import lint_text

        context.write(lint_text(checks, mended))
    return int(any(checked.findings or checked.error for checked in checks))


def _write(path: Path, text: str) -> None:
    """Put the new text in the place of the old one, at once; links stay links, modes stay."""
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(text.encode("utf-8", "surrogateescape"))
        shutil.copymode(path, temporary)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(f"cannot write {str(path)!r}: {error.strerror or error}") from error
