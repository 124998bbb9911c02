"""Solving a definition for real: the scheduler's commands are executed on threads, its events told to a display."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING

from jettison.engine.credentials import Credentials
from jettison.engine.early import EarlyPulls
from jettison.engine.examine import Examiner, Inputs, layers_read, on_top
from jettison.engine.file_step import FileStep
from jettison.engine.git_step import Repositories
from jettison.engine.inputs import EMPTY, ContextResult, Result, Snapshot
from jettison.engine.layers import Layers, Progress
from jettison.engine.run_step import CommandFailedError, RunStep
from jettison.errors import CancelledError, JettisonError, StorageError
from jettison.frozen import dataclass, field
from jettison.layer.selection import MissingSourceError
from jettison.model.digest import Digest
from jettison.model.op import ContextOp, ExecOp, FileOp, GitOp, HttpOp, InlineOp, MergeOp, Op, Vertex
from jettison.model.platform import Platform
from jettison.pools import ThreadPoolExecutor
from jettison.solve.events import Event, Notice, SpanKind, VertexFinished, VertexOutput, VertexProgress, VertexStarted
from jettison.solve.keys import key_of
from jettison.solve.scheduler import Cancel, Examine, Examined, Execute, Executed, Failed, Scheduler
from jettison.solve.spans import Spans, untimed
from jettison.store.blobs import BlobWriter
from jettison.store.cache import CacheRecord
from jettison.store.leases import Lease
from jettison.store.store import Store

if TYPE_CHECKING:
    from jettison.sandbox.interface import Sandbox

MAX_PARALLEL = 32
"""Steps that may run at once; as with BuildKit a step is not held back because the machine is busy."""

_PROGRESS_SECONDS = 0.1
"""A part's progress is told no more often than this."""

