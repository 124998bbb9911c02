"""Questions about a Dockerfile that are answered without a build: what is wrong with it, what it offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from pathlib import Path

from jettison.dockerfile.outline import Outline, Target, list_targets, outline
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import read_instructions
from jettison.engine.context_pool import ContextPool
from jettison.engine.definitions import load_graph
from jettison.engine.dockerfile_text import DEFAULT_NAME
from jettison.engine.fetching import open_repositories
from jettison.engine.load import load_sources
from jettison.engine.reading import Watch
from jettison.engine.remote_context import RemoteContexts
from jettison.engine.request import BuildRequest, Machine
from jettison.errors import DockerfileError, JettisonError
from jettison.frozen import dataclass, replace
from jettison.lint.fixes import apply_fixes
from jettison.lint.model import Applicability, Finding
from jettison.text.span import Source

_MAX_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the checks of a Dockerfile came to."""

    source: Source
    findings: tuple[Finding, ...]
    """By line."""
    error: JettisonError | None
    """What keeps it from being built."""
    unknown_images: tuple[str, ...] = ()
    """Base images of which nothing is known, so that their variables are taken to be set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A Dockerfile with fixes made."""

    before: Source
    text: str
    made: tuple[Finding, ...]
    """What was mended."""
    left: Checked
    """What is still to be found."""


def mend(
    request: BuildRequest, machine: Machine, allowed: Collection[Applicability], *, offline: bool = False
) -> Mended:
    """Make the fixes that are ``allowed`` until none is left; nothing is written.

    A round after which the Dockerfile would mean less than before is not made.
    """
    checked = check(request, machine, offline=offline)
    before = checked.source
    made: tuple[Finding, ...] = ()
    for _ in range(_MAX_ROUNDS):
        fixed = apply_fixes(checked.source.text, checked.findings, allowed)
        if not fixed.made:
            break
        again = check(request, machine, offline=offline, text=fixed.text)
        if again.error is not None and checked.error is None:
            break
        checked = again
        made += fixed.made
    return Mended(before=before, text=checked.source.text, made=made, left=checked)


def check(
    request: BuildRequest,
    machine: Machine,
    *,
    offline: bool = False,
    text: str | None = None,
    linked: Sequence[BuildRequest] = (),
) -> Checked:
    """Check the Dockerfile of ``request``, or ``text`` in its place: all stages where no target is named.

    Base images are looked up as for a build; with ``offline`` no registry is asked. ``linked``: the requests whose
    results it stands on. Raises only what keeps the Dockerfile from being read at all; what is no text is an error in
    what it returns.
    """
    watch = Watch(all_stages=True, offline=offline)
    error: JettisonError | None = None
    with ExitStack() as stack:
        try:
            asked = request if text is None else replace(request, dockerfile_text=text)
            _load((*linked, asked), machine, stack, watch)
        except JettisonError as caught:
            if len(watch.readings) <= len(linked):
                if not isinstance(caught, DockerfileError):
                    raise
                path = request.dockerfile or (request.context or Path()) / DEFAULT_NAME
                return Checked(source=Source("", str(path)), findings=(), error=caught)
            error = caught
    reading = watch.readings[-1]
    findings, refused = reading.check()
    return Checked(
        source=reading.dockerfile.source,
        findings=findings,
        error=error or refused,
        unknown_images=tuple(sorted(image.familiar() for image in reading.unknown_images)),
    )


def targets_of(request: BuildRequest, machine: Machine) -> tuple[Source, tuple[Target, ...]]:
    """The targets of the Dockerfile of ``request``; raises what is wrong with the Dockerfile."""
    with ExitStack() as stack:
        pool = stack.enter_context(closing(ContextPool(machine.store.digests)))
        remote = RemoteContexts(open_repositories(request, machine, stack), _unannounced)
        sources = stack.enter_context(load_sources(request, machine.store, pool, remote))
        dockerfile = parse_dockerfile(sources.text, sources.path)
        return dockerfile.source, list_targets(read_instructions(dockerfile))


def outline_of(
    request: BuildRequest, machine: Machine, *, linked: Sequence[BuildRequest] = ()
) -> tuple[Source, Outline]:
    """What the target of ``request`` can be given; raises what keeps it from being built."""
    watch = Watch()
    with ExitStack() as stack:
        _load((*linked, request), machine, stack, watch)
    reading = watch.readings[-1]
    inspection = reading.inspect()
    return reading.dockerfile.source, outline(inspection.program, reading.trace, dict(request.build_args))


def _load(requests: Sequence[BuildRequest], machine: Machine, stack: ExitStack, watch: Watch) -> None:
    load_graph(requests, machine, open_repositories(requests[-1], machine, stack), _unannounced, stack, watch)


def _unannounced(name: str) -> AbstractContextManager[object]:
    return nullcontext()
