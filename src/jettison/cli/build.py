"""``jettison build``."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.cli.attest import add_attest_options, attest_options
from jettison.cli.call import add_call_options, answer, asked_call
from jettison.cli.context import Context
from jettison.cli.listener import Listener
from jettison.cli.parser import Arguments, CommandParser, Completes
from jettison.cli.run_options import add_run_options, parse_agents, parse_secret, run_settings
from jettison.cli.values import parse_named, parse_pair, parse_platforms, parse_variable
from jettison.errors import UsageError
from jettison.frozen import replace
from jettison.hints import TYPE_CHECKING
from jettison.model.annotation import Annotation
from jettison.model.oci import INDEX_TYPES
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.report.units import parse_duration
from jettison.solve.spans import untimed
from jettison.tui.sink import EventSink, ProgressMode, make_sink
from jettison.tui.warnings import WarningSummary

if TYPE_CHECKING:
    from jettison.cli.timing import Timing
    from jettison.engine.outputs import Output
    from jettison.engine.request import BuildRequest, BuildResult
    from jettison.sandbox.early import LauncherProcess

ISOLATIONS = ("auto", "oci", "namespaces")
SILENT = "none"
PROGRESS = (*ProgressMode, SILENT)
"""The values of ``--progress``: ``quiet`` is as ``--quiet``, ``none`` shows nothing at all."""
PROGRAM_MODES = (ProgressMode.QUIET, ProgressMode.RAWJSON)
"""What people do not read."""
STANDARD_INPUT = "-"

NOT_YET_VALUES = (
    "--build-arg-file",
    "--builder",
    "--cache-from",
    "--cache-to",
    "--cpu-period",
    "--cpu-quota",
    "-c/--cpu-shares",
    "--cpuset-cpus",
    "--cpuset-mems",
    "-m/--memory",
    "--memory-swap",
    "--policy",
    "--print",
    "--resource",
    "--security-opt",
)
"""Flags of docker that are understood, and refused by name."""

_INSTEAD = {
    "--builder": "there is one builder, this program: leave the flag out",
    "--print": "--call asks the same",
    "--security-opt": "RUN --security=insecure is what a Dockerfile says, --allow security.insecure allows it",
}

_WEB = ("http://", "https://")


def add_options(parser: CommandParser) -> None:
    """Declare the options."""
    add_graph_options(parser)
    add_call_options(parser)
    parser.values("--annotation", kind="stringArray", help="Add annotation to the image", parse=Annotation.parse)
    add_attest_options(parser)
    parser.value("--iidfile", help="Write the image ID to the file", completes=Completes.FILE)
    parser.value("--isolation", help="How RUN is isolated", choices=ISOLATIONS, default="auto")
    parser.switch("--load", help="Put the image into the store beside any other output")
    parser.value("--metadata-file", help="Write build result metadata to the file", completes=Completes.FILE)
    parser.values(
        "-o", "--output", kind="stringArray", help='Output destination (format: "type=local,dest=path"; - is a tar)'
    )
    parser.value("--progress", help="Set type of progress output", choices=PROGRESS)
    parser.switch("--push", help='Shorthand for "--output=type=registry"')
    parser.switch("-q", "--quiet", help="Suppress the build output and print image ID on success")
    parser.switch("--squash", help="Squash newly built layers into a single new layer")
    parser.values("-t", "--tag", kind="stringArray", help='Name and optionally a tag (format: "name:tag")')
    parser.value("--timeout", kind="duration", help="Give up after this time, such as 10m", parse=parse_duration)
    add_timing_options(parser)
    for flags in NOT_YET_VALUES:
        parser.values(*flags.split("/"), help="Not supported yet", hidden=True)
    for flag in ("--rm", "--force-rm", "--compress"):
        parser.switch(flag, help="Of docker's classic builder; without effect", hidden=True)


def add_graph_options(parser: CommandParser) -> None:
    """Declare the options that decide what is built; ``plan`` takes them too."""
    add_run_options(parser)
    parser.values("--build-arg", kind="list", help="Set build-time variables")
    parser.values("--build-context", kind="list", help="Additional build contexts (e.g., name=path)", parse=parse_named)
    parser.value("-f", "--file", help='Name of the Dockerfile (default: "PATH/Dockerfile")', completes=Completes.FILE)
    parser.values("--label", kind="list", help="Set metadata for an image", parse=parse_pair)
    parser.switch("--no-cache", help="Do not use cache when building the image")
    parser.values("--no-cache-filter", kind="stringArray", help="Do not cache specified stages")
    parser.values("--platform", kind="stringArray", help="Set target platform for build", parse=parse_platforms)
    parser.switch("--pull", help="Always attempt to pull all referenced images")
    parser.value("--target", help="Set the target build stage to build", default="")


def add_timing_options(parser: CommandParser) -> None:
    """Declare the flags of :func:`jettison.cli.timing.told_timing`."""
    parser.switch("--timing", help="Print where the time went after the build")
    parser.value("--trace", help="Write a timeline for Perfetto and Chrome to the file", completes=Completes.FILE)


def run(arguments: Arguments, context: Context) -> int:
    """Build the image."""
    began = time.time()
    refuse_unsupported(arguments)
    if (call := asked_call(arguments)) is not None:
        return answer(call, make_request(arguments, context), context)
    request = whole_request(arguments, context)
    check_files(arguments, "--iidfile", "--metadata-file", "--trace")
    if not (arguments.timing or arguments.trace or arguments.metadata_file):
        return _build(request, arguments, context, began)
    from jettison.cli.timing import told_timing

    is_read = progress_mode(arguments, context) is not ProgressMode.RAWJSON
    with told_timing(arguments, context.streams.stderr, is_read=is_read) as timing:
        return _build(request, arguments, context, began, timing)


def check_files(arguments: Arguments, *flags: str) -> None:
    """Raise :class:`UsageError` where a file that one of the flags names cannot be written."""
    from jettison.engine.outputs import check_file

    for flag in flags:
        if name := getattr(arguments, flag.removeprefix("--").replace("-", "_")):
            check_file(Path(name), flag)


def _build(
    request: BuildRequest, arguments: Arguments, context: Context, began: float, timing: Timing | None = None
) -> int:
    from jettison.cli.expecting import commands_at_once
    from jettison.sandbox.early import early_launcher

    expected = commands_at_once(request) if _is_work_expected(arguments, context) else 0
    with early_launcher(awake=bool(expected)) as launcher:
        return _build_with(launcher, expected, request, arguments, context, began, timing)


def _is_work_expected(arguments: Arguments, context: Context) -> bool:
    """Whether nothing can be in the cache."""
    return bool(arguments.no_cache) or not context.settings.home.exists()


def _build_with(
    launcher: LauncherProcess | None,
    expected_commands: int,
    request: BuildRequest,
    arguments: Arguments,
    context: Context,
    began: float,
    timing: Timing | None,
) -> int:
    from jettison.cli.machine import open_machine, time_limit

    with (
        collected_warnings(arguments, context) as warnings,
        open_sink(arguments, context) as sink,
        time_limit(arguments.timeout),
    ):
        heard = Listener(warnings.passing_on(sink))
        spans = untimed if timing is None else timing.of(heard)
        machine_of = open_machine(
            context,
            heard,
            isolation=arguments.isolation,
            launcher=launcher,
            expected_commands=expected_commands,
            spans=spans,
            meanwhile=_load_engine,  # takes as long as opening the sandbox, which goes on, too
        )
        with machine_of as machine:
            from jettison.engine.build import build

            result = build(request, machine)
    if arguments.iidfile:
        write_file(Path(arguments.iidfile), _shown_id(result))
    if arguments.metadata_file:
        from jettison.cli.metadata import metadata, warnings_told

        assert timing is not None
        document = metadata(result) | warnings_told(warnings.found, context.settings) | timing.document()
        write_file(Path(arguments.metadata_file), json.dumps(document, indent=2) + "\n")
    is_quiet = _asked_progress(arguments, context) == ProgressMode.QUIET
    is_shown = is_quiet and not any(output.stream for output in request.outputs)
    text = f"{_shown_id(result)}\n" if is_shown else ""
    context.write(text)
    if result.trail is not None and not (arguments.iidfile or arguments.metadata_file or arguments.trace):
        from jettison.cli.remember import remember

        mode = progress_mode(arguments, context)
        remarks = "" if mode in PROGRAM_MODES else warnings.text(debug=context.debug)
        remember(result.trail, heard.events, context, began=began, progress=mode, remarks=remarks, answer=text)
    return 0


def _load_engine() -> None:
    import jettison.engine.build  # noqa: F401 - by name where it is used


def open_sink(arguments: Arguments, context: Context) -> EventSink:
    """The progress display on standard error."""
    settings = context.settings
    mode = progress_mode(arguments, context)
    return make_sink(mode, context.streams.stderr, term=settings.term, no_color=settings.no_color)


def progress_mode(arguments: Arguments, context: Context) -> ProgressMode:
    """How progress is shown."""
    name = _asked_progress(arguments, context)
    return ProgressMode.QUIET if name == SILENT else ProgressMode(name)


def _asked_progress(arguments: Arguments, context: Context) -> str:
    """The value of ``--progress`` that counts."""
    name: str = arguments.progress or context.settings.progress or ProgressMode.AUTO
    if name not in PROGRESS:
        raise UsageError(f"invalid BUILDKIT_PROGRESS {name!r}: it takes {', '.join(PROGRESS)}")
    return ProgressMode.QUIET if arguments.quiet else name


@contextmanager
def collected_warnings(arguments: Arguments, context: Context) -> Iterator[WarningSummary]:
    """Sum up what the checks found when the display is closed, however the build ended; programs get the events."""
    summary = WarningSummary()
    try:
        yield summary
    finally:
        if progress_mode(arguments, context) not in PROGRAM_MODES:
            context.streams.stderr.write(summary.text(debug=context.debug))
            context.streams.stderr.flush()


def refuse_unsupported(arguments: Arguments) -> None:
    """Raise :class:`UsageError` that names the first flag whose effect is not there yet."""
    for flags in NOT_YET_VALUES:
        flag = flags.rpartition("/")[2]
        if getattr(arguments, flag.removeprefix("--").replace("-", "_")):
            raise UsageError(f"{flag} is not supported yet", hint=_INSTEAD.get(flag, "leave the flag out"))


def make_outputs(arguments: Arguments, context: Context) -> tuple[Output, ...]:
    """The outputs that the flags ask for; empty means: into the store."""
    annotations = tuple(annotation for found in arguments.annotation for annotation in found)
    if not (arguments.output or arguments.push or annotations):
        return ()
    from jettison.cli.output import parse_output
    from jettison.engine.outputs import Output, OutputKind

    outputs = [parse_output(text, context.streams.stdout.buffer) for text in arguments.output]
    streamed = [output for output in outputs if output.stream is not None]
    if len(streamed) > 1:
        raise UsageError("only one thing can go to standard output")
    if streamed and context.streams.stdout.isatty():
        raise UsageError("refusing to write a tar to a terminal", hint="redirect the output, or name a file: dest=FILE")
    if arguments.iidfile and any(output.kind in (OutputKind.LOCAL, OutputKind.TAR) for output in outputs):
        raise UsageError("local and tar exporters are incompatible with image ID file", hint="leave --iidfile out")
    images = [output for output in outputs if output.kind is OutputKind.IMAGE]
    if not images and (arguments.push or arguments.load or not outputs):
        outputs.append(Output(kind=OutputKind.IMAGE))
    return tuple(
        replace(
            output,
            push=output.push or (arguments.push and output.kind is OutputKind.IMAGE),
            annotations=(*output.annotations, *annotations),
        )
        for output in outputs
    )


def whole_request(arguments: Arguments, context: Context) -> BuildRequest:
    """The request that all flags and the PATH describe."""
    request = make_request(arguments, context, make_outputs(arguments, context))
    return replace(request, attest=attest_options(arguments, context.settings), squash=arguments.squash)


def make_request(arguments: Arguments, context: Context, outputs: tuple[Output, ...] = ()) -> BuildRequest:
    """The request that the flags of :func:`add_graph_options` and the PATH describe."""
    from jettison.engine.request import BuildRequest

    if arguments.no_cache and arguments.no_cache_filter:
        raise UsageError("--no-cache and --no-cache-filter cannot currently be used together")
    place = arguments.arguments[0]
    if not place:
        raise UsageError("the PATH is empty", hint=". is the current folder; is a variable of the shell not set?")
    is_remote = place != STANDARD_INPUT and not Path(place).is_dir() and _is_remote(place)
    dockerfile_on_stdin = arguments.file == STANDARD_INPUT
    if place == STANDARD_INPUT and dockerfile_on_stdin:
        raise UsageError("standard input cannot be both the build context and the Dockerfile")
    file = "" if dockerfile_on_stdin else arguments.file or ""
    variables = context.settings.variables
    return BuildRequest(
        context=None if is_remote or place == STANDARD_INPUT else Path(place),
        context_url=place if is_remote else "",
        dockerfile=None if not file or file.startswith(_WEB) else Path(file),
        dockerfile_url=file if file.startswith(_WEB) else "",
        dockerfile_on_stdin=dockerfile_on_stdin,
        stdin=context.streams.stdin if STANDARD_INPUT in (place, arguments.file) else None,
        target=arguments.target,
        build_args=_known(parse_variable(text, variables, "--build-arg") for text in arguments.build_arg),
        labels=tuple(arguments.label),
        tags=tuple(Reference.parse(text).with_default_tag() for text in getattr(arguments, "tag", ())),
        outputs=outputs,
        build_contexts=tuple(arguments.build_context),
        platforms=_platforms(arguments, context),
        no_cache=arguments.no_cache,
        no_cache_stages=tuple(name for text in arguments.no_cache_filter for name in text.split(",") if name),
        pull=arguments.pull,
        run=run_settings(arguments),
        secrets=tuple(parse_secret(text, variables) for text in arguments.secret if text),
        agents=parse_agents(arguments.ssh, variables),
        source_date_epoch=context.settings.source_date_epoch,
    )


def _is_remote(place: str) -> bool:
    """Whether the context is fetched: a repository or a web address, where no folder has that name."""
    from jettison.dockerfile.git_ref import parse_git_ref

    return place.startswith(_WEB) or parse_git_ref(place) is not None


def _known(pairs: Iterable[tuple[str, str] | None]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in pairs if pair is not None)


def _platforms(arguments: Arguments, context: Context) -> tuple[Platform, ...]:
    """Those of ``--platform``, else of DOCKER_DEFAULT_PLATFORM; ``local`` is this machine's."""
    texts = [text for found in arguments.platform for text in found]
    if not texts and (default := context.settings.default_platform):
        texts = [default]
    if not texts:
        return ()
    from jettison.cli.machine import native_platform

    return tuple(dict.fromkeys(native_platform() if text == "local" else Platform.parse(text) for text in texts))


def _shown_id(result: BuildResult) -> str:
    """The digest that stands for the result, as buildx tells it: of the config, of several platforms of the index."""
    if result.manifest is not None and result.manifest.media_type in INDEX_TYPES:
        return result.manifest.digest
    return result.image_id


def write_file(path: Path, text: str) -> None:
    """Write a file that appears under its name only when it is whole."""
    from jettison.engine.whole_file import whole_file

    with whole_file(path) as stream:
        stream.write(text.encode())
