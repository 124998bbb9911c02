"""What a build tells of its image afterwards: which step made which layer, and where the steps took their files from.

The store keeps it beside the image, for ``why-file`` and ``squash``. It is written with every image and therefore
small: the steps that the image is made of, by the numbers of their inputs, without their contents or arguments.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from jettison.dockerfile.git_ref import shown_source
from jettison.engine.inputs import Snapshot
from jettison.engine.solve import Solved
from jettison.frozen import dataclass, replace
from jettison.model.definition import Definition
from jettison.model.digest import Digest
from jettison.model.op import (
    ContextOp,
    CopyAction,
    ExecOp,
    FileOp,
    GitOp,
    HttpOp,
    ImageOp,
    InlineOp,
    MakeDirectory,
    MergeOp,
    Op,
    Vertex,
)
from jettison.solve.scheduler import needed_by

_VERSION = 1
_KINDS: dict[type[Op], str] = {
    ImageOp: "image",
    ContextOp: "context",
    HttpOp: "url",
    GitOp: "git",
    InlineOp: "heredoc",
    ExecOp: "run",
    FileOp: "files",
    MergeOp: "merge",
}
_COPIED = ("input", "sources", "destination", "wildcards", "includes", "excludes", "unpack")
"""What of a copy decides which file becomes which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One step of a build that is over."""

    kind: str
    """image, context, url, git, heredoc, run, files, merge."""
    name: str
    """As it was displayed: ``[builder 2/5] RUN make``."""
    stage: str
    location: str
    """``path:line:column``; empty where no instruction stands behind it."""
    source: str
    """What it fetches or names: an image, a context, a URL, a repository."""
    inputs: tuple[int | None, ...]
    layers: tuple[Digest, ...]
    """Of an image all, of any other step the one that it put on top."""
    actions: tuple[CopyAction | MakeDirectory, ...] = ()

    @property
    def instruction(self) -> str:
        """The instruction without the place in its stage that the display puts before it."""
        return self.name.partition("] ")[2] if self.name.startswith("[") else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecord:
    """The steps of one image."""

    steps: Mapping[int, RecordedStep]
    result: int | None
    base_name: str
    """Empty: ``scratch``."""
    base_layers: int
    base_history: int
    """How many entries of the image's history are the base's."""
    kept_layers: int | None = None
    """Of an image that was squashed: how many of its layers are still those of the steps."""

    def stack(self, number: int | None) -> tuple[tuple[RecordedStep, Digest], ...]:
        """Each layer that a step's result consists of, lowest first, with the step that made it."""
        pending, found = [number], list[tuple[RecordedStep, Digest]]()
        while pending:
            current = pending.pop()
            step = None if current is None else self.steps.get(current)
            if step is None:
                continue
            found += [(step, layer) for layer in reversed(step.layers)]
            if step.kind == "merge":
                pending += step.inputs
            elif step.inputs:
                pending.append(step.inputs[0])
        return tuple(reversed(found))


def record_build(definition: Definition, solved: Mapping[int, Solved], contexts: Mapping[str, str]) -> BuildRecord:
    """What is to be kept of a build; ``contexts`` are the names that the request has for those of the graph."""
    vertices = definition.vertices
    numbers = needed_by(vertices, () if definition.result is None else (definition.result,))
    told = len(definition.base.history)
    missing = len(definition.base.diff_ids) - sum(not entry.empty_layer for entry in definition.base.history)
    return BuildRecord(
        steps={number: _recorded(vertices[number], solved[number], contexts) for number in sorted(numbers)},
        result=definition.result,
        base_name=_base_name(vertices, definition.result),
        base_layers=len(definition.base.diff_ids),
        base_history=told + max(missing, 0),
    )


def squashed(record: BuildRecord, kept_layers: int) -> BuildRecord:
    """The record of the image that was made by squashing all but the lowest layers."""
    before = record.kept_layers
    return replace(record, kept_layers=kept_layers if before is None else min(before, kept_layers))


def write_build_record(record: BuildRecord) -> bytes:
    """The record as bytes."""
    document = {
        "version": _VERSION,
        "result": record.result,
        "base": [record.base_name, record.base_layers, record.base_history],
        "kept": record.kept_layers,
        "steps": [
            [
                number,
                step.kind,
                step.name,
                step.stage,
                step.location,
                step.source,
                step.inputs,
                step.layers,
                [_action_document(action) for action in step.actions],
            ]
            for number, step in record.steps.items()
        ],
    }
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode("ascii"), 1)


def parse_build_record(data: bytes) -> BuildRecord | None:
    """The record; None for one of another version."""
    document = json.loads(zlib.decompress(data))
    if document["version"] != _VERSION:
        return None
    name, layers, history = document["base"]
    return BuildRecord(
        steps={
            number: RecordedStep(
                kind=kind,
                name=text,
                stage=stage,
                location=location,
                source=source,
                inputs=tuple(inputs),
                layers=tuple(Digest(layer) for layer in layers_made),
                actions=tuple(_parse_action(action) for action in actions),
            )
            for number, kind, text, stage, location, source, inputs, layers_made, actions in document["steps"]
        },
        result=document["result"],
        base_name=name,
        base_layers=layers,
        base_history=history,
        kept_layers=document["kept"],
    )


def _recorded(vertex: Vertex, solved: Solved, contexts: Mapping[str, str]) -> RecordedStep:
    op, layers = vertex.op, tuple[Digest, ...]()
    if isinstance(op, ImageOp):
        layers = op.diff_ids
    elif isinstance(op, ExecOp | FileOp | GitOp) and isinstance(solved.result, Snapshot):
        layers = solved.result.layers[-1:]
    return RecordedStep(
        kind=_KINDS[type(op)],
        name=vertex.name,
        stage=vertex.stage,
        location=vertex.location,
        source=_source(vertex, contexts),
        inputs=vertex.inputs,
        layers=layers,
        actions=op.actions if isinstance(op, FileOp) else (),
    )


def _source(vertex: Vertex, contexts: Mapping[str, str]) -> str:
    match vertex.op:
        case ImageOp(reference=reference):
            return reference.familiar()
        case ContextOp(name=name):
            return contexts.get(name, name)
        case HttpOp() | GitOp():
            return shown_source(vertex.op)
    return ""


def _base_name(vertices: tuple[Vertex, ...], result: int | None) -> str:
    number = result
    while number is not None:
        vertex = vertices[number]
        if isinstance(vertex.op, ImageOp):
            return vertex.op.reference.familiar()
        number = vertex.inputs[0] if vertex.inputs else None
    return ""


def _action_document(action: CopyAction | MakeDirectory) -> dict[str, Any]:
    if isinstance(action, MakeDirectory):
        return {"path": action.path}
    return {name: getattr(action, name) for name in _COPIED}


def _parse_action(document: dict[str, Any]) -> CopyAction | MakeDirectory:
    if "path" in document:
        return MakeDirectory(path=document["path"])
    lists = {name: tuple(document[name]) for name in ("sources", "includes", "excludes")}
    return CopyAction(**(document | lists))
