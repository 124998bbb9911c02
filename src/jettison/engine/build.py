"""Building an image: load, resolve, solve, assemble, give out."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

from jettison.dockerfile.convert import ConvertOptions, ImageRequest, NeededImages, ResolvedBase, convert
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import read_instructions
from jettison.dockerfile.trace import Trace
from jettison.engine.encoder import Compression, Encoder
from jettison.engine.examine import Examiner
from jettison.engine.git_step import Repositories
from jettison.engine.images import ImageFinder
from jettison.engine.inputs import Snapshot
from jettison.engine.layers import Layers
from jettison.engine.load import MAIN_CONTEXT, Sources, load_sources
from jettison.engine.outputs import Output, OutputKind, check_outputs, write_files_output, write_image_output
from jettison.engine.request import BuildRequest, BuildResult, Machine
from jettison.engine.solve import Solved, Workshop, is_shown, solve
from jettison.errors import JettisonError, UsageError
from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.definition import Definition
from jettison.model.digest import Digest
from jettison.model.oci import Descriptor
from jettison.sandbox.interface import Sandbox
from jettison.solve.events import (
    BuildFinished,
    BuildStarted,
    Notice,
    VertexAdded,
    VertexFinished,
    VertexInfo,
    VertexStarted,
)
from jettison.solve.keys import key_of
from jettison.store.cache import CacheRecord

_RESOLVERS = 8
_MAX_EPOCH = 253_402_300_799
"""The last second of the year 9999."""

_STORE_OUTPUT = Output(kind=OutputKind.IMAGE)


def build(request: BuildRequest, machine: Machine) -> BuildResult:
    """Build what ``request`` asks for. Emits the whole stream of events; raises what goes wrong after the last one."""
    started = machine.clock()
    machine.emit(BuildStarted(vertices=(), isolation="", time=started))
    try:
        with ExitStack() as stack:
            result = _Build(request, machine, stack).run(started)
    except BaseException as error:
        machine.emit(BuildFinished(time=machine.clock(), error=str(error) or type(error).__name__))
        raise
    names = tuple(name.with_default_tag().familiar() for name in result.names)
    machine.emit(BuildFinished(time=machine.clock(), image_id=result.image_id, names=names))
    return result


def load_definition(
    request: BuildRequest, sources: Sources, finder: ImageFinder, machine: Machine, announce: Announce
) -> Definition:
    """Parse, resolve base images as far as the target needs them, and convert: the graph of the build."""
    program = read_instructions(parse_dockerfile(sources.text, sources.path))
    options = ConvertOptions(
        target=request.target,
        build_args=request.build_args,
        labels=request.labels,
        build_platform=machine.platform,
        target_platform=request.platform or machine.platform,
        network=request.network,
        extra_hosts=request.extra_hosts,
        no_cache=request.no_cache,
        contexts=frozenset(sources.contexts) - {MAIN_CONTEXT},
    )
    resolved: dict[ImageRequest, ResolvedBase] = {}
    while True:
        trace = Trace()
        outcome = convert(program, options, resolved, trace)
        if isinstance(outcome, Definition):
            return replace(outcome, warnings=(*_platform_warnings(trace), *outcome.warnings))
        resolved |= _resolve(outcome, request, sources, finder, announce)


Announce = Callable[[str], AbstractContextManager[None]]
"""Names work that is no vertex of the graph; entered around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A line of the display for work that is no vertex of the graph; used with ``with``."""

    number: int
    machine: Machine

    def __enter__(self) -> None:
        self.machine.emit(VertexStarted(number=self.number, time=self.machine.clock()))

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        text = None if error is None else str(error)
        self.machine.emit(VertexFinished(number=self.number, time=self.machine.clock(), error=text))


class _Build:
    def __init__(self, request: BuildRequest, machine: Machine, stack: ExitStack) -> None:
        self._request = request
        self._machine = machine
        self._stack = stack
        self._lease = stack.enter_context(machine.store.lease())
        self._layers = Layers(machine.store)
        stack.callback(self._layers.close)
        self._repositories = Repositories(
            store=machine.store, layers=self._layers, lease=self._lease, access=machine.access, clock=machine.clock
        )
        self._next_number = 1
        self._guard = threading.Lock()
        self._sandbox: Sandbox | None = None

    def run(self, started: float) -> BuildResult:
        request, machine = self._request, self._machine
        check_outputs(request.outputs)
        sources = self._stack.enter_context(load_sources(request, machine.store))
        finder = ImageFinder(machine.store, self._layers, machine.registry, sources.named_images)
        definition = load_definition(request, sources, finder, machine, self._announce)
        for message, location in definition.warnings:
            machine.emit(Notice(message=message, location=location, time=machine.clock()))
        encoders = self._encoders()
        solved = self._solve(definition, sources, encoders)
        for memory in sources.memories:
            machine.store.digests.save(memory)
        diff_ids = _layers_of(definition, solved)
        config = self._assemble(definition, solved, diff_ids)
        image_id, manifest = self._give_out(config, encoders)
        return BuildResult(
            image_id=image_id,
            manifest=manifest,
            names=request.tags,
            build_seconds=machine.clock() - started,
            steps=len(solved),
            cached_steps=sum(result.cached for result in solved.values()),
        )

    def _announce(self, name: str) -> Announcement:
        with self._guard:
            number = self._next_number
            self._next_number += 1
        info = VertexInfo(number=number, name=name, internal=True)
        self._machine.emit(VertexAdded(vertex=info, time=self._machine.clock()))
        return Announcement(number=number, machine=self._machine)

    def _solve(
        self, definition: Definition, sources: Sources, encoders: Mapping[Compression, Encoder]
    ) -> dict[int, Solved]:
        first = self._next_number
        self._next_number += len(definition.vertices)
        now = self._machine.clock()
        for number, vertex in enumerate(definition.vertices):
            if not is_shown(vertex):
                continue
            inputs = tuple(first + source for source in vertex.inputs if source is not None)
            info = VertexInfo(number=first + number, name=vertex.name, inputs=inputs)
            self._machine.emit(VertexAdded(vertex=info, time=now))
        wanted = [] if definition.result is None else [definition.result]
        final = _image_vertices(definition)

        def on_layer(number: int, layer: Digest) -> None:
            if number in final:
                for encoder in encoders.values():
                    encoder.start(layer)

        workshop = Workshop(
            store=self._machine.store,
            layers=self._layers,
            lease=self._lease,
            sandbox=self._open_sandbox,
            examiner=Examiner(
                store=self._machine.store,
                layers=self._layers,
                contexts=sources.contexts,
                hold=self._lease.hold_layers,
                may_put_off=True,
            ),
            emit=self._machine.emit,
            clock=self._machine.clock,
            repositories=self._repositories,
            first_number=first,
            on_layer=on_layer,
        )
        return solve(definition, wanted, workshop)

    def _open_sandbox(self) -> Sandbox:
        with self._guard:
            if self._sandbox is None:
                self._sandbox = self._machine.open_sandbox()
                self._stack.callback(self._sandbox.close)
                text = f"RUN is isolated by: {self._sandbox.description}"
                self._machine.emit(Notice(message=text, time=self._machine.clock()))
            return self._sandbox

    def _encoders(self) -> dict[Compression, Encoder]:
        compressions = {output.compression for output in self._request.outputs if output.needs_blobs}
        return {
            compression: self._stack.enter_context(Encoder(self._machine.store, compression))
            for compression in compressions
        }

    def _assemble(
        self, definition: Definition, solved: Mapping[int, Solved], diff_ids: tuple[Digest, ...]
    ) -> ImageConfig:
        """The final config: layers, and a history with the time at which each layer came to be."""
        epoch = _source_date_epoch(self._request)
        fixed = None if epoch is None else timestamp(float(epoch))
        last = fixed or definition.base.created
        history = list(_normal_history(definition.base))
        for step in definition.steps:
            if step.vertex is not None:
                last = fixed or timestamp(solved[step.vertex].created)
            history.append(replace(step.history, created=last))
        config = replace(definition.image, diff_ids=diff_ids, history=tuple(history), created=last)
        return config if last is not None else self._dated(config)

    def _dated(self, config: ImageConfig) -> ImageConfig:
        """An image without any layer has no time of its own: the time at which it was built first."""
        store = self._machine.store
        key = key_of({"kind": "image"}, [Digest.of(write_image_config(config))])
        record = store.cache.get(key)
        if record is None:
            record = CacheRecord(key=key, kind="image", created_at=self._machine.clock())
            store.cache.put(record)
        created = timestamp(record.created_at)
        history = tuple(replace(entry, created=created) for entry in config.history)
        return replace(config, created=created, history=history)

    def _give_out(
        self, config: ImageConfig, encoders: Mapping[Compression, Encoder]
    ) -> tuple[Digest, Descriptor | None]:
        request, store = self._request, self._machine.store
        data = write_image_config(config)
        image_id = store.blobs.put(data)
        manifest = None
        outputs = request.outputs or (_STORE_OUTPUT,)
        if any(output.kind is not OutputKind.IMAGE for output in outputs):
            self._layers.bring(config.diff_ids, lambda part, done, total: None)
        for output in outputs:
            if output.kind is OutputKind.IMAGE:
                store.images.put(data)
                for name in (*request.tags, *output.names):
                    store.images.tag(name.with_default_tag(), image_id)
            elif output.needs_blobs:
                with self._announce(f"exporting to {output.kind} image format"):
                    written = write_image_output(output, image_id, request.tags, store, encoders[output.compression])
                manifest = manifest or written
            else:
                with self._announce(f"exporting files ({output.kind})"):
                    for remark in write_files_output(output, config.diff_ids, self._layers):
                        self._machine.emit(Notice(message=remark, time=self._machine.clock()))
        return image_id, manifest


def _source_date_epoch(request: BuildRequest) -> int | None:
    """The one time that the image is to tell of: as a build argument, else as the environment has it."""
    text = dict(request.build_args).get("SOURCE_DATE_EPOCH")
    if text is None:
        return request.source_date_epoch
    if not (text.isascii() and text.isdecimal() and int(text) <= _MAX_EPOCH):
        raise UsageError(f"invalid SOURCE_DATE_EPOCH {text!r}", hint="seconds since 1970, such as 1700000000")
    return int(text)


def timestamp(seconds: float) -> str:
    """A time as image configs write it: RFC 3339 in UTC."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    text = moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def _resolve(
    needed: NeededImages, request: BuildRequest, sources: Sources, finder: ImageFinder, announce: Announce
) -> dict[ImageRequest, ResolvedBase]:
    """Look the images up, several at a time; each failure is located where the Dockerfile names the image."""

    def resolve_one(image: ImageRequest) -> ResolvedBase:
        reference = sources.aliases.get(image.reference, image.reference)
        found = finder.find(
            reference, image.platform, pull=request.pull, announce=lambda name: announce(f"[internal] {name}")
        )
        return ResolvedBase(image_id=found.image_id, config=found.config)

    with ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolve") as pool:
        futures = {image: pool.submit(resolve_one, image) for image in needed.images}
        resolved = {}
        for image, future in futures.items():
            try:
                resolved[image] = future.result()
            except JettisonError as error:
                raise error.at(needed.places[image]) from None
        return resolved


def _platform_warnings(trace: Trace) -> Iterator[tuple[str, str]]:
    """Images that exist for one platform alone, and not for the one that was asked for; BuildKit's words."""
    for base in trace.bases:
        if not base.wanted.same_machine(base.found):
            message = f'Base image {base.name} was pulled with platform "{base.found}", expected "{base.wanted}"'
            yield f"{message} for current build", base.instruction.span.location


def _layers_of(definition: Definition, solved: Mapping[int, Solved]) -> tuple[Digest, ...]:
    if definition.result is None:
        return ()
    result = solved[definition.result].result
    assert isinstance(result, Snapshot)
    return result.layers


def _image_vertices(definition: Definition) -> frozenset[int]:
    """The vertices whose layers the image keeps."""
    return frozenset(step.vertex for step in definition.steps if step.vertex is not None)


def _normal_history(base: ImageConfig) -> tuple[HistoryEntry, ...]:
    """The base's history; layers that it does not tell of are put in, as BuildKit does."""
    told = sum(not entry.empty_layer for entry in base.history)
    missing = len(base.diff_ids) - told
    return base.history + (HistoryEntry(created=base.created, comment="from the base image"),) * max(missing, 0)
