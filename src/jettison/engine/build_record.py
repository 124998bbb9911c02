"""What a build tells of its image afterwards, as the store keeps it beside the image, for ``why-file`` and ``squash``.

It is written with every image and therefore small: the steps that the image is made of, by the numbers of their inputs,
without their contents or arguments, and the Dockerfile as it was written, without the values of arguments.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping

from jettison.dockerfile.git_ref import shown_source
from jettison.engine.inputs import Snapshot
from jettison.engine.workshop import Solved
from jettison.frozen import replace
from jettison.hints import Any
from jettison.model.build_record import BuildRecord, RecordedMount, RecordedStep, RecordedText
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
    MountKind,
    Op,
    Vertex,
)
from jettison.solve.scheduler import needed_by

_VERSION = 2
_MAX_TEXT = 1 << 18
"""Dockerfiles are short; of a longer one only the steps are kept."""
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


def record_build(
    definition: Definition, solved: Mapping[int, Solved], contexts: Mapping[str, str], text: str, path: str
) -> BuildRecord:
    """What is to be kept of a build.

    ``contexts`` are the names that the request has for those of the graph, ``text`` and ``path`` the Dockerfile's.
    """
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
        dockerfile=_written(definition, text, path),
    )


def _written(definition: Definition, text: str, path: str) -> RecordedText | None:
    if len(text) > _MAX_TEXT:
        return None
    lines: list[int] = []
    number: int | None = definition.target
    while number is not None and number < len(definition.stages):
        stage = definition.stages[number]
        line = stage.location.rsplit(":", 2)[1:2]
        lines += [int(each) for each in line if each.isdecimal()]
        number = stage.base_stage
    return RecordedText(path=path, text=text, stages=tuple(sorted(lines)))


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
        "text": record.dockerfile,
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
                [[mount.input, mount.source, mount.target] for mount in step.mounts],
                step.digest,
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
                mounts=tuple(
                    RecordedMount(input=place, source=inside, target=target) for place, inside, target in mounts
                ),
                digest=Digest(digest[0]) if digest and digest[0] else None,
            )
            for number, kind, text, stage, location, source, inputs, layers_made, actions, mounts, *digest in document[
                "steps"
            ]
        },
        result=document["result"],
        base_name=name,
        base_layers=layers,
        base_history=history,
        kept_layers=document["kept"],
        dockerfile=_parse_text(document.get("text")),
    )


def _parse_text(document: list[Any] | None) -> RecordedText | None:
    """Records of older versions have none."""
    if document is None:
        return None
    path, text, stages = document
    return RecordedText(path=path, text=text, stages=tuple(stages))


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
        mounts=_mounts(op) if isinstance(op, ExecOp) else (),
        digest=op.image_id if isinstance(op, ImageOp) else None,
    )


def _mounts(op: ExecOp) -> tuple[RecordedMount, ...]:
    return tuple(
        RecordedMount(input=mount.input, source=mount.source, target=mount.target)
        for mount in op.mounts
        if mount.kind is MountKind.BIND and mount.input is not None
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
