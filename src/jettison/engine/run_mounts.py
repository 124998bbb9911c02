"""The mounts of a RUN, made for the sandbox: what is to be seen where, with all that has to be there for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from jettison.engine.credentials import Credentials
from jettison.engine.inputs import EMPTY, Result, Snapshot, files_of
from jettison.engine.layers import Layers, Progress
from jettison.engine.roots import Roots
from jettison.layer.selection import MissingSourceError, select
from jettison.model.digest import Digest
from jettison.model.entry import EntryType, parse_image_path
from jettison.model.op import ExecMount, ExecOp, MountKind
from jettison.model.tree import ROOT
from jettison.sandbox import types as box
from jettison.solve.keys import selection_digest
from jettison.store.store import Store


class StepMounts:
    """Makes the mounts of one step. ``area`` is a folder of its own; ``stack`` holds what must last as long."""

    def __init__(
        self,
        inputs: Sequence[Result | None],
        *,
        store: Store,
        layers: Layers,
        credentials: Credentials,
        area: Path,
        stack: ExitStack,
        progress: Progress,
        cancelled: threading.Event,
    ) -> None:
        self._inputs = inputs
        self._store = store
        self._layers = layers
        self._credentials = credentials
        self._area = area
        self._stack = stack
        self._progress = progress
        self._cancelled = cancelled

    def make(self, mounts: Sequence[ExecMount]) -> list[box.MountSpec]:
        """The mounts in their order, but for secrets and agents that nobody gave and nobody requires."""
        made = (self._make(mount) for mount in mounts)
        return [mount for mount in made if mount is not None]

    def _make(self, mount: ExecMount) -> box.MountSpec | None:
        target = parse_image_path(mount.target)
        match mount.kind:
            case MountKind.TMPFS:
                return box.MountSpec(
                    kind=box.MountKind.TMPFS,
                    target=target,
                    size_bytes=mount.size_bytes or 0,
                    read_only=mount.read_only,
                )
            case MountKind.CACHE:
                return self._cache(mount, target)
            case MountKind.SECRET:
                return self._secret(mount, target)
            case MountKind.SSH:
                return self._agent(mount, target)
            case MountKind.BIND:
                return self._bind(mount, target)

    def _bind(self, mount: ExecMount, target: str) -> box.MountSpec:
        result = self._input(mount)
        if result is None or isinstance(result, Snapshot):
            layers = Roots(self._store, self._layers).stack((result or EMPTY).layers, self._progress)
            upper = None if mount.read_only else self._folder("upper")
            work = None if mount.read_only else self._folder("work")
            root = box.RootSpec(layers=layers or (self._folder("empty"),), upper=upper, work=work)
            return box.MountSpec(
                kind=box.MountKind.ROOT, target=target, root=root, root_path=mount.source, read_only=mount.read_only
            )
        source = self._write_files(result, mount.source, self._folder("bind"))
        return box.MountSpec(kind=box.MountKind.BIND, target=target, source=source, read_only=mount.read_only)

    def _cache(self, mount: ExecMount, target: str) -> box.MountSpec:
        def prepare(folder: Path) -> None:
            mode, uid, gid = 0o755, 0, 0
            if not mount.source:
                mode = mode if mount.mode is None else mount.mode
                uid, gid = mount.uid or 0, mount.gid or 0
            if mount.input is not None and not _is_made_new(mount):
                self._fill(mount, folder)
            else:
                folder.chmod(mode)
                os.chown(folder, uid, gid)

        held = self._stack.enter_context(
            self._store.mounts.cache_mount(
                self._cache_name(mount), mount.sharing, prepare=prepare, cancelled=self._cancelled
            )
        )
        return box.MountSpec(kind=box.MountKind.BIND, target=target, source=held.path, read_only=mount.read_only)

    def _cache_name(self, mount: ExecMount) -> str:
        """What tells a cache apart from others: its id, and as with BuildKit what it began as."""
        began = []
        if mount.input is not None:
            result = self._input(mount)
            if result is None or isinstance(result, Snapshot):
                identity: str = (result or EMPTY).chain_id
            else:
                identity = content_identity(result, mount.source, self._store, self._layers)
            began.append(f"from {identity}:/{mount.source}")
        if _is_made_new(mount):
            mode = 0o755 if mount.mode is None else mount.mode
            began.append(f"owner {mount.uid or 0}:{mount.gid or 0} mode {mode:04o}")
        return f"{mount.id} ({', '.join(began)})" if began else mount.id

    def _fill(self, mount: ExecMount, folder: Path) -> None:
        """Begin a cache with the files of its source, whose own owner and mode are those of the cache."""
        result = self._input(mount)
        self._write_files(result, mount.source, folder)
        tree = files_of(result, self._store, self._layers).tree
        top = tree.get(tree.resolve(mount.source)) or ROOT
        if top.type is EntryType.DIRECTORY:
            os.chown(folder, top.uid, top.gid)
            folder.chmod(top.mode)

    def _secret(self, mount: ExecMount, target: str) -> box.MountSpec | None:
        data = self._credentials.secret(mount.id, required=mount.required, cancelled=self._cancelled)
        if data is None:
            return None
        return box.MountSpec(
            kind=box.MountKind.FILE,
            target=target,
            content=data,
            mode=mount.mode,
            uid=mount.uid or 0,
            gid=mount.gid or 0,
            read_only=True,
        )

    def _agent(self, mount: ExecMount, target: str) -> box.MountSpec | None:
        upstream = self._credentials.agent(mount.id, required=mount.required)
        if upstream is None:
            return None
        assert mount.mode is not None
        from jettison.sources.ssh_agent import forwarding

        forwarded = forwarding(upstream, self._folder("agent"), uid=mount.uid or 0, gid=mount.gid or 0, mode=mount.mode)
        path = self._stack.enter_context(forwarded)
        return box.MountSpec(kind=box.MountKind.BIND, target=target, source=path)

    def _input(self, mount: ExecMount) -> Result | None:
        return None if mount.input is None else self._inputs[mount.input]

    def _write_files(self, result: Result | None, source: str, folder: Path) -> Path:
        """Make what is mounted as files of its own: a command must not change the user's. Returns where it is."""
        files = files_of(result, self._store, self._layers)
        path = files.tree.resolve(source)
        entry = files.tree.get(path)
        if entry is None:
            raise MissingSourceError(source)
        from jettison.rootfs.flatten import write_directory

        write_directory(files.tree, path, folder, files.open)
        return folder if entry.type is EntryType.DIRECTORY else folder / entry.name

    def _folder(self, name: str) -> Path:
        path = self._area / f"{name}-{len(os.listdir(self._area))}"
        path.mkdir(mode=0o755)
        return path


def content_identity(result: Result | None, source: str, store: Store, layers: Layers) -> str:
    """What stands in a key for files that are mounted: all of a root by its chain, else the files themselves."""
    if not source and (result is None or isinstance(result, Snapshot)):
        return (result or EMPTY).chain_id
    files = files_of(result, store, layers)
    return selection_digest(files.fingerprint(select(files.tree, files.tree.resolve(source))))


def layers_mounted(op: ExecOp, inputs: Sequence[Result | None]) -> tuple[Digest, ...]:
    """The layers of which a mount shows a part, so that what it shows is known by its files and not by its chain."""
    mounted = [inputs[mount.input] for mount in op.mounts if mount.input is not None and mount.source]
    return tuple(dict.fromkeys(layer for result in mounted if isinstance(result, Snapshot) for layer in result.layers))


def _is_made_new(mount: ExecMount) -> bool:
    """Whether a cache is an empty folder with an owner and a mode, whatever ``from`` has: so BuildKit reads these."""
    return not mount.source and not (mount.mode is mount.uid is mount.gid is None)
