"""The steps of a build as BuildKit's provenance has them: LLB operations as JSON (BuildKit, solver/pb/ops.proto).

Only what the result needs is told, inputs before what stands on them. Secrets are no part of an operation, and proxies
are none either; what else a command was given is there.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from jettison.dockerfile.git_ref import split_credentials
from jettison.dockerfile.scope import PROXY_ARGS
from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.model.document import write_document
from jettison.model.mode import ModeChanges
from jettison.model.op import (
    ContextOp,
    CopyAction,
    ExecMount,
    ExecOp,
    FileOp,
    GitOp,
    HttpOp,
    ImageOp,
    InlineOp,
    LinkOp,
    MakeDirectory,
    MergeOp,
    MountKind,
    SecretVariable,
    Sharing,
    Vertex,
)
from jettison.model.platform import Platform

_MOUNT_TYPES = {
    MountKind.BIND: 0,
    MountKind.SECRET: 1,
    MountKind.SSH: 2,
    MountKind.CACHE: 3,
    MountKind.TMPFS: 4,
}
_SHARING = {Sharing.SHARED: 0, Sharing.PRIVATE: 1, Sharing.LOCKED: 2}
_DEFAULT_AGENT = "default"
_NO_OUTPUT = -1
"""What a command writes there is not kept."""
_NETWORKS = {"default": 0, "host": 1, "none": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps of one result."""

    document: tuple[dict[str, Any], ...]
    """``llbDefinition``."""
    names: Mapping[int, str]
    """Vertex -> ``step3``."""
    digests: Mapping[Digest, str]
    """Digest of the operation with its inputs -> ``step3``."""


def reachable(vertices: Sequence[Vertex], result: int | None) -> list[int]:
    """The vertices that a result needs, inputs first, itself last."""
    order: list[int] = []
    pending = [] if result is None else [(result, False)]
    seen: set[int] = set()
    while pending:
        number, is_ready = pending.pop()
        if is_ready:
            order.append(number)
        elif number not in seen:
            seen.add(number)
            pending.append((number, True))
            pending += [(source, False) for source in reversed(vertices[number].inputs) if source is not None]
    return order


def build_steps(vertices: Sequence[Vertex], result: int | None, pins: Mapping[int, str]) -> Steps:
    """The steps that lead to ``result``, and as BuildKit has it one more that only names it.

    ``pins`` has what the name of a source meant in this build: the digest of an image.
    """
    numbers = reachable(vertices, result)
    names = {number: f"step{position}" for position, number in enumerate(numbers)}
    documents, digests = [], {}
    identities: dict[int, Digest] = {}
    for number in numbers:
        vertex = vertices[number]
        sources = [source for source in vertex.inputs if source is not None]
        operation = _operation(vertex, pins.get(number, ""))
        identities[number] = Digest.of(write_document([operation, [identities[source] for source in sources]]))
        documents.append(_step(names[number], operation, [names[source] for source in sources]))
        digests[identities[number]] = names[number]
    if result is not None:
        last = f"step{len(numbers)}"
        documents.append(_step(last, {"Op": {}}, [names[result]]))
        digests[Digest.of(write_document([{"Op": {}}, [identities[result]]]))] = last
    return Steps(document=tuple(documents), names=names, digests=digests)


def _step(name: str, operation: dict[str, Any], inputs: Sequence[str]) -> dict[str, Any]:
    step: dict[str, Any] = {"id": name, "op": operation}
    if inputs:
        step["inputs"] = [f"{source}:0" for source in inputs]
    return step


