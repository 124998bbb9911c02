"""From our values to the launcher's documents (``wire``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jettison.errors import SandboxError
from jettison.hints import TYPE_CHECKING
from jettison.sandbox.defaults import LIMITS
from jettison.sandbox.machine import held_capabilities, machine_devices
from jettison.sandbox.types import CommandSpec, MountedLayer, MountKind, MountSpec, RootSpec

if TYPE_CHECKING:
    from jettison.sandbox.wire import WireCommand, WireMount, WireRequest, WireRoot, WireRuntime

_DEFAULT_MODES = {MountKind.TMPFS: 0o1777, MountKind.FILE: 0o644}


def request_document(
    root: RootSpec, mounts: Sequence[MountSpec], command: CommandSpec, runtime: WireRuntime | None = None
) -> WireRequest:
    """The one document that describes a command to the launcher."""
    return {
        "root": _root(root),
        "mounts": [_mount(mount) for mount in mounts],
        "command": _command(command),
        "runtime": runtime,
    }


def _root(root: RootSpec) -> WireRoot:
    return {
        "layers": [_layer(layer) for layer in root.layers],
        "upper": _absolute(root.upper) if root.upper is not None else None,
        "work": _absolute(root.work) if root.work is not None else None,
        "once": root.once,
    }


def _layer(layer: Path | MountedLayer) -> list[str]:
    if isinstance(layer, Path):
        return [_absolute(layer)]
    return [_absolute(layer.image), _absolute(layer.tar)]


def _mount(mount: MountSpec) -> WireMount:
    return {
        "kind": mount.kind.value,
        "target": mount.target,
        "read_only": mount.read_only,
        "source": _absolute(mount.source) if mount.source is not None else "",
        "content": mount.content.decode("latin-1"),
        "root": _root(mount.root) if mount.root is not None else None,
        "root_path": mount.root_path,
        "mode": _DEFAULT_MODES.get(mount.kind, 0) if mount.mode is None else mount.mode,
        "uid": mount.uid,
        "gid": mount.gid,
        "size_bytes": mount.size_bytes,
    }


def _command(command: CommandSpec) -> WireCommand:
    if not command.args:
        raise SandboxError("cannot run the command: it is empty")
    texts = [(repr(text), text) for text in command.args]
    texts += [(f"the variable {name!r}", name + value) for name, value in command.env]
    for name, text in texts:
        if "\0" in text:
            raise SandboxError(f"cannot run the command: {name} holds a NUL byte, which no program can be given")
    return {
        "args": list(command.args),
        "env": [[name, value] for name, value in command.env],
        "working_dir": command.working_dir,
        "uid": command.uid,
        "gid": command.gid,
        "groups": list(command.groups),
        "hostname": command.hostname,
        "terminal": command.terminal,
        "terminal_size": list(command.terminal_size),
        "read_only_root": command.read_only_root,
        "capabilities": list(held_capabilities() if command.insecure else command.capabilities),
        "insecure": command.insecure,
        "devices": [list(device) for device in machine_devices()] if command.insecure else [],
        "network": command.network.value,
        "shm_size_bytes": command.shm_size_bytes,
        "limits": [[LIMITS.index(name), soft, hard] for name, soft, hard in command.limits],
    }


def _absolute(path: Path) -> str:
    return os.fspath(path.absolute())
