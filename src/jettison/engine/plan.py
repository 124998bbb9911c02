"""What a build would do: the graph of its stages, and for every step whether it would run, and why.

The Dockerfile, the build context and the cache are read as a build reads them. Nothing runs, no layer is downloaded; of
base images that the store does not know, manifest and config are fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext

from jettison.dockerfile.git_ref import shown_repository, split_credentials
from jettison.engine.changes import Change, component_changes, file_changes
from jettison.engine.definitions import load_graph
from jettison.engine.examine import Examination, Examiner, Inputs, layers_read
from jettison.engine.fetching import open_repositories
from jettison.engine.file_step import FileStep
from jettison.engine.git_step import Repositories
from jettison.engine.inputs import Result, Snapshot
from jettison.engine.request import BuildRequest, Machine
from jettison.engine.step import is_shown
from jettison.engine.url_step import remembered_file
from jettison.enums import StrEnum
from jettison.errors import JettisonError, UsageError
from jettison.frozen import dataclass
from jettison.model.definition import Definition, StageSummary
from jettison.model.digest import Digest
from jettison.model.op import (
    ContextOp,
    ExecOp,
    FileOp,
    GitOp,
    HttpOp,
    ImageOp,
    InlineOp,
    MergeOp,
    MountKind,
    Op,
    Vertex,
)
from jettison.store.cache import CacheRecord


class Verdict(StrEnum):
    """Whether a step would run."""

    CACHED = "cached"
    WILL_RUN = "will-run"
    MAY_RUN = "may-run"
    """It depends on something that only the build can tell."""


class Kind(StrEnum):
    """What a step does."""

    IMAGE = "image"
    URL = "url"
    FILES = "files"
    RUN = "run"


class Use(StrEnum):
    """What a step takes an input for."""

    ROOT = "root"
    COPY = "copy"
    MOUNT = "mount"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedInput:
    """What a step reads: the result of another step, or a build context."""

    use: Use
    step: int | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One step of the build."""

    number: int
    stage: int | None
    """None for an image or a URL that files are only taken from."""
    kind: Kind
    name: str
    """As progress shows it: ``[builder 2/5] RUN make``."""
    verdict: Verdict
    reason: str
    changes: tuple[Change, ...] = ()
    inputs: tuple[PlannedInput, ...]
    secrets: tuple[str, ...] = ()
    """The ids of the secrets that it asks for."""
    agents: tuple[str, ...] = ()
    """The ids of the ssh agents that it asks for."""
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStage:
    """One stage of the Dockerfile."""

    summary: StageSummary
    skipped: str | None
    """Why nothing of it is done; None where the target needs it."""
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a build would do. The inputs of a step stand before it; contexts and inline texts are no steps."""

    target: int
    stages: tuple[PlannedStage, ...]
    steps: tuple[PlannedStep, ...]
    warnings: tuple[tuple[str, str], ...]
    """Message and location."""


def plan(request: BuildRequest, machine: Machine) -> Plan:
    """The plan of ``request``. Raises what keeps the build from working, as far as it shows without running it."""
    with ExitStack() as stack:
        if len(request.platforms) > 1:
            raise UsageError("a plan is of one platform", hint="name one of them with --platform")
        repositories = open_repositories(request, machine, stack)
        layers, lease = repositories.layers, repositories.lease
        graph = load_graph((request,), machine, repositories, _unannounced, stack)
        ((build,),) = graph.builds
        definition = build.definition
        examiner = Examiner(store=machine.store, layers=layers, contexts=graph.contexts, hold=lease.hold_layers)
        steps = _Walk(definition, examiner, repositories).run()
        graph.save_digests()
    return Plan(
        target=definition.target,
        stages=tuple(_stages(definition, steps)),
        steps=steps,
        warnings=definition.warnings,
    )


def _unannounced(name: str) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outlook:
    """What the walk expects of one vertex."""

    verdict: Verdict
    reason: str
    changes: tuple[Change, ...] = ()
    result: Result | None = None
    """None: not known before the build."""


class _Walk:
    """Asks for every vertex in order, inputs first, what a build would make of it."""

    def __init__(self, definition: Definition, examiner: Examiner, repositories: Repositories) -> None:
        self._definition = definition
        self._examiner = examiner
        self._repositories = repositories
        self._outlooks: dict[int, _Outlook] = {}
        self._running: dict[Digest, Vertex] = {}
        """The steps that will run, by key: a step with the same key shares their work."""
        self._stages = _stages_of_vertices(definition)

    def run(self) -> tuple[PlannedStep, ...]:
        """All steps, also those of the display alone."""
        steps = []
        for number, vertex in enumerate(self._definition.vertices):
            try:
                outlook = self._outlooks[number] = self._look(vertex)
            except JettisonError as error:
                raise error.at(vertex.excerpt) if vertex.excerpt else error from None
            if is_shown(vertex):
                steps.append(self._step(number, vertex, outlook))
        return tuple(steps)

    def _step(self, number: int, vertex: Vertex, outlook: _Outlook) -> PlannedStep:
        return PlannedStep(
            number=number,
            stage=self._stages.get(number),
            kind=_kind(vertex.op),
            name=vertex.name,
            verdict=outlook.verdict,
            reason=outlook.reason,
            changes=outlook.changes,
            inputs=tuple(self._inputs(vertex)),
            secrets=_secrets_of(vertex.op),
            agents=_mounted(vertex.op, MountKind.SSH),
            location=vertex.location,
        )

    def _inputs(self, vertex: Vertex) -> list[PlannedInput]:
        found = []
        for position, source in enumerate(vertex.inputs):
            use = Use.ROOT if position == 0 else Use.MOUNT if isinstance(vertex.op, ExecOp) else Use.COPY
            for merged in self._merged(source):
                op = self._definition.vertices[merged].op
                if isinstance(op, ContextOp):
                    found.append(PlannedInput(use=use, context=op.name))
                elif not isinstance(op, InlineOp):
                    found.append(PlannedInput(use=use, step=merged))
        return list(dict.fromkeys(found))

    def _merged(self, source: int | None) -> list[int]:
        """A vertex, or those whose layers it puts on each other: that is no step."""
        merged: list[int] = []
        pending: list[int | None] = [source]
        while pending:
            source = pending.pop()
            if source is None:
                continue
            vertex = self._definition.vertices[source]
            if isinstance(vertex.op, MergeOp):
                pending += reversed(vertex.inputs)
            else:
                merged.append(source)
        return merged

    def _look(self, vertex: Vertex) -> _Outlook:
        op = vertex.op
        if isinstance(op, HttpOp):
            return self._look_at_url(op)
        if isinstance(op, GitOp):
            return self._look_at_repository(op)
        unknown = [source for source in vertex.inputs if source is not None and self._outlooks[source].result is None]
        if unknown:
            return self._look_at_merged(unknown) if isinstance(op, MergeOp) else self._look_behind(vertex, unknown)
        inputs = tuple(None if source is None else self._outlooks[source].result for source in vertex.inputs)
        found = self._examiner.by_identity(vertex, inputs)
        if found is None:
            missing = self._missing(layers_read(op, inputs))
            if missing:
                reason = f"{_layers(missing)} of what it copies from would have to be downloaded to tell"
                return _Outlook(verdict=Verdict.MAY_RUN, reason=reason)
            found = self._examiner.by_content(vertex, inputs)
        if found.result is None:
            return self._miss(vertex, inputs, found)
        reason = self._image_reason(op) if isinstance(op, ImageOp) else "its result is in the store"
        return _Outlook(verdict=Verdict.CACHED, reason=reason, result=found.result)

    def _look_at_url(self, op: HttpOp) -> _Outlook:
        url, _ = split_credentials(op.url)
        remembered = remembered_file(op, self._examiner.store)
        if remembered is None:
            return _Outlook(verdict=Verdict.WILL_RUN, reason=f"{url} was never fetched")
        if remembered.is_certain:
            return _Outlook(verdict=Verdict.CACHED, reason="its checksum is known", result=remembered.result)
        return _Outlook(verdict=Verdict.MAY_RUN, reason=f"the server is asked whether {url} changed")

    def _look_at_repository(self, op: GitOp) -> _Outlook:
        known = self._repositories.known(op)
        if known is not None:
            return _Outlook(verdict=Verdict.CACHED, reason="its commit is in the store", result=known)
        return _Outlook(verdict=Verdict.MAY_RUN, reason=f"the server is asked which commit {shown_repository(op)} is")

    def _look_at_merged(self, unknown: Sequence[int]) -> _Outlook:
        """Layers of which one is not there yet: what will certainly run decides."""
        outlooks = [self._outlooks[source] for source in unknown]
        return next((one for one in outlooks if one.verdict is Verdict.WILL_RUN), outlooks[0])

    def _look_behind(self, vertex: Vertex, unknown: Sequence[int]) -> _Outlook:
        """A step whose key is not known yet, since it is made of results that are not there yet."""
        if vertex.ignore_cache:
            return _Outlook(verdict=Verdict.WILL_RUN, reason="the cache is not used (--no-cache)")
        if vertex.inputs[0] in unknown and self._outlooks[unknown[0]].verdict is Verdict.WILL_RUN:
            return _Outlook(verdict=Verdict.WILL_RUN, reason="the step before it runs first")
        first = self._definition.vertices[unknown[0]]
        if vertex.inputs[0] in unknown:
            return _Outlook(verdict=Verdict.MAY_RUN, reason="the step before it may run first")
        verb = "may run" if self._outlooks[unknown[0]].verdict is Verdict.MAY_RUN else "runs"
        return _Outlook(verdict=Verdict.MAY_RUN, reason=f"it reads files of a step that {verb} first: {first.name}")

    def _miss(self, vertex: Vertex, inputs: Inputs, found: Examination) -> _Outlook:
        if vertex.ignore_cache:
            return _Outlook(verdict=Verdict.WILL_RUN, reason="the cache is not used (--no-cache)")
        twin = self._running.setdefault(found.key, vertex)
        if twin is not vertex:
            return _Outlook(verdict=Verdict.WILL_RUN, reason=f"done once, together with {twin.name}")
        cache = self._examiner.store.cache
        last = cache.latest(self._examiner.step_identity(vertex))
        if last is None:
            return _Outlook(verdict=Verdict.WILL_RUN, reason="it was never built here")
        if _instruction(last.name) != _instruction(vertex.name):
            change = Change(what="instruction", old=_instruction(last.name), new=_instruction(vertex.name))
            return _Outlook(verdict=Verdict.WILL_RUN, reason="the instruction is another one", changes=(change,))
        changes = component_changes(cache.components(last.key) or {}, found.components)
        if not changes:
            return _Outlook(verdict=Verdict.WILL_RUN, reason="its layer is no longer in the store")
        if isinstance(vertex.op, FileOp) and any(": files of " in change.what for change in changes):
            files = self._file_changes(vertex.op, inputs, last)
            changes = (*(change for change in changes if not files or ": files of " not in change.what), *files)
        return _Outlook(verdict=Verdict.WILL_RUN, reason="something it reads changed", changes=changes)

    def _file_changes(self, op: FileOp, inputs: Inputs, last: CacheRecord) -> tuple[Change, ...]:
        """The files that changed by name; none where that cannot be told without a download."""
        layers = self._examiner.layers
        below = inputs[0].layers if isinstance(inputs[0], Snapshot) else ()
        if self._missing((*below, *last.layers)):
            return ()
        with closing(FileStep(op, inputs, store=self._examiner.store, layers=layers)) as step:
            return file_changes(layers.index(last.layers[0]), step.with_digests(step.plan()))

    def _image_reason(self, op: ImageOp) -> str:
        missing = self._missing(op.diff_ids)
        if not missing:
            return "all its layers are in the store"
        return f"{_layers(missing)} not in the store: downloaded when a step needs the files"

    def _missing(self, layers: Sequence[Digest]) -> int:
        return sum(not self._examiner.store.layers.has(layer) for layer in dict.fromkeys(layers))


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


def _instruction(name: str) -> str:
    """The name of a step without its place: ``RUN make``."""
    return name.partition("] ")[2] if name.startswith("[") else name


def _secrets_of(op: Op) -> tuple[str, ...]:
    variables = tuple(variable.id for variable in op.secret_env) if isinstance(op, ExecOp) else ()
    return tuple(dict.fromkeys((*_mounted(op, MountKind.SECRET), *variables)))


def _mounted(op: Op, kind: MountKind) -> tuple[str, ...]:
    """The ids of the mounts of one kind."""
    if not isinstance(op, ExecOp):
        return ()
    return tuple(dict.fromkeys(mount.id for mount in op.mounts if mount.kind is kind))


def _kind(op: Op) -> Kind:
    match op:
        case ImageOp():
            return Kind.IMAGE
        case HttpOp() | GitOp():
            return Kind.URL
        case ExecOp():
            return Kind.RUN
        case _:
            return Kind.FILES


def _stages_of_vertices(definition: Definition) -> Mapping[int, int]:
    """The stage of each vertex that belongs to one: those of its instructions, and the image of its FROM."""
    owners = {vertex: stage.number for stage in definition.stages for vertex in stage.vertices}
    places = {stage.location: stage.number for stage in definition.stages}
    for number, vertex in enumerate(definition.vertices):
        if isinstance(vertex.op, ImageOp) and vertex.location in places:
            owners[number] = places[vertex.location]
    return owners


def _stages(definition: Definition, steps: Iterable[PlannedStep]) -> Iterator[PlannedStage]:
    own: dict[int | None, list[int]] = {}
    for step in steps:
        own.setdefault(step.stage, []).append(step.number)
    users: dict[int | None, list[StageSummary]] = {}
    for other in definition.stages:
        for used in {other.base_stage, *other.uses}:
            users.setdefault(used, []).append(other)
    for stage in definition.stages:
        yield PlannedStage(
            summary=stage,
            skipped=None if stage.needed else _why_skipped(users.get(stage.number, ())),
            steps=tuple(own.get(stage.number, ())),
        )


def _why_skipped(users: Sequence[StageSummary]) -> str:
    if not users:
        return "the target does not need it: nothing is built on it, nothing copies from it"
    names = ", ".join(user.name or f"stage {user.number}" for user in users)
    verb = "is" if len(users) == 1 else "are"
    return f"the target does not need it: only {names} would, which {verb} skipped too"