_QUIET_SECONDS = 0.5
"""What takes less time is not told at all."""

Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The result of a vertex, and when its layer came to be (seconds since the epoch)."""

    result: Result
    created: float
    cached: bool = False
    """Whether it was there already, or is no work at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What steps are worked on with."""

    store: Store
    layers: Layers
    lease: Lease
    sandbox: Callable[[], Sandbox]
    """Opens the sandbox at the first use."""
    prepare_sandbox: Callable[[], None] = lambda: None
    """Begins to open it in the background."""
    starting: Callable[[], AbstractContextManager[None]] = nullcontext
    """Entered for as long as a command is being started."""
    before_commands: Set[int] = frozenset()
    """The vertices that commands stand on: when one of them has to be done, a command will run."""
    examiner: Examiner
    platform: Platform
    """Of this machine."""
    credentials: Mapping[int, Credentials]
    """What each step may ask for."""
    emit: Emit
    clock: Callable[[], float]
    repositories: Repositories
    first_number: int = 0
    """The number of the first vertex in events."""
    on_layer: Callable[[int, Digest], None] = lambda number, layer: None
    """Called when a vertex has its layer, from any thread."""
    on_tar: Callable[[int, BlobWriter], None] = lambda number, tar: None
    """Called before a copy writes the first byte of its layer, from any thread."""
    equal: dict[FileOp, list[Vertex]] = field(default_factory=dict)
    """The copies of the graph, those that say the same together."""
    examined: dict[int, FileStep] = field(default_factory=dict)
    """The copies that were looked at and have to be carried out."""
    spans: Spans = untimed
    cancelled: threading.Event = field(default_factory=threading.Event)
    components: dict[int, Mapping[str, str]] = field(default_factory=dict)
    """What the key of each step was made of that was examined, and not found."""


def solve(vertices: Sequence[Vertex], wanted: list[int], workshop: Workshop) -> dict[int, Solved]:
    """Solve the wanted vertices; returns all that were solved. Raises the first failure, located in the Dockerfile.

    Ctrl-C stops what runs, waits for it, and is a :class:`CancelledError`.
    """
    for vertex in vertices:
        if isinstance(vertex.op, FileOp):
            workshop.equal.setdefault(vertex.op, []).append(vertex)
    scheduler: Scheduler[Solved] = Scheduler(vertices, wanted)
    answers: queue.SimpleQueue[Examined[Solved] | Executed[Solved] | Failed] = queue.SimpleQueue()
    early = EarlyPulls(
        vertices,
        scheduler.states,
        examiner=workshop.examiner,
        lease=workshop.lease,
        progress_of=lambda number: _Step(vertices[number], number, workshop).progress,
    )
    with early, ThreadPoolExecutor(MAX_PARALLEL, thread_name_prefix="step") as pool:

        def submit(commands: list[Examine[Solved] | Execute[Solved] | Cancel]) -> None:
            for command in commands:
                if isinstance(command, Cancel):
                    workshop.cancelled.set()
                    continue
                step = _Step(vertices[command.number], command.number, workshop)
                pool.submit(_answer, step, command, answers)
                if isinstance(command, Execute):
                    early.begin(command.number, scheduler.results)

        try:
            submit(scheduler.start())
            while scheduler.running:
                submit(scheduler.handle(answers.get()))
                for shared in scheduler.take_shared():
                    number = workshop.first_number + shared.number
                    workshop.emit(VertexFinished(number=number, time=workshop.clock(), cached=True))
        except BaseException as error:
            workshop.cancelled.set()  # the pool waits for every step that runs, whatever was lost of its answer
            if isinstance(error, KeyboardInterrupt):
                raise CancelledError("interrupted") from error
            raise
    if scheduler.error is not None:
        raise scheduler.error
    return scheduler.results


def _answer(
    step: _Step,
    command: Examine[Solved] | Execute[Solved],
    answers: queue.SimpleQueue[Examined[Solved] | Executed[Solved] | Failed],
) -> None:
    try:
        with step.span():
            answer = step.examine(command) if isinstance(command, Examine) else step.execute(command)
        answers.put(answer)
    except BaseException as error:
        answers.put(Failed(command.number, step.located(error)))
    finally:
        step.tidy()


class _Step:
    """One vertex at work."""

    def __init__(self, vertex: Vertex, number: int, workshop: Workshop) -> None:
        self._vertex = vertex
        self._number = number
        self._shown = workshop.first_number + number
        self._workshop = workshop
        self._told: dict[str, float] = {}
        """When the progress of a part may be told next."""
        self._shown_parts: set[str] = set()
        self._leftovers = ExitStack()

    def span(self) -> AbstractContextManager[object]:
        """Measures the step as a whole."""
        return self._spans(SpanKind.STEP, self._vertex.name)

    def tidy(self) -> None:
        """Remove what the step no longer needs, while others go on with its result."""
        with suppress(StorageError):  # closing the store removes what is left, and tells what it cannot remove
            self._leftovers.close()

    def examine(self, command: Examine[Solved]) -> Examined[Solved]:
        """Compute the key and look for a result."""
        shop, vertex = self._workshop, self._vertex
        inputs = _results(command.inputs)
        with self._spans(SpanKind.CACHE):
            found = shop.examiner.by_identity(vertex, inputs)
        if found is None:
            shop.lease.hold_layers(_layers_of(inputs))
            self._bring(layers_read(vertex.op, inputs))
            self._walk(inputs)
            with self._spans(SpanKind.CACHE):
                found = shop.examiner.by_content(vertex, inputs)
        if found.result is None:
            shop.components[self._number] = found.components
            if found.step is not None:
                shop.examined[self._number] = found.step
            return Examined(self._number, found.key, None)
        created = 0.0
        if found.record is not None:
            created = found.record.created_at
            shop.on_layer(self._number, found.record.layers[0])
        if is_shown(vertex):
            shop.emit(VertexFinished(number=self._shown, time=shop.clock(), cached=True))
        return Examined(self._number, found.key, Solved(result=found.result, created=created, cached=True))

    def execute(self, command: Execute[Solved]) -> Executed[Solved]:
        """Do the work, unless another process did it just now."""
        shop = self._workshop
        op = self._vertex.op
        if isinstance(op, ExecOp):
            shop.sandbox()
        elif self._number in shop.before_commands:
            shop.prepare_sandbox()
        started = shop.clock()
        shop.emit(VertexStarted(number=self._shown, time=started))
        if isinstance(op, HttpOp):
            from jettison.engine.url_step import fetch_file

            with self._spans(SpanKind.FETCH):
                file, unchanged = fetch_file(op, shop.store, self.progress, shop.clock, shop.repositories.access)
            solved = Solved(result=file, created=started, cached=unchanged)
        elif isinstance(op, GitOp):
            with self._spans(SpanKind.FETCH):
                files, known = shop.repositories.fetch(op, self.progress, shop.cancelled)
            solved = Solved(result=files, created=started, cached=known)
        else:
            with shop.store.lock(f"step {command.key}", cancelled=shop.cancelled):
                solved = self._solve(op, _results(command.inputs), command.key, started)
        shop.emit(VertexFinished(number=self._shown, time=shop.clock(), cached=solved.cached))
        return Executed(self._number, solved)

    def _solve(self, op: Op, inputs: Inputs, key: Digest, started: float) -> Solved:
        """Do the work, with the step's lock held."""
        shop = self._workshop
        record = shop.examiner.find(self._vertex, key)
        if record is not None:
            shop.on_layer(self._number, record.layers[0])
            return _solved(inputs, record, cached=True)
        if isinstance(op, FileOp):
            return self._write_file_layer(op, inputs, started)
        assert isinstance(op, ExecOp)
        return self._run(op, inputs, key, started)

    def located(self, error: BaseException) -> BaseException:
        """The error with the place in the Dockerfile; tells the display that the vertex is over."""
        shop = self._workshop
        cancelled = shop.cancelled.is_set() and isinstance(error, CancelledError)
        text = error.message if isinstance(error, JettisonError) else repr(error)
        shop.emit(
            VertexFinished(
                number=self._shown, time=shop.clock(), cancelled=cancelled, error=None if cancelled else text
            )
        )
        if isinstance(error, JettisonError) and self._vertex.excerpt:
            error.at(self._vertex.excerpt)
        return error

    def _write_file_layer(self, op: FileOp, inputs: Inputs, started: float) -> Solved:
        shop = self._workshop
        self._bring(_layers_of(inputs))
        step = shop.examined.pop(self._number, None)
        if step is None:
            step = FileStep(op, inputs, store=shop.store, layers=shop.layers)
        try:
            step.prepare()
            planned = step.plan()
            record, recipe = None, None
            if step.is_read():
                with self._spans(SpanKind.CACHE):
                    planned = step.with_digests(planned)
                    recipe = step.recipe(item.entry for item in planned)
                    record = shop.examiner.find(self._vertex, recipe)
            if record is not None:
                layer = record.layers[0]
            else:
                with self._spans(SpanKind.PACK):
                    previous = self._previous_layer()
                index = step.write(planned, self.progress, lambda tar: shop.on_tar(self._number, tar), previous)
                layer, recipe = index.diff_id, step.recipe(index.entries)
            components = step.components()
        finally:
            step.close()
        for warning in step.warnings:
            shop.emit(Notice(message=warning, location=self._vertex.location, time=shop.clock()))
        aliases = [key for key in (recipe, step.chain_key(), step.shape_key()) if key is not None]
        return self._keep(key_of(components, []), inputs, layer, started, components, aliases)

    def _previous_layer(self) -> Digest | None:
        """The layer that the same step, or an equal one, made the last time, kept from pruning.

        Of steps that turn out to do the same only one is done, and the last time it may have been another one.
        """
        shop, op = self._workshop, self._vertex.op
        if self._vertex.ignore_cache or not isinstance(op, FileOp):
            return None
        steps = dict.fromkeys(map(shop.examiner.step_identity, shop.equal.get(op, ())))
        records = [record for step in steps if (record := shop.store.cache.latest(step)) is not None]
        record = max(records, key=lambda record: record.created_at, default=None)
        if record is None or len(record.layers) != 1:
            return None
        shop.lease.hold_layers(record.layers)
        return record.layers[0]

    def _run(self, op: ExecOp, inputs: Inputs, key: Digest, started: float) -> Solved:
        shop = self._workshop
        self._bring(_layers_of(inputs))
        self._check_runnable(op, inputs)
        step = self._run_step(op, inputs)

        def output(stream: int, data: bytes) -> None:
            shop.emit(VertexOutput(number=self._shown, stream=stream, data=data, time=shop.clock()))

        on_tar, credentials = partial(shop.on_tar, self._number), shop.credentials[self._number]
        try:
            layer = step.execute(
                shop.sandbox(), output, self.progress, shop.cancelled, credentials, on_tar, self._leftovers
            )
        except MissingSourceError as error:
            from jettison.engine.missing import explain_missing_source

            raise explain_missing_source(error, op, inputs, shop.store, shop.layers) from error
        except CommandFailedError as error:
            error.at(f"{error.tail.rstrip()}\n{self._vertex.excerpt}".lstrip("\n"))
            raise
        chain_key = step.chain_key()
        aliases = [] if chain_key is None else [chain_key]
        return self._keep(key, inputs, layer, started, shop.components[self._number], aliases)

    def _check_runnable(self, op: ExecOp, inputs: Inputs) -> None:
        native = self._workshop.platform
        if (op.platform.os, op.platform.architecture) == (native.os, native.architecture):
            return
        from jettison.sandbox.emulation import check_runnable

        root = inputs[0] or EMPTY
        assert isinstance(root, Snapshot)
        files = self._workshop.layers.merged(root.layers)
        check_runnable(op.platform, native, files.has)

    def _run_step(self, op: ExecOp, inputs: Inputs) -> RunStep:
        shop = self._workshop
        return RunStep(
            op,
            inputs,
            store=shop.store,
            layers=shop.layers,
            ambient_env=self._vertex.ambient_env,
            spans=self._spans,
            starting=shop.starting,
        )

    def _keep(
        self,
        key: Digest,
        inputs: Inputs,
        layer: Digest,
        started: float,
        components: Mapping[str, str],
        aliases: list[Digest],
    ) -> Solved:
        """Remember the new layer under its key and return the snapshot that has it on top."""
        shop = self._workshop
        created = shop.clock()
        record = CacheRecord(
            key=key,
            kind="layer",
            name=self._vertex.name,
            step=shop.examiner.step_identity(self._vertex),
            layers=(layer,),
            created_at=created,
            duration_seconds=created - started,
        )
        shop.store.cache.put(record, components=components, aliases=aliases)
        shop.on_layer(self._number, layer)
        return _solved(inputs, record, cached=False)

    def _spans(self, kind: SpanKind, name: str = "", number: int | None = None) -> AbstractContextManager[object]:
        """Those of the build, with the number of this step."""
        return self._workshop.spans(kind, name or self._vertex.name, self._shown)

    def _walk(self, inputs: Inputs) -> None:
        """Have the build contexts walked now, which they are at the first use, so that it is told as such."""
        for result in inputs:
            if isinstance(result, ContextResult):
                with self._spans(SpanKind.CONTEXT, str(result.context.root)):
                    _tree = result.context.tree

    def _bring(self, needed: Sequence[Digest]) -> None:
        self._workshop.lease.hold_layers(needed)
        self._workshop.layers.bring(needed, self.progress)

    @property
    def progress(self) -> Progress:
        """Tells how far a part of the step is, now and then; raises :class:`CancelledError` once it is cancelled."""

        def tell(part: str, current: int, total: int | None) -> None:
            if self._workshop.cancelled.is_set():
                raise CancelledError("cancelled")
            now = self._workshop.clock()
            due = self._told.setdefault(part, now + _QUIET_SECONDS)
            if now >= due or (current == total and part in self._shown_parts):
                self._shown_parts.add(part)
                self._told[part] = now + _PROGRESS_SECONDS
                event = VertexProgress(number=self._shown, part=part, current=current, total=total, time=now)
                self._workshop.emit(event)

        return tell


def is_shown(vertex: Vertex) -> bool:
    """Whether a display has a line for the vertex: not for what is no work at all."""
    return not isinstance(vertex.op, ContextOp | InlineOp | MergeOp)


def _results(solved: Sequence[Solved | None]) -> Inputs:
    return tuple(None if one is None else one.result for one in solved)


def _layers_of(inputs: Inputs) -> list[Digest]:
    return [layer for result in inputs if isinstance(result, Snapshot) for layer in result.layers]


def _solved(inputs: Inputs, record: CacheRecord, *, cached: bool) -> Solved:
    return Solved(result=on_top(inputs, record), created=record.created_at, cached=cached)
