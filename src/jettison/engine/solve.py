"""Solving a definition for real: the scheduler's commands are executed on threads, its events told to a display."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from jettison.engine.file_step import FileStep, recipe_digest
from jettison.engine.inputs import EMPTY, ContextResult, FileResult, Result, Snapshot
from jettison.engine.layers import Layers, Progress
from jettison.engine.missing import explain_missing_source
from jettison.engine.run_step import CommandFailedError, RunStep
from jettison.engine.url_step import fetch_file
from jettison.errors import CancelledError, JettisonError
from jettison.layer.plan import MissingSourceError
from jettison.model.definition import Definition
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.op import ContextOp, ExecOp, FileOp, HttpOp, ImageOp, InlineOp, Vertex
from jettison.sandbox.interface import Sandbox
from jettison.solve.events import Event, Notice, VertexFinished, VertexOutput, VertexProgress, VertexStarted
from jettison.solve.keys import key_of, op_components
from jettison.solve.scheduler import Cancel, Examine, Examined, Execute, Executed, Failed, Scheduler
from jettison.sources.local import LocalContext
from jettison.store.cache import CacheRecord
from jettison.store.leases import Lease
from jettison.store.store import Store

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What steps are worked on with."""

    store: Store
    layers: Layers
    lease: Lease
    sandbox: Callable[[], Sandbox]
    """Opens the sandbox at the first use."""
    contexts: Mapping[str, LocalContext]
    emit: Emit
    clock: Callable[[], float]
    first_number: int = 0
    """The number of the first vertex in events."""
    on_layer: Callable[[int, Digest], None] = lambda number, layer: None
    """Called when a vertex has its layer, from any thread."""
    cancelled: threading.Event = field(default_factory=threading.Event)


def solve(definition: Definition, wanted: list[int], workshop: Workshop) -> dict[int, Solved]:
    """Solve the wanted vertices; returns all that were solved. Raises the first failure, located in the Dockerfile."""
    scheduler: Scheduler[Solved] = Scheduler(definition.vertices, wanted)
    answers: queue.SimpleQueue[Examined[Solved] | Executed[Solved] | Failed] = queue.SimpleQueue()
    with ThreadPoolExecutor(MAX_PARALLEL, thread_name_prefix="step") as pool:

        def submit(commands: list[Examine[Solved] | Execute[Solved] | Cancel]) -> None:
            for command in commands:
                if isinstance(command, Cancel):
                    workshop.cancelled.set()
                else:
                    step = _Step(definition.vertices[command.number], command.number, workshop)
                    pool.submit(_answer, step, command, answers)

        submit(scheduler.start())
        while scheduler.running:
            try:
                answer = answers.get()
            except KeyboardInterrupt:
                submit(scheduler.stop(CancelledError("interrupted")))
                continue
            submit(scheduler.handle(answer))
            for shared in scheduler.take_shared():
                number = workshop.first_number + shared.number
                workshop.emit(VertexFinished(number=number, time=workshop.clock(), cached=True))
    if scheduler.error is not None:
        raise scheduler.error
    return scheduler.results


