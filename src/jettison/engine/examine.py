"""Examining a vertex: its cache key, and whether the result is known already.

A step is looked up by three keys, from what costs nothing to what costs a plan: by the identities of its inputs, by the
content of what it reads of them, and, when it is carried out, by the layer that it would write (its *recipe*).
Nothing here runs, downloads, or tells a display; ``solve`` and ``plan`` both ask it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from jettison.engine.file_step import FileStep
from jettison.engine.inputs import EMPTY, ContextFiles, ContextResult, FileResult, Result, Snapshot
from jettison.engine.layers import Layers
from jettison.engine.run_mounts import layers_mounted
from jettison.engine.run_step import RunStep
from jettison.frozen import dataclass, field
from jettison.layer.selection import MissingSourceError
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.op import (
    ContextOp,
    CopyAction,
    ExecOp,
    FileOp,
    GitOp,
    HttpOp,
    ImageOp,
    InlineOp,
    LinkOp,
    MergeOp,
    Op,
    Vertex,
)
from jettison.solve.keys import key_of, op_components
from jettison.sources.local import LocalContext
from jettison.store.cache import CacheRecord
from jettison.store.store import Store

Inputs = tuple[Result | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is known of a vertex before any work on it."""

    key: Digest
    result: Result | None = None
    """None: there is work to do."""
    record: CacheRecord | None = None
    """Where the result was found; None for what is its own result: images, contexts, texts."""
    components: Mapping[str, str] = field(default_factory=dict)
    """What the key was made of, where the content of inputs was looked at."""
    step: FileStep | None = None
    """The copy that was looked at and is to be carried out: what it found out need not be found out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examiner:
    """Examines the vertices of one build. Safe to use from several threads."""

    store: Store
    layers: Layers
    contexts: Mapping[str, ContextFiles]
    hold: Callable[[Sequence[Digest]], None] = lambda layers: None
    """Keeps layers from pruning; called before it is looked whether they are there."""
    may_put_off: bool = False
    """Whether files of a context that cannot be in the cache are left unread for the work itself to read, once."""

    def by_identity(self, vertex: Vertex, inputs: Inputs) -> Examination | None:
        """What can be told without a look at any file; None where :meth:`by_content` has to be asked."""
        op = vertex.op
        match op:
            case ImageOp():
                return _its_own(op, Snapshot(layers=op.diff_ids))
            case ContextOp():
                files = self.contexts[op.name]
                return _its_own(op, ContextResult(context=files) if isinstance(files, LocalContext) else files)
            case InlineOp():
                return _its_own(op, _inline(op))
            case HttpOp() | GitOp():
                return Examination(key=_op_key(op))
            case FileOp():
                key = FileStep(op, inputs, store=self.store, layers=self.layers).chain_key()
            case MergeOp():
                return _its_own(op, Snapshot(layers=tuple(layer for result in inputs for layer in _layers(result))))
            case ExecOp():
                key = RunStep(op, inputs, store=self.store, layers=self.layers).chain_key()
            case LinkOp():
                raise AssertionError("a joined graph has no links")
        record = None if key is None else self.find(vertex, key)
        return None if key is None or record is None else _known(key, inputs, record)

    def by_content(self, vertex: Vertex, inputs: Inputs, begun: FileStep | None = None) -> Examination:
        """What the content of the inputs tells; the layers that :func:`layers_read` names are on this machine.

        ``begun`` is the copy, where somebody began with it already.

        Raises :class:`MissingSourceError` where nothing is found that a copy asks for.
        """
        op = vertex.op
        try:
            step: FileStep | None
            if isinstance(op, FileOp):
                step = begun or FileStep(op, inputs, store=self.store, layers=self.layers)
                shape = step.shape_key() if self.may_put_off and not step.is_read() else None
                if shape is not None and (vertex.ignore_cache or self.store.cache.get(shape) is None):
                    return Examination(key=step.provisional_key(shape), step=step)
                components = step.components()
            else:
                assert isinstance(op, ExecOp)
                step = None
                components = RunStep(op, inputs, store=self.store, layers=self.layers).components()
        except MissingSourceError as error:
            assert isinstance(op, FileOp | ExecOp)
            from jettison.engine.missing import explain_missing_source

            raise explain_missing_source(error, op, inputs, self.store, self.layers) from error
        key = key_of(components, [])
        record = self.find(vertex, key)
        if record is None:
            return Examination(key=key, components=components, step=step)
        return _known(key, inputs, record, components)

    def find(self, vertex: Vertex, key: Digest) -> CacheRecord | None:
        """What is remembered under a key, where its layer is really there."""
        if vertex.ignore_cache:
            return None
        record = self.store.cache.get(key)
        if record is None or len(record.layers) != 1:
            return None
        self.hold(record.layers)
        return record if self.store.layers.has(record.layers[0]) else None

    def is_origin_known(self, origin: str) -> bool:
        """Whether anything is remembered of a build from that folder."""
        return self.store.cache.has_steps(f"{origin}\0", f"{origin}\1")

    def was_done(self, vertex: Vertex) -> bool:
        """Whether anything is remembered of the step, whatever it was done with."""
        return not vertex.ignore_cache and self.store.cache.latest(self.step_identity(vertex)) is not None

    def step_identity(self, vertex: Vertex) -> str:
        """What makes a vertex the same step in another build: the folder it is built from and its place there."""
        return f"{vertex.origin}\0{vertex.stage}\0{vertex.location}"


def layers_read(op: Op, inputs: Inputs) -> tuple[Digest, ...]:
    """The layers whose files :meth:`Examiner.by_content` looks at: those that a copy or a mount takes files from."""
    if isinstance(op, ExecOp):
        return layers_mounted(op, inputs)
    if not isinstance(op, FileOp):
        return ()
    sources = [inputs[action.input] for action in op.actions if isinstance(action, CopyAction)]
    return tuple(dict.fromkeys(layer for result in sources if isinstance(result, Snapshot) for layer in result.layers))


def _layers(result: Result | None) -> tuple[Digest, ...]:
    return result.layers if isinstance(result, Snapshot) else ()


def on_top(inputs: Inputs, record: CacheRecord) -> Snapshot:
    """The result of a step that put the record's layer on its first input."""
    parent = inputs[0] or EMPTY
    assert isinstance(parent, Snapshot)
    return parent.on_top(record.layers[0])


def _its_own(op: Op, result: Result) -> Examination:
    return Examination(key=_op_key(op), result=result)


def _known(
    key: Digest, inputs: Inputs, record: CacheRecord, components: Mapping[str, str] | None = None
) -> Examination:
    return Examination(key=key, result=on_top(inputs, record), record=record, components=components or {})


def _op_key(op: Op) -> Digest:
    return key_of(op_components(op), [])


def _inline(op: InlineOp) -> FileResult:
    entry = Entry(op.filename, EntryType.FILE, mode=op.mode, size=len(op.data), digest=Digest.of(op.data))
    return FileResult(entry=entry, data=op.data)
