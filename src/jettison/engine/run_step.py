"""RUN: a command in a root file system of its own; the upper directory that it leaves becomes a layer."""

from __future__ import annotations

import os
import posixpath
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from jettison.engine.file_step import read_users
from jettison.engine.inputs import EMPTY, Result, Snapshot, files_of
from jettison.engine.layers import LayerFiles, Layers, Progress
from jettison.errors import BuildError, CancelledError
from jettison.layer.plan import MissingSourceError, select
from jettison.model.digest import Digest
from jettison.model.entry import EntryType, parse_image_path
from jettison.model.op import ExecMount, ExecOp, MountKind
from jettison.model.tree import ROOT
from jettison.rootfs.flatten import write_directory
from jettison.rootfs.pack import pack_upper
from jettison.sandbox import types as box
from jettison.sandbox.interface import Process, Sandbox
from jettison.solve.keys import op_components, selection_digest
from jettison.store.store import Store

Output = Callable[[int, bytes], None]
"""Called with 1 (standard output) or 2 (standard error) and what was written."""

_READ_BYTES = 1 << 16
_LOOK_SECONDS = 0.1
"""How often a running command is asked whether it is still wanted."""

_TAIL_LINES = 20
_MAX_TAIL_LINE_BYTES = 1 << 12


class CommandFailedError(BuildError):
    """A RUN that ended with another status than 0."""

    def __init__(self, command: str, status: int, tail: str) -> None:
        meaning = {126: " (cannot be executed)", 127: " (command not found)", 137: " (killed: out of memory?)"}
        super().__init__(
            f"process {command!r} did not complete successfully: exit code: {status}{meaning.get(status, '')}"
        )
        self.status = status
        self.tail = tail
        """The last lines that the command wrote."""


