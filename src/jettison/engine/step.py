"""One vertex of a solve at work: looked up, done, and told to the display."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from jettison.engine.command import CommandFailedError
from jettison.engine.examine import Inputs, layers_read, on_top
from jettison.engine.file_step import FileStep
from jettison.engine.head_start import HeadStart
from jettison.engine.images_ahead import ImagesAhead
from jettison.engine.inputs import EMPTY, ContextResult, Snapshot
from jettison.engine.layers import Progress
from jettison.engine.run_step import Above, RunStep
from jettison.engine.workshop import Solved, Workshop
from jettison.errors import CancelledError, JettisonError, StorageError
from jettison.layer.selection import MissingSourceError
from jettison.model.digest import Digest
from jettison.model.op import ContextOp, ExecOp, FileOp, GitOp, HttpOp, InlineOp, MergeOp, Op, Vertex
from jettison.solve.events import Notice, SpanKind, VertexFinished, VertexOutput, VertexProgress, VertexStarted
from jettison.solve.keys import key_of
from jettison.solve.scheduler import Examine, Examined, Execute, Executed
from jettison.store.cache import CacheRecord
from jettison.store.locking import FileLock

_PROGRESS_SECONDS = 0.1
"""A part's progress is told no more often than this."""

_QUIET_SECONDS = 0.5
"""What takes less time is not told at all."""