def _answer(
    step: _Step,
    command: Examine[Solved] | Execute[Solved],
    answers: queue.SimpleQueue[Examined[Solved] | Executed[Solved] | Failed],
) -> None:
    try:
        if isinstance(command, Examine):
            answers.put(step.examine(command))
        else:
            answers.put(step.execute(command))
    except BaseException as error:
        answers.put(Failed(command.number, step.located(error)))


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

    def examine(self, command: Examine[Solved]) -> Examined[Solved]:
        """Compute the key and look for a result."""
        op = self._vertex.op
        inputs = tuple(None if solved is None else solved.result for solved in command.inputs)
        shop = self._workshop
        if isinstance(op, ImageOp):
            return self._immediate(Snapshot(layers=op.diff_ids))
        if isinstance(op, ContextOp):
            return self._immediate(ContextResult(context=shop.contexts[op.name]))
        if isinstance(op, InlineOp):
            return self._immediate(_inline(op))
        if isinstance(op, HttpOp):
            return Examined(self._number, key_of(op_components(op), []), None)
        if isinstance(op, FileOp):
            return self._examine_file(op, inputs)
        step = self._run_step(op, inputs)
        return self._look_up(key_of(step.components(), []), inputs)

    def execute(self, command: Execute[Solved]) -> Executed[Solved]:
        """Do the work, unless another process did it just now."""
        shop = self._workshop
        op = self._vertex.op
        if isinstance(op, ExecOp):
            shop.sandbox()
        started = shop.clock()
        shop.emit(VertexStarted(number=self._shown, time=started))
        if isinstance(op, HttpOp):
            result: Solved = Solved(result=fetch_file(op, shop.store, self._progress, shop.clock), created=started)
        else:
            with shop.store.lock(f"step {command.key}", cancelled=shop.cancelled):
                inputs = tuple(None if solved is None else solved.result for solved in command.inputs)
                record = self._find(command.key)
                if record is not None:
                    result = _on_top(inputs, record)
                elif isinstance(op, FileOp):
                    result = self._write_file_layer(op, inputs, command.key, started)
                else:
                    assert isinstance(op, ExecOp)
                    result = self._run(op, inputs, command.key, started)
        shop.emit(VertexFinished(number=self._shown, time=shop.clock()))
        return Executed(self._number, result)

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

    def _examine_file(self, op: FileOp, inputs: tuple[Result | None, ...]) -> Examined[Solved]:
        shop = self._workshop
        step = FileStep(op, inputs, store=shop.store, layers=shop.layers)
        chain_key = step.chain_key()
        if chain_key is not None:
            record = self._find(chain_key)
            if record is not None:
                return self._hit(chain_key, inputs, record)
        self._bring(inputs)
        try:
            key = key_of(step.components(), [])
        except MissingSourceError as error:
            raise explain_missing_source(error, op, inputs) from error
        return self._look_up(key, inputs)

    def _write_file_layer(self, op: FileOp, inputs: tuple[Result | None, ...], key: Digest, started: float) -> Solved:
        shop = self._workshop
        self._bring(inputs)
        step = FileStep(op, inputs, store=shop.store, layers=shop.layers)
        try:
            planned = step.plan()
            recipe = recipe_digest(planned)
            record = self._find(recipe)
            layer = step.write(planned) if record is None else record.layers[0]
        finally:
            step.close()
        for warning in step.warnings:
            shop.emit(Notice(message=warning, location=self._vertex.location, time=shop.clock()))
        chain_key = step.chain_key()
        aliases = [recipe] if chain_key is None else [recipe, chain_key]
        return self._keep(key, inputs, layer, started, step.components(), aliases)

    def _run(self, op: ExecOp, inputs: tuple[Result | None, ...], key: Digest, started: float) -> Solved:
        shop = self._workshop
        self._bring(inputs)
        step = self._run_step(op, inputs)

        def output(stream: int, data: bytes) -> None:
            shop.emit(VertexOutput(number=self._shown, stream=stream, data=data, time=shop.clock()))

        try:
            layer = step.execute(shop.sandbox(), output, self._progress, shop.cancelled)
        except MissingSourceError as error:
            raise explain_missing_source(error, op, inputs) from error
        except CommandFailedError as error:
            error.at(f"{error.tail.rstrip()}\n{self._vertex.excerpt}".lstrip("\n"))
            raise
        return self._keep(key, inputs, layer, started, step.components(), [])

    def _run_step(self, op: ExecOp, inputs: tuple[Result | None, ...]) -> RunStep:
        shop = self._workshop
        return RunStep(op, inputs, store=shop.store, layers=shop.layers, ambient_env=self._vertex.ambient_env)

    def _keep(
        self,
        key: Digest,
        inputs: tuple[Result | None, ...],
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
            step=f"{self._vertex.stage}\0{self._vertex.location}",
            layers=(layer,),
            created_at=created,
            duration_seconds=created - started,
        )
        shop.store.cache.put(record, components=components, aliases=aliases)
        shop.on_layer(self._number, layer)
        return _on_top(inputs, record)

    def _find(self, key: Digest) -> CacheRecord | None:
        """What is remembered under a key, where its layer is really there."""
        if self._vertex.ignore_cache:
            return None
        record = self._workshop.store.cache.get(key)
        if record is None or len(record.layers) != 1:
            return None
        self._workshop.lease.hold_layers(record.layers)
        return record if self._workshop.store.layers.has(record.layers[0]) else None

    def _look_up(self, key: Digest, inputs: tuple[Result | None, ...]) -> Examined[Solved]:
        record = self._find(key)
        return Examined(self._number, key, None) if record is None else self._hit(key, inputs, record)

    def _hit(self, key: Digest, inputs: tuple[Result | None, ...], record: CacheRecord) -> Examined[Solved]:
        self._workshop.on_layer(self._number, record.layers[0])
        self._workshop.emit(VertexFinished(number=self._shown, time=self._workshop.clock(), cached=True))
        return Examined(self._number, key, _on_top(inputs, record))

    def _immediate(self, result: Result) -> Examined[Solved]:
        solved = Solved(result=result, created=0.0)
        if is_shown(self._vertex):
            self._workshop.emit(VertexFinished(number=self._shown, time=self._workshop.clock(), cached=True))
        return Examined(self._number, key_of(op_components(self._vertex.op), []), solved)

    def _bring(self, inputs: tuple[Result | None, ...]) -> None:
        needed = [layer for result in inputs if isinstance(result, Snapshot) for layer in result.layers]
        self._workshop.lease.hold_layers(needed)
        self._workshop.layers.bring(needed, self._progress)

    @property
    def _progress(self) -> Progress:
        def tell(part: str, current: int, total: int | None) -> None:
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
    return not isinstance(vertex.op, ContextOp | InlineOp)


def _on_top(inputs: tuple[Result | None, ...], record: CacheRecord) -> Solved:
    parent = inputs[0] or EMPTY
    assert isinstance(parent, Snapshot)
    return Solved(result=parent.on_top(record.layers[0]), created=record.created_at)


def _inline(op: InlineOp) -> FileResult:
    entry = Entry(op.filename, EntryType.FILE, mode=op.mode, size=len(op.data), digest=Digest.of(op.data))
    return FileResult(entry=entry, data=op.data)