class RunStep:
    """One vertex with an :class:`ExecOp`, bound to its inputs."""

    def __init__(
        self,
        op: ExecOp,
        inputs: Sequence[Result | None],
        *,
        store: Store,
        layers: Layers,
        ambient_env: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._op = op
        self._ambient_env = ambient_env
        self._inputs = inputs
        self._store = store
        self._layers = layers
        parent = inputs[0] or EMPTY
        assert isinstance(parent, Snapshot)
        self._parent = parent

    def components(self) -> dict[str, str]:
        """What the command may read: the root by its chain, mounted files by what is mounted of them."""
        components = {**op_components(self._op), "root file system": self._parent.chain_id}
        for mount in self._op.mounts:
            if mount.input is None:
                continue
            result = self._inputs[mount.input]
            if isinstance(result, Snapshot) or result is None:
                components[f"files mounted at {mount.target}"] = (result or EMPTY).chain_id
            else:
                files = files_of(result, self._store, self._layers)
                selected = files.fingerprint(select(files.tree, mount.source))
                components[f"files mounted at {mount.target}"] = selection_digest(selected)
        return components

    def execute(self, sandbox: Sandbox, output: Output, progress: Progress, cancelled: threading.Event) -> Digest:
        """Run the command and keep what it changed; returns the new layer's diff_id.

        Raises :class:`CommandFailedError`, or :class:`CancelledError` when ``cancelled`` was set.
        """
        with ExitStack() as stack:
            work_area = stack.enter_context(self._store.temporary_directory())
            upper = stack.enter_context(self._store.layers.new_tree_directory())
            self._prepare_root(upper)
            root = box.RootSpec(
                layers=self._layers.trees(self._parent.layers, progress), upper=upper, work=_folder(work_area, "work")
            )
            mounts = [self._mount(mount, work_area, stack, progress, cancelled) for mount in self._op.mounts]
            status, tail = _watch(
                lambda out, err: sandbox.start(root, mounts, self._command(), stdout=out, stderr=err), output, cancelled
            )
            if cancelled.is_set():
                raise CancelledError("cancelled")
            if status:
                raise CommandFailedError(" ".join(self._op.args), status, tail)
            return self._keep(upper)

    def _prepare_root(self, upper: Path) -> None:
        """Give the upper directory what the root below has: its own metadata are those of ``/``."""
        root = self._layers.merged(self._parent.layers).get("") or ROOT
        os.chown(upper, root.uid, root.gid)
        upper.chmod(root.mode)

    def _keep(self, upper: Path) -> Digest:
        with self._store.blobs.writer(hashed=False) as tar:
            index = pack_upper(upper, tar.write, lower=self._layers.merged(self._parent.layers))
            tar.commit(index.diff_id)
        self._layers.add(index)
        self._store.layers.adopt_tree(index.diff_id, upper)
        return index.diff_id

    def _command(self) -> box.CommandSpec:
        files = LayerFiles(self._layers, self._parent.layers)
        user = read_users(files).resolve_user(self._op.user)
        network = box.Network.NONE if self._op.network == "none" else box.Network.HOST
        return box.CommandSpec(
            args=self._op.args,
            env=tuple((dict(self._ambient_env) | dict(self._op.env)).items()),
            working_dir=parse_image_path(self._op.working_dir),
            uid=user.uid,
            gid=user.gid,
            groups=user.groups,
            network=network,
            extra_hosts=self._op.extra_hosts,
        )

    def _mount(
        self, mount: ExecMount, area: Path, stack: ExitStack, progress: Progress, cancelled: threading.Event
    ) -> box.MountSpec:
        target = parse_image_path(posixpath.join(self._op.working_dir, mount.target))
        if mount.kind is MountKind.TMPFS:
            return box.MountSpec(kind=box.MountKind.TMPFS, target=target, size_bytes=mount.size_bytes or 0)
        if mount.kind is MountKind.CACHE:
            return self._cache_mount(mount, target, stack, progress, cancelled)
        result = self._inputs[mount.input] if mount.input is not None else None
        if result is None or isinstance(result, Snapshot):
            layers = self._layers.trees((result or EMPTY).layers, progress)
            upper = None if mount.read_only else _folder(area, f"upper-{len(os.listdir(area))}")
            work = None if mount.read_only else _folder(area, f"work-{len(os.listdir(area))}")
            root = box.RootSpec(layers=layers, upper=upper, work=work)
            return box.MountSpec(
                kind=box.MountKind.ROOT, target=target, root=root, root_path=mount.source, read_only=mount.read_only
            )
        source = self._write_files(result, mount.source, _folder(area, f"bind-{len(os.listdir(area))}"))
        return box.MountSpec(kind=box.MountKind.BIND, target=target, source=source, read_only=mount.read_only)

    def _cache_mount(
        self, mount: ExecMount, target: str, stack: ExitStack, progress: Progress, cancelled: threading.Event
    ) -> box.MountSpec:
        def prepare(folder: Path) -> None:
            folder.chmod(0o755 if mount.mode is None else mount.mode)
            os.chown(folder, mount.uid or 0, mount.gid or 0)
            if mount.input is not None:
                self._write_files(self._inputs[mount.input], mount.source, folder)

        held = stack.enter_context(
            self._store.mounts.cache_mount(mount.cache_id, mount.sharing, prepare=prepare, cancelled=cancelled)
        )
        return box.MountSpec(kind=box.MountKind.BIND, target=target, source=held.path, read_only=mount.read_only)

    def _write_files(self, result: Result | None, source: str, folder: Path) -> Path:
        """Make what is mounted as files of its own: a command must not change the user's. Returns where it is."""
        files = files_of(result, self._store, self._layers)
        path = files.tree.resolve(source)
        entry = files.tree.get(path)
        if entry is None:
            raise MissingSourceError(source)
        write_directory(files.tree, path, folder, files.open)
        return folder if entry.type is EntryType.DIRECTORY else folder / entry.name


def _watch(start: Callable[[int, int], Process], output: Output, cancelled: threading.Event) -> tuple[int, str]:
    """Start a process, hand on what it writes as it comes, and wait; kills it when ``cancelled`` is set.

    Returns its status and its last lines. An error of ``output`` kills the process too, and is raised.
    """
    tail: deque[bytes] = deque(maxlen=_TAIL_LINES)
    pumps: list[_Pump] = []
    writers = []
    try:
        for stream in (1, 2):
            read_end, write_end = os.pipe2(os.O_CLOEXEC)
            writers.append(write_end)
            pumps.append(_Pump(read_end, stream, output, tail))
            pumps[-1].start()
        process = start(*writers)
    finally:
        for write_end in writers:
            os.close(write_end)
    status = None
    while status is None:
        status = process.wait(_LOOK_SECONDS)
        if status is None and (cancelled.is_set() or any(pump.error for pump in pumps)):
            process.kill()
            status = process.wait()
    for pump in pumps:
        pump.join()
        if pump.error is not None:
            raise pump.error
    return status, b"".join(tail).decode("utf-8", "replace")


class _Pump(threading.Thread):
    """Hands on what comes out of a pipe, to its end, and keeps the last lines."""

    def __init__(self, descriptor: int, stream: int, output: Output, tail: deque[bytes]) -> None:
        super().__init__(name=f"output-{stream}")
        self._descriptor = descriptor
        self._stream = stream
        self._output = output
        self._tail = tail
        self.error: Exception | None = None
        """What the output raised; nothing is handed on afterwards."""

    def run(self) -> None:
        rest = b""
        with os.fdopen(self._descriptor, "rb", buffering=0) as pipe:
            while data := pipe.read(_READ_BYTES):
                if self.error is None:
                    self._hand_on(data)
                *lines, rest = (rest + data).split(b"\n")
                self._tail.extend(line + b"\n" for line in lines[-_TAIL_LINES:])
                rest = rest[-_MAX_TAIL_LINE_BYTES:]
        if rest:
            self._tail.append(rest)

    def _hand_on(self, data: bytes) -> None:
        try:
            self._output(self._stream, data)
        except Exception as error:
            self.error = error


def _folder(parent: Path, name: str) -> Path:
    path = parent / name
    path.mkdir(mode=0o755)
    return path