def _operation(vertex: Vertex, pin: str) -> dict[str, Any]:
    op = vertex.op
    places = _Places(vertex.inputs)
    if isinstance(op, ExecOp):
        return {"Op": {"exec": _exec(op, places)}, "platform": _platform(op.platform), "constraints": {}}
    if isinstance(op, FileOp):
        return {"Op": {"file": {"actions": _file_actions(op, places)}}, "constraints": {}}
    if isinstance(op, MergeOp):
        return {"Op": {"merge": {"inputs": [_filled({"input": number}) for number in range(places.count)]}}}
    if isinstance(op, InlineOp):
        return {"Op": {"file": {"actions": [_inline(op)]}}, "constraints": {}}
    document: dict[str, Any] = {"Op": {"source": _source(op, pin)}, "constraints": {}}
    if isinstance(op, ImageOp):
        document["platform"] = _platform(op.platform)
    return document


class _Places:
    """Where an input of ours stands among those of LLB, which has none for the empty tree."""

    def __init__(self, inputs: Sequence[int | None]) -> None:
        self._places: list[int] = []
        self.count = 0
        for source in inputs:
            self._places.append(-1 if source is None else self.count)
            self.count += source is not None

    def of(self, position: int | None) -> int:
        return -1 if position is None or position >= len(self._places) else self._places[position]


def _source(op: ImageOp | ContextOp | HttpOp | GitOp | LinkOp, pin: str) -> dict[str, Any]:
    attributes: dict[str, str] = {}
    if isinstance(op, ImageOp):
        named = op.reference.with_default_tag()
        pinned = f"@{pin}" if pin and named.digest is None else ""
        return {"identifier": f"docker-image://{named}{pinned}"}
    if isinstance(op, ContextOp):
        return {"identifier": f"local://{op.name}", "attrs": {"local.sharedkeyhint": op.name}}
    if isinstance(op, LinkOp):
        return {"identifier": f"target://{op.build}"}
    if isinstance(op, HttpOp):
        attributes = {"http.filename": op.filename, "http.checksum": op.checksum or ""}
        return _with_attributes(split_credentials(op.url)[0], attributes)
    remote = split_credentials(op.remote)[0]
    attributes = {
        "git.fullurl": remote,
        "git.checksum": op.checksum,
        "git.keepgitdir": "true" if op.keep_git_dir else "",
        "git.skipsubmodules": "" if op.submodules else "true",
    }
    fragment = ":".join(part for part in (op.ref, op.subdir) if part) if op.subdir else op.ref
    place = remote.partition("://")[2] or remote
    return _with_attributes(f"git://{place}" + (f"#{fragment}" if fragment else ""), attributes)


def _with_attributes(identifier: str, attributes: dict[str, str]) -> dict[str, Any]:
    given = {key: value for key, value in attributes.items() if value}
    return {"identifier": identifier, "attrs": given} if given else {"identifier": identifier}


def _exec(op: ExecOp, places: _Places) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "args": list(op.args),
        "env": [f"{name}={value}" for name, value in op.env if name.lower() not in PROXY_ARGS],
        "cwd": op.working_dir,
        "user": op.user,
        "extraHosts": [{"Host": host, "IP": address} for host, address in op.extra_hosts],
        "hostname": op.hostname,
        "ulimit": [{"Name": limit.name, "Soft": limit.soft, "Hard": limit.hard} for limit in op.limits],
        "cgroupParent": op.control_group_parent,
    }
    root = {"dest": "/", "input": places.of(0)}
    document = {
        "meta": _filled(meta),
        "mounts": [_filled(root), *(_mount(mount, places) for mount in sorted(op.mounts, key=_told_after))],
        "network": _NETWORKS.get(op.network, 0),
        "security": int(op.insecure),
        "secretenv": [_filled(_secret_variable(each)) for each in op.secret_env],
    }
    return _filled(document)


def _told_after(mount: ExecMount) -> tuple[int, str]:
    """BuildKit tells files first, by their places, then secrets, then agents."""
    return {MountKind.SECRET: 1, MountKind.SSH: 2}.get(mount.kind, 0), mount.target


def _secret_variable(variable: SecretVariable) -> dict[str, Any]:
    return {"ID": variable.id, "name": variable.name, "optional": not variable.required}