class Step:
    """One vertex at work."""

    def __init__(self, vertex: Vertex, number: int, workshop: Workshop, beside: Inputs = ()) -> None:
        """``beside`` are the inputs but the first, where the step may have a head start."""
        self._vertex = vertex
        self._beside = beside
        self.head_start: HeadStart | None = None
        """Of this step itself."""
        self.followers: Sequence[HeadStart] = ()
        """Of steps whose commands may run on what the command of this one leaves."""
        self._number = number
        self._shown = workshop.first_number + number
        self._workshop = workshop
        self._told: dict[str, float] = {}
        """When the progress of a part may be told next."""
        self._shown_parts: set[str] = set()
        self._leftovers = ExitStack()
        self._reserved: FileLock | None = None
        """The lock of the step's key, where it was taken early."""
        self._started: float | None = None

    def span(self) -> AbstractContextManager[object]:
        """Measures the step as a whole."""
        return self._spans(SpanKind.STEP, self._vertex.name)

    def tidy(self) -> None:
        """Remove what the step no longer needs, while others go on with its result."""
        if self._reserved is not None:
            self._reserved.release()
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
            with ExitStack() as unneeded:
                begun = self._begin(inputs)
                if begun is not None:
                    unneeded.callback(begun.close)
                self._walk(inputs)
                with self._spans(SpanKind.CACHE):
                    found = shop.examiner.by_content(vertex, inputs, begun)
                if found.result is None:
                    unneeded.pop_all()
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
        started = self._tell_start()
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
            with self._lock_of(command.key):
                solved = self._solve(op, _results(command.inputs), command.key, started)
        shop.emit(VertexFinished(number=self._shown, time=shop.clock(), cached=solved.cached))
        return Executed(self._number, solved)

    def run_early(self, below: Snapshot, above: Above, cancelled: threading.Event) -> Path | None:
        """Run the command of the step on what the one below it left. Returns None, and did nothing, where that must
        become a layer first.
        """
        op, inputs = self._vertex.op, (below, *self._beside)
        assert isinstance(op, ExecOp)
        with self.span():
            self._bring(_layers_of(inputs))
            return self._run_command(self._run_step(op, inputs), op, inputs, cancelled, above)

    def reserve(self, root: Snapshot) -> bool:
        """Take the lock of the step's key before its turn comes; whether it is free."""
        op, shop = self._vertex.op, self._workshop
        assert isinstance(op, ExecOp)
        if self._vertex.ignore_cache:
            return True
        key = key_of(self._run_step(op, (root, *self._beside)).components(), [])
        self._reserved = shop.store.try_lock(_lock_name(key))
        return self._reserved is not None

    def tell_cancelled(self) -> None:
        """The display is told that the step ends with no result, where it was told that it began."""
        if self._started is not None:
            shop = self._workshop
            shop.emit(VertexFinished(number=self._shown, time=shop.clock(), cancelled=True))

    @contextmanager
    def _lock_of(self, key: Digest) -> Iterator[None]:
        """Hold the lock by which a step is done once; :meth:`reserve` may have taken it."""
        shop = self._workshop
        reserved, self._reserved = self._reserved, None
        with shop.store.lock(_lock_name(key), cancelled=shop.cancelled) if reserved is None else reserved:
            yield

    def _tell_start(self) -> float:
        """When the step began, told to the display the first time."""
        if self._started is None:
            shop = self._workshop
            self._started = shop.clock()
            shop.emit(VertexStarted(number=self._shown, time=self._started))
        return self._started

    def _solve(self, op: Op, inputs: Inputs, key: Digest, started: float) -> Solved:
        """Do the work, with the step's lock held."""
        shop = self._workshop
        record = shop.examiner.find(self._vertex, key)
        if record is not None:
            if self._number in shop.examined:
                shop.examined.pop(self._number).close()
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
            index = step.finish_ahead(self.progress)
            if index is None:
                layer, recipe = self._plan_and_write(step)
            else:
                layer, recipe = index.diff_id, step.recipe(index.entries)
            components = step.components()
        finally:
            step.close()
        for warning in step.warnings:
            shop.emit(Notice(message=warning, location=self._vertex.location, time=shop.clock()))
        aliases = [key for key in (recipe, step.chain_key(), step.shape_key()) if key is not None]
        return self._keep(key_of(components, []), inputs, layer, started, components, aliases)

    def _plan_and_write(self, step: FileStep) -> tuple[Digest, Digest]:
        """The layer, which may turn out to be there already, and its recipe."""
        shop = self._workshop
        with self._spans(SpanKind.PACK):
            step.prepare(self._previous_layer())
        planned = step.plan()
        if step.is_read():
            with self._spans(SpanKind.CACHE):
                planned = step.with_digests(planned)
                recipe = step.recipe(item.entry for item in planned)
                record = shop.examiner.find(self._vertex, recipe)
            if record is not None:
                return record.layers[0], recipe
        index = step.write(planned, self.progress, lambda tar: shop.on_tar(self._number, tar))
        return index.diff_id, step.recipe(index.entries)

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
        self._bring(_layers_of(inputs), _root(inputs).layers)
        step = self._run_step(op, inputs)
        upper = None if self.head_start is None else self.head_start.result()
        if upper is None:
            self._check_runnable(op, inputs)
            upper = self._run_command(step, op, inputs, shop.cancelled)
        assert upper is not None
        for follower in self.followers:
            follower.begin(_root(inputs), upper)
            self._leftovers.callback(follower.wait_ended)
        layer = step.pack(upper, partial(shop.on_tar, self._number))
        for follower in self.followers:
            follower.wait_held()
        step.adopt(layer, upper)
        chain_key = step.chain_key()
        aliases = [] if chain_key is None else [chain_key]
        solved = self._keep(key, inputs, layer, started, shop.components[self._number], aliases)
        for follower in self.followers:
            follower.reserve(_root(inputs).on_top(layer))
        return solved

    def _run_command(
        self, step: RunStep, op: ExecOp, inputs: Inputs, cancelled: threading.Event, above: Above | None = None
    ) -> Path | None:
        """See :meth:`RunStep.run`."""
        shop = self._workshop
        users = step.users(above)
        if users is None:
            return None
        self._tell_start()

        def output(stream: int, data: bytes) -> None:
            shop.emit(VertexOutput(number=self._shown, stream=stream, data=data, time=shop.clock()))

        credentials = shop.credentials[self._number]
        try:
            return step.run(
                shop.sandbox(), users, output, self.progress, cancelled, credentials, self._leftovers, above
            )
        except MissingSourceError as error:
            from jettison.engine.missing import explain_missing_source

            raise explain_missing_source(error, op, inputs, shop.store, shop.layers) from error
        except CommandFailedError as error:
            error.at(f"{error.tail.rstrip()}\n{self._vertex.excerpt}".lstrip("\n"))
            raise

    def _check_runnable(self, op: ExecOp, inputs: Inputs) -> None:
        native = self._workshop.platform
        if (op.platform.os, op.platform.architecture) == (native.os, native.architecture):
            return
        from jettison.sandbox.emulation import check_runnable

        files = self._workshop.layers.merged(_root(inputs).layers)
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

    def _begin(self, inputs: Inputs) -> FileStep | None:
        """A copy that cannot have been done before, begun while its context is walked."""
        shop, vertex, op = self._workshop, self._vertex, self._vertex.op
        if not isinstance(op, FileOp) or len(shop.equal[op]) > 1:
            return None
        if not vertex.ignore_cache and vertex.origin not in shop.first_builds:
            return None
        step = FileStep(op, inputs, store=shop.store, layers=shop.layers)
        step.pack_ahead(lambda tar: shop.on_tar(self._number, tar))
        return step

    def _walk(self, inputs: Inputs) -> None:
        """Have the build contexts walked now, which they are at the first use, so that it is told as such."""
        for result in inputs:
            if isinstance(result, ContextResult):
                with self._spans(SpanKind.CONTEXT, str(result.context.root)):
                    _tree = result.context.tree

    def _bring(self, needed: Sequence[Digest], root: tuple[Digest, ...] = ()) -> None:
        """Have the layers on this machine, and those of a root soon ready to be mounted."""
        self._workshop.lease.hold_layers(needed)
        with ImagesAhead(self._workshop.layers, root) as ahead:
            self._workshop.layers.bring(needed, self.progress, ahead.begin)

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


def _root(inputs: Inputs) -> Snapshot:
    """What a command stands on."""
    root = inputs[0] or EMPTY
    assert isinstance(root, Snapshot)
    return root


def _lock_name(key: Digest) -> str:
    """The name of the lock by which a step is done once."""
    return f"step {key}"


def _results(solved: Sequence[Solved | None]) -> Inputs:
    return tuple(None if one is None else one.result for one in solved)


def _layers_of(inputs: Inputs) -> list[Digest]:
    return [layer for result in inputs if isinstance(result, Snapshot) for layer in result.layers]


def _solved(inputs: Inputs, record: CacheRecord, *, cached: bool) -> Solved:
    return Solved(result=on_top(inputs, record), created=record.created_at, cached=cached)
