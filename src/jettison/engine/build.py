"""Building images: load, resolve, solve, assemble, give out. One solve serves all builds that belong together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from importlib import import_module

from jettison.engine.assemble import assemble, image_vertices
from jettison.engine.attest_checks import check_attestations, scan_remark, with_places
from jettison.engine.credentials import Credentials, with_secrets
from jettison.engine.definitions import BuildGraph, PlatformBuild, load_graph
from jettison.engine.encoder import Compression, Encoder
from jettison.engine.examine import Examiner
from jettison.engine.git_step import Repositories
from jettison.engine.later import Later
from jettison.engine.layers import Layers, Progress
from jettison.engine.opening import Opening
from jettison.engine.outputs import Output, OutputKind, check_outputs
from jettison.engine.reading import Watch, lint_warning
from jettison.engine.request import BuildRequest, BuildResult, Machine
from jettison.engine.solve import solve
from jettison.engine.step import is_shown
from jettison.engine.workshop import Solved, Workshop
from jettison.errors import CancelledError, JettisonError
from jettison.frozen import dataclass, replace
from jettison.hints import TYPE_CHECKING
from jettison.model.digest import Digest
from jettison.model.op import ExecOp
from jettison.pools import ThreadPoolExecutor
from jettison.solve.events import (
    BuildFinished,
    BuildStarted,
    Notice,
    SpanKind,
    VertexAdded,
    VertexFinished,
    VertexInfo,
    VertexProgress,
    VertexStarted,
)
from jettison.solve.join import prefixed
from jettison.solve.scheduler import below_commands, needed_by
from jettison.store.blobs import BlobWriter

if TYPE_CHECKING:
    from jettison.engine.base_statements import BaseStatements
    from jettison.engine.export import Attestations, Export, Exporter
    from jettison.model.build_record import BuildRecord
    from jettison.sandbox.interface import Sandbox

_STORE_OUTPUT = Output(kind=OutputKind.IMAGE)


def build(request: BuildRequest, machine: Machine) -> BuildResult:
    """Build what ``request`` asks for. Emits the whole stream of events; raises what goes wrong after the last one."""
    (result,) = build_all((request,), machine)
    return result


def build_all(requests: Sequence[BuildRequest], machine: Machine) -> tuple[BuildResult, ...]:
    """Build several requests in one graph; returns a result for each, in their order.

    What they have in common is done once: stages, downloads, build contexts. A request may stand on the result of
    another one, its files and its config, by ``build_contexts=(("base", "target:OTHER"),)`` where the other is called
    ``OTHER``; it is built first, wherever it stands. One that is needed only so gets an output of the kind
    ``OutputKind.CACHE_ONLY``. Where several are built, the names of steps begin with the name of their request.

    Emits one stream of events, from :class:`BuildStarted` to :class:`BuildFinished`. After the first failure nothing
    new starts; nothing is given out, and the failure is raised after the last event. Pushes come after all other
    outputs of all builds.
    """
    started = machine.clock()
    machine.emit(BuildStarted(vertices=(), isolation="", time=started))
    try:
        with ExitStack() as stack:
            results = _Build(requests, machine, stack).run(started)
    except BaseException as error:
        machine.emit(BuildFinished(time=machine.clock(), error=str(error) or type(error).__name__))
        raise
    names = tuple(name.with_default_tag().familiar() for result in results for name in result.names)
    image_id = results[0].image_id if len(results) == 1 else None
    machine.emit(BuildFinished(time=machine.clock(), image_id=image_id, names=names))
    return results


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A line of the display for work that is no vertex of the graph; used with ``with``."""

    number: int
    machine: Machine

    def __enter__(self) -> Progress:
        self.machine.emit(VertexStarted(number=self.number, time=self.machine.clock()))
        return self._tell

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        cancelled = isinstance(error, KeyboardInterrupt | CancelledError)
        text = None if error is None or cancelled else str(error)
        finished = VertexFinished(number=self.number, time=self.machine.clock(), error=text, cancelled=cancelled)
        self.machine.emit(finished)

    def _tell(self, part: str, current: int, total: int | None) -> None:
        now = self.machine.clock()
        self.machine.emit(VertexProgress(number=self.number, part=part, current=current, total=total, time=now))