def _mount(mount: ExecMount, places: _Places) -> dict[str, Any]:
    document: dict[str, Any] = {
        "dest": mount.target,
        "input": places.of(mount.input),
        "selector": f"/{mount.source}" if mount.source else "",
        "readonly": mount.read_only,
        "mountType": _MOUNT_TYPES[mount.kind],
    }
    access = {"ID": mount.id, "uid": mount.uid, "gid": mount.gid, "mode": mount.mode, "optional": not mount.required}
    if mount.kind is MountKind.SECRET:
        document["secretOpt"] = _filled(access)
    elif mount.kind is MountKind.SSH:
        document["SSHOpt"] = _filled(access | {"ID": "" if mount.id == _DEFAULT_AGENT else mount.id})
    elif mount.kind is MountKind.CACHE:
        document["cacheOpt"] = _filled({"ID": mount.id, "sharing": _SHARING[mount.sharing]})
    elif mount.kind is MountKind.TMPFS and mount.size_bytes:
        document["TmpfsOpt"] = {"size": mount.size_bytes}
    if mount.kind not in (MountKind.SECRET, MountKind.SSH):
        document["output"] = _NO_OUTPUT
    return _filled(document)


def _file_actions(op: FileOp, places: _Places) -> list[dict[str, Any]]:
    """The actions of a step, each on the result of the one before it; a COPY of several sources is several."""
    actions: list[dict[str, Any]] = []
    for action in op.actions:
        if isinstance(action, MakeDirectory):
            actions.append({"Action": {"mkdir": _directory(action)}, "secondaryInput": -1})
        else:
            secondary = places.of(action.input)
            actions += [{"Action": {"copy": each}, "secondaryInput": secondary} for each in _copies(action)]
    for number, action_document in enumerate(actions):
        action_document["input"] = places.of(0) if number == 0 else places.count + number - 1
        action_document["output"] = 0 if number == len(actions) - 1 else -1
    return actions


def _copies(action: CopyAction) -> list[dict[str, Any]]:
    return [
        _filled(
            {
                "src": f"/{source}",
                "dest": action.destination,
                "owner": _owner(action.chown),
                "mode": action.mode if isinstance(action.mode, int) else -1,
                "modeStr": action.mode.text if isinstance(action.mode, ModeChanges) else "",
                "followSymlink": True,
                "dirCopyContents": True,
                "attemptUnpackDockerCompatibility": action.unpack,
                "createDestPath": True,
                "include_patterns": list(action.includes),
                "exclude_patterns": list(action.excludes),
                "allowWildcard": action.wildcards,
                "allowEmptyWildcard": action.wildcards,
                "timestamp": -1,
            }
        )
        for source in action.sources
    ]


def _directory(action: MakeDirectory) -> dict[str, Any]:
    return _filled(
        {
            "path": action.path,
            "mode": action.mode,
            "makeParents": True,
            "owner": _owner(action.owner or None),
            "timestamp": action.mtime_ns or -1,
        }
    )


def _inline(op: InlineOp) -> dict[str, Any]:
    content = base64.b64encode(op.data).decode()
    file = {"path": f"/{op.filename}", "mode": op.mode, "data": content, "timestamp": -1}
    return {"Action": {"mkfile": file}, "input": -1, "secondaryInput": -1, "output": 0}


def _owner(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    user, _, group = text.partition(":")
    return {key: _identity(value) for key, value in (("user", user), ("group", group)) if value}


def _identity(text: str) -> dict[str, Any]:
    return {"User": _filled({"byId": int(text)}) if text.isdecimal() else {"byName": {"name": text}}}


def _platform(platform: Platform) -> dict[str, Any]:
    return _filled({"Architecture": platform.architecture, "OS": platform.os, "Variant": platform.variant})


def _filled(document: dict[str, Any]) -> dict[str, Any]:
    """Without what is zero or empty, which protobuf leaves out."""
    return {key: value for key, value in document.items() if value not in (None, "", 0, [], {})}
