"""Targets of bake files as builds: each becomes the command line of ``jettison build`` that does the same.

So a target means what the options mean, and is refused in the same words where something is not there yet.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jettison.bake.resolve import LINK, is_remote
from jettison.cli import build as build_command
from jettison.cli.context import Context
from jettison.cli.parser import CommandParser, Synopsis
from jettison.errors import JettisonError, UsageError
from jettison.frozen import replace
from jettison.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from jettison.bake.model import Target
    from jettison.engine.request import BuildRequest

_STDIN = "-"
_HERE = "cwd://"


def make_requests(targets: Mapping[str, Target], context: Context) -> tuple[BuildRequest, ...]:
    """The builds that the targets are, for :func:`~jettison.engine.build.build_all`. Raises :class:`UsageError`."""
    requests = tuple(_named(target, context) for target in targets.values())
    streamed = [request.name for request in requests if any(output.stream is not None for output in request.outputs)]
    if len(streamed) > 1:
        raise UsageError(f"only one target can go to standard output, not {' and '.join(sorted(streamed))}")
    return requests


def linked_requests(request: BuildRequest, requests: Mapping[str, BuildRequest]) -> tuple[BuildRequest, ...]:
    """Those that a request stands on, and those that these stand on, each after what it needs."""
    found: dict[str, BuildRequest] = {}
    for _, place in request.build_contexts:
        if place.startswith(LINK):
            other = requests[place.removeprefix(LINK)]
            found |= {each.name: each for each in (*linked_requests(other, requests), other)}
    return tuple(found.values())


def _named(target: Target, context: Context) -> BuildRequest:
    try:
        return _request(target, context)
    except JettisonError as error:
        error.message = f"target {target.name!r}: {error.message}"
        error.args = (error.message,)
        raise


def _request(target: Target, context: Context) -> BuildRequest:
    if target.policy:
        raise UsageError("policy is not supported yet", hint="leave it out")
    if target.resources:
        raise UsageError("resources are not supported yet", hint="leave them out")
    parser = CommandParser("build", "", Synopsis(text="PATH", minimum=1, maximum=1))
    build_command.add_options(parser)
    arguments = parser.parse(list(command_line(target)))
    build_command.refuse_unsupported(arguments)
    request = replace(build_command.whole_request(arguments, context), name=target.name)
    if target.dockerfile_inline:
        text = io.BytesIO(target.dockerfile_inline.encode("utf-8", "surrogateescape"))
        request = replace(request, dockerfile=None, dockerfile_on_stdin=True, stdin=text)
    return request


def command_line(target: Target) -> Iterator[str]:
    """The arguments of ``jettison build`` that say what the target says."""
    place = target.context or "."
    if _STDIN in (place, target.dockerfile):
        what = "a context" if place == _STDIN else "a Dockerfile"
        raise UsageError(f"{what} from standard input is not possible with bake")
    if (file := dockerfile_of(target)) is not None and not target.dockerfile_inline:
        yield f"--file={file}"
    yield from _options("build-arg", _pairs(target.args))
    yield from _options("build-context", _pairs({name: _local(path) for name, path in (target.contexts or {}).items()}))
    yield from _options("label", _pairs(target.labels))
    yield from _options("tag", target.tags)
    yield from _options("add-host", _pairs(target.extra_hosts))
    yield from _options("annotation", target.annotations)
    yield from _options("attest", [each.text() for each in target.attest or ()])
    yield from _options("cache-from", [each.text() for each in target.cache_from or ()])
    yield from _options("cache-to", [each.text() for each in target.cache_to or ()])
    yield from _options("output", [each.text() for each in target.output or ()])
    yield from _options("secret", [each.text() for each in target.secret or ()])
    yield from _options("ssh", [each.text() for each in target.ssh or ()])
    yield from _options("ulimit", target.ulimits)
    yield from _options("no-cache-filter", target.no_cache_filter)
    yield from _options("allow", target.entitlements)
    if target.platforms:
        yield f"--platform={','.join(target.platforms)}"
    for name, text in (("target", target.target), ("network", target.network), ("shm-size", target.shm_size)):
        if text:
            yield f"--{name}={text}"
    if target.no_cache:
        yield "--no-cache"
    if target.pull:
        yield "--pull"
    yield from ("--", place)


def dockerfile_of(target: Target) -> str | None:
    """Where the Dockerfile is; None: under its usual name in the context."""
    file = target.dockerfile
    if not file or file == "Dockerfile":
        return None
    if file.startswith(_HERE):
        return file.removeprefix(_HERE)
    place = target.context or "."
    return file if is_remote(place) else str(Path(place) / file)


def _local(place: str) -> str:
    return place.removeprefix(_HERE)


def _options(name: str, values: Sequence[str] | None) -> Iterator[str]:
    return (f"--{name}={value}" for value in values or () if value)


def _pairs(mapping: Mapping[str, str | None] | None) -> list[str]:
    return [f"{name}={value}" for name, value in (mapping or {}).items() if value is not None]