class _Build:
    def __init__(self, requests: Sequence[BuildRequest], machine: Machine, stack: ExitStack) -> None:
        self._requests = [with_places(request) for request in requests]
        self._machine = machine
        self._stack = stack
        self._lease = stack.enter_context(machine.store.lease())
        self._layers = stack.enter_context(closing(Layers(machine.store, machine.spans)))
        self._credentials = [stack.enter_context(Credentials(request.secrets, request.agents)) for request in requests]
        self._cancelled = threading.Event()
        self._repositories = Repositories(
            store=machine.store,
            layers=self._layers,
            lease=self._lease,
            access=with_secrets(machine.access, self._credentials, self._cancelled),
            clock=machine.clock,
        )
        self._next_number = 1
        self._exports: list[Export] = []
        self._watch = Watch()
        self._guard = threading.Lock()
        self._opening = stack.enter_context(closing(Opening(self._open_sandbox, self._tell_isolation)))

    def run(self, started: float) -> tuple[BuildResult, ...]:
        machine = self._machine
        for request in self._requests:
            check_outputs(request.outputs, request.tags)
            remark = check_attestations(request)
            if remark is not None:
                machine.emit(Notice(message=remark, time=machine.clock()))
        graph = self._load()
        statements = self._read_statements()
        for message, location in graph.warnings:
            machine.emit(Notice(message=message, location=location, time=machine.clock()))
        for remark in dict.fromkeys(scan_remark(build) for builds in graph.builds for build in builds):
            if remark is not None:
                machine.emit(Notice(message=remark, time=machine.clock()))
        encoders = self._encoders()
        solved = self._solve(graph, encoders)
        self._opening.close()  # while the rest is done, the launcher ends
        with ThreadPoolExecutor(1, thread_name_prefix="digests") as executor:
            saved = executor.submit(graph.save_digests)  # while the kernel copies layers into archives
            results = tuple(
                self._finish(builds, solved, self._exporter(builds[0].request, encoders), started)
                for builds in graph.builds
            )
            saved.result()
        for export in self._exports:
            export.push()
        if statements is not None:
            statements.finish()
        if len(results) == 1:
            from jettison.engine.tracking import find_trail

            trail = find_trail(self._requests[0], graph, self._exports, machine.store)
            return (replace(results[0], trail=trail),)
        return results

    def _exporter(self, request: BuildRequest, encoders: Mapping[Compression, Encoder]) -> Exporter:
        from jettison.engine.export import Exporter

        prefix = request.name if len(self._requests) > 1 else ""
        return Exporter(
            machine=self._machine,
            layers=self._layers,
            encoders=encoders,
            announce=lambda name: self._announce(prefixed(name, prefix)),
        )

    def _load(self) -> BuildGraph:
        """The graph. What the checks find is told also where there is none, and may be an error."""
        watch = self._watch
        refused: list[JettisonError] = []
        try:
            graph = load_graph(self._requests, self._machine, self._repositories, self._announce, self._stack, watch)
            if self._is_command_certain(graph):
                self._opening.prepare()
        finally:
            with self._machine.spans(SpanKind.READ, "checks"):
                for reading in watch.readings:
                    findings, error = reading.check()
                    for finding in findings:
                        self._machine.emit(lint_warning(finding, self._machine.clock()))
                    refused += [error] if error is not None else []
        if refused:
            raise refused[0]
        return graph

    def _read_statements(self) -> BaseStatements | None:
        """Begin to read what bases say about themselves that were not in the store."""
        if not self._watch.images:
            return None
        from jettison.engine.base_statements import BaseStatements

        return self._stack.enter_context(closing(BaseStatements(self._watch.images, self._machine)))

    def _is_command_certain(self, graph: BuildGraph) -> bool:
        """Whether a command is needed that cannot be in the cache."""
        needed = (graph.vertices[number] for number in needed_by(graph.vertices, _wanted_by(graph)))
        commands = [vertex for vertex in needed if isinstance(vertex.op, ExecOp)]
        return any(vertex.ignore_cache for vertex in commands) or (
            bool(commands) and self._machine.store.cache.is_empty()
        )

    def _finish(
        self, builds: Sequence[PlatformBuild], solved: Mapping[int, Solved], exporter: Exporter, started: float
    ) -> BuildResult:
        from jettison.engine.export import BuiltImage

        machine, request = self._machine, builds[0].request
        epoch = builds[0].definition.epoch
        outputs = request.outputs or (_STORE_OUTPUT,)
        attestations = self._attestations(request, outputs, solved, started, epoch)
        configs = [assemble(build.definition, solved, machine.store, machine.clock) for build in builds]
        images = [
            BuiltImage(
                platform=build.platform,
                config=config,
                base=build.definition.base.diff_ids,
                base_history=len(config.history) - len(build.definition.steps),
                attestations=attestations(build),
                record=partial(_record, build, solved),
            )
            for build, config in zip(builds, configs, strict=True)
        ]
        exports = exporter.give_out(request, outputs, images, epoch)
        self._exports += exports
        given = [export.given for export in exports]
        position = next((n for n, build in enumerate(builds) if machine.platform.runs(build.platform)), 0)
        steps = needed_by(builds[0].definition.vertices, _wanted(builds))
        return BuildResult(
            image_id=given[0].image_ids[position],
            images=tuple(zip((build.platform for build in builds), given[0].image_ids, strict=True)),
            manifest=next((one.root for one in given if one.root is not None), None),
            names=tuple(dict.fromkeys([*request.tags, *(name for output in outputs for name in output.names)])),
            build_seconds=machine.clock() - started,
            steps=len(steps),
            cached_steps=sum(solved[number].cached for number in steps),
        )

    def _attestations(
        self,
        request: BuildRequest,
        outputs: Sequence[Output],
        solved: Mapping[int, Solved],
        started: float,
        epoch: int | None,
    ) -> Callable[[PlatformBuild], Attestations]:
        """What makes the statements about the image of a platform."""
        if not request.attest.asked and not any(output.push for output in outputs):
            from jettison.engine.export import Unattested

            return lambda build: Unattested()
        from jettison.engine.attest import Attester

        commits = self._repositories.commits
        return Attester(request, self._machine, self._layers, solved, commits, started, epoch, self._announce).of

    def _announce(self, name: str) -> Announcement:
        with self._guard:
            number = self._next_number
            self._next_number += 1
        info = VertexInfo(number=number, name=name, internal=True)
        self._machine.emit(VertexAdded(vertex=info, time=self._machine.clock()))
        return Announcement(number=number, machine=self._machine)

    def _solve(self, graph: BuildGraph, encoders: Mapping[Compression, Encoder]) -> dict[int, Solved]:
        wanted = _wanted_by(graph)
        first = self._next_number
        self._next_number += len(graph.vertices)
        now = self._machine.clock()
        for number, vertex in enumerate(graph.vertices):
            if not is_shown(vertex):
                continue
            inputs = tuple(first + source for source in vertex.inputs if source is not None)
            info = VertexInfo(number=first + number, name=vertex.name, inputs=inputs)
            self._machine.emit(VertexAdded(vertex=info, time=now))
        encoded: dict[int, set[Compression]] = {}
        for builds in graph.builds:
            for build in builds:
                for number in image_vertices(build.definition):
                    encoded.setdefault(number, set()).update(_compressions(build.request, early=True))

        def on_layer(number: int, layer: Digest) -> None:
            for compression in encoded.get(number, ()):
                encoders[compression].start(layer)

        def on_tar(number: int, tar: BlobWriter) -> None:
            for compression in encoded.get(number, ()):
                encoders[compression].follow(tar)

        workshop = Workshop(
            store=self._machine.store,
            layers=self._layers,
            lease=self._lease,
            sandbox=self._opening.sandbox,
            prepare_sandbox=self._opening.prepare,
            starting=self._stack.enter_context(closing(Later(self._needed_later(encoders)))).starting,
            before_commands=below_commands(graph.vertices, wanted),
            examiner=Examiner(
                store=self._machine.store,
                layers=self._layers,
                contexts=graph.contexts,
                hold=self._lease.hold_layers,
                may_put_off=True,
            ),
            platform=self._machine.platform,
            credentials=self._credentials_of(graph),
            emit=self._machine.emit,
            clock=self._machine.clock,
            repositories=self._repositories,
            first_number=first,
            on_layer=on_layer,
            on_tar=on_tar,
            spans=self._machine.spans,
            cancelled=self._cancelled,
        )
        return solve(graph.vertices, wanted, workshop)

    def _needed_later(self, encoders: Mapping[Compression, Encoder]) -> list[Callable[[], object]]:
        """What loads the modules for the time after the commands."""
        names = ["jettison.rootfs.pack", "jettison.engine.export"]
        if any(output.needs_blobs for request in self._requests for output in request.outputs):
            names.append("jettison.layout.write")
        if len(self._requests) == 1:
            names.append("jettison.engine.tracking")
        return [*(partial(import_module, name) for name in names), *(encoder.load for encoder in encoders.values())]

    def _credentials_of(self, graph: BuildGraph) -> dict[int, Credentials]:
        """What the request of each step was given; of the first request, where several have the step in common."""
        found: dict[int, Credentials] = {}
        for builds, credentials in zip(graph.builds, self._credentials, strict=True):
            for build in builds:
                for stage in build.definition.stages:
                    found |= dict.fromkeys(set(stage.vertices) - found.keys(), credentials)
        return found

    def _open_sandbox(self) -> Sandbox:
        with self._machine.spans(SpanKind.SANDBOX, "opened"):
            from jettison.engine.mounting import open_sandbox

            return open_sandbox(self._machine, self._layers)

    def _tell_isolation(self, sandbox: Sandbox) -> None:
        text = f"RUN is isolated by: {sandbox.description}"
        self._machine.emit(Notice(message=text, time=self._machine.clock()))
        parents = any(request.run.control_group_parent for request in self._requests)
        if parents and not sandbox.has_control_groups:
            text = f"--cgroup-parent has no effect: --isolation {sandbox.name} makes no control groups"
            self._machine.emit(Notice(message=text, time=self._machine.clock()))

    def _encoders(self) -> dict[Compression, Encoder]:
        compressions = {compression for request in self._requests for compression in _compressions(request)}
        return {
            compression: self._stack.enter_context(Encoder(self._machine.store, compression, self._machine.spans))
            for compression in compressions
        }


def _record(build: PlatformBuild, solved: Mapping[int, Solved]) -> BuildRecord:
    from jettison.engine.build_record import record_build

    sources = build.sources
    return record_build(build.definition, solved, build.context_names, sources.text, sources.path)


def _wanted_by(graph: BuildGraph) -> list[int]:
    return [number for builds in graph.builds for number in _wanted(builds)]


def _wanted(builds: Sequence[PlatformBuild]) -> list[int]:
    return [build.definition.result for build in builds if build.definition.result is not None]


def _compressions(request: BuildRequest, *, early: bool = False) -> set[Compression]:
    """The encodings that the outputs need; ``early``: of layers as the steps leave them."""
    if early and request.squash:
        return set()
    return {
        output.compression
        for output in request.outputs
        if output.needs_blobs and not (early and output.rewrite_timestamp)
    }
