"""RUN: a command in a root file system of its own; the upper directory that it leaves becomes a layer."""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from jettison.dockerfile.go_format import quote
from jettison.engine.credentials import Credentials
from jettison.engine.file_step import read_users
from jettison.engine.inputs import EMPTY, Result, Snapshot
from jettison.engine.layers import LayerFiles, Layers, Progress
from jettison.engine.roots import Roots
from jettison.engine.run_mounts import StepMounts, content_identity, layers_mounted
from jettison.errors import BuildError, CancelledError
from jettison.frozen import replace
from jettison.layer.stream import CHUNK_BYTES
from jettison.model.digest import Digest
from jettison.model.entry import parse_image_path
from jettison.model.op import ExecOp, MountKind, Sharing
from jettison.model.tree import ROOT
from jettison.pools import ThreadPoolExecutor
from jettison.sandbox import types as box
from jettison.sandbox.defaults import DEFAULT_HOSTNAME, DEFAULT_SHM_BYTES
from jettison.sandbox.interface import Process, Sandbox
from jettison.solve.events import SpanKind
from jettison.solve.keys import key_of, op_components
from jettison.solve.spans import Spans, untimed
from jettison.store.blobs import BlobWriter
from jettison.store.store import Store

Output = Callable[[int, bytes], None]
"""Called with 1 (standard output) or 2 (standard error) and what was written."""

_READ_BYTES = 1 << 16
_LOOK_SECONDS = 0.1
"""How often a running command is asked whether it is still wanted."""

_TAIL_LINES = 20
_MAX_TAIL_LINE_BYTES = 1 << 12


_MAX_SHOWN = 1000
"""How much of a command an error repeats."""
_NOT_EXECUTABLE = 126
_TOO_LONG = "the kernel takes 128 KiB in one argument or variable: put long texts into a file, such as by COPY <<EOF"
_MEANINGS = {
    _NOT_EXECUTABLE: (
        "126 says that something cannot be executed: is it a program for this platform, with the mode to be run?"
    ),
    127: "127 says that a command was not found: is it installed in this stage, and in PATH?",
    137: "137 says that it was killed: by the machine, when memory is short?",
}
"""What exit codes say, by convention of shells and docker."""


class CommandFailedError(BuildError):
    """A RUN that ended with another status than 0."""

    def __init__(self, command: str, status: int, tail: str) -> None:
        shown = command if len(command) <= _MAX_SHOWN else f"{command[:_MAX_SHOWN]}…"
        too_long = status == _NOT_EXECUTABLE and tail.rstrip().endswith(": argument list too long")
        super().__init__(
            f"process {quote(shown)} did not complete successfully: exit code: {status}",
            hint=_TOO_LONG if too_long else _MEANINGS.get(status),
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
        spans: Spans = untimed,
        starting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """``starting`` is entered for as long as the command is being started."""
        self._op = op
        self._spans = spans
        self._starting = starting
        self._ambient_env = ambient_env
        self._inputs = inputs
        self._store = store
        self._layers = layers
        parent = inputs[0] or EMPTY
        assert isinstance(parent, Snapshot)
        self._parent = parent

    def components(self) -> dict[str, str]:
        """What the command may read: the root by its chain, mounted files by what is mounted of them.

        The layers that :func:`layers_mounted` names must be on this machine.
        """
        components = {**op_components(_comparable(self._op)), "root file system": self._parent.chain_id}
        for mount in self._op.mounts:
            if mount.input is not None:
                components[f"files mounted at {mount.target}"] = content_identity(
                    self._inputs[mount.input], mount.source, self._store, self._layers
                )
        return components

    def chain_key(self) -> Digest | None:
        """A key made of identities alone, which needs no index; None where that says nothing more than the other."""
        if not layers_mounted(self._op, self._inputs):
            return None
        chains: list[str] = []
        for result in self._inputs:
            if result is not None and not isinstance(result, Snapshot):
                return None
            chains.append((result or EMPTY).chain_id)
        return key_of({**op_components(_comparable(self._op)), "by": "chain"}, chains)

    def execute(
        self,
        sandbox: Sandbox,
        output: Output,
        progress: Progress,
        cancelled: threading.Event,
        credentials: Credentials,
        on_tar: Callable[[BlobWriter], None],
        leftovers: ExitStack,
    ) -> Digest:
        """Run the command and keep what it changed; returns the new layer's diff_id.

        ``on_tar`` is shown the tar of a layer that is not small before its first byte is written. ``leftovers`` remove
        what may go when nobody waits any more. Raises :class:`CommandFailedError`, or :class:`CancelledError` when
        ``cancelled`` was set.
        """
        with ExitStack() as stack:
            work = leftovers.enter_context(self._store.temporary_directory())
            upper = leftovers.enter_context(self._store.layers.new_tree_directory())
            self._prepare_root(upper)
            root = box.RootSpec(
                layers=Roots(self._store, self._layers).stack(self._parent.layers, progress),
                upper=upper,
                work=work,
                once=True,
            )
            mounts: Sequence[box.MountSpec] = ()
            if self._op.mounts:
                maker = StepMounts(
                    self._inputs,
                    store=self._store,
                    layers=self._layers,
                    credentials=credentials,
                    area=leftovers.enter_context(self._store.temporary_directory()),
                    stack=stack,
                    progress=progress,
                    cancelled=cancelled,
                )
                mounts = maker.make(self._op.mounts)
            command = self._command(credentials, cancelled)

            def start(out: int, err: int) -> Process:
                with self._spans(SpanKind.SANDBOX), self._starting():
                    return sandbox.start(root, mounts, command, stdout=out, stderr=err)

            status, tail = _watch(start, output, cancelled, self._spans)
            if cancelled.is_set():
                raise CancelledError("cancelled")
            if status:
                raise CommandFailedError(" ".join(self._op.args), status, tail)
            with self._spans(SpanKind.PACK):
                return self._keep(upper, on_tar)

    def _prepare_root(self, upper: Path) -> None:
        """Give the upper directory what the root below has: its own metadata are those of ``/``."""
        root = self._layers.merged(self._parent.layers).get("") or ROOT
        os.chown(upper, root.uid, root.gid)
        upper.chmod(root.mode)

    def _keep(self, upper: Path, on_tar: Callable[[BlobWriter], None]) -> Digest:
        """Pack the layer. While this thread reads files of a large one, others hash, write and compress it."""
        from jettison.rootfs.pack import pack_upper

        lower = self._layers.merged(self._parent.layers)
        with ExitStack() as stack, ThreadPoolExecutor(1, thread_name_prefix="pack") as executor:
            tar = _LayerTar(self._store, on_tar, stack)
            index = pack_upper(upper, tar.write, lower=lower, executor=executor)
            tar.commit(index.diff_id)
        self._layers.add(index)
        if self._store.layers.tree(index.diff_id) is None:
            self._store.layers.adopt_tree(index.diff_id, upper)
        return index.diff_id

    def _command(self, credentials: Credentials, cancelled: threading.Event) -> box.CommandSpec:
        op = self._op
        files = LayerFiles(self._layers, self._parent.layers)
        user = read_users(files).resolve_user(op.user)
        env = dict(op.env) | dict(self._ambient_env)
        for variable in op.secret_env:
            data = credentials.secret(variable.id, required=variable.required, cancelled=cancelled) or b""
            env[variable.name] = data.decode("utf-8", "surrogateescape")
        return box.CommandSpec(
            args=op.args,
            env=tuple(env.items()),
            working_dir=parse_image_path(op.working_dir),
            uid=user.uid,
            gid=user.gid,
            groups=user.groups,
            hostname=op.hostname or DEFAULT_HOSTNAME,
            network=box.Network.NONE if op.network == "none" else box.Network.HOST,
            insecure=op.insecure,
            extra_hosts=op.extra_hosts,
            shm_size_bytes=op.shm_size_bytes or DEFAULT_SHM_BYTES,
            limits=tuple((limit.name, limit.soft, limit.hard) for limit in op.limits),
            control_group_parent=op.control_group_parent,
        )


class _LayerTar:
    """The tar of a layer: a file from its first large piece on; a small one is not written where it is there."""

    def __init__(self, store: Store, on_tar: Callable[[BlobWriter], None], stack: ExitStack) -> None:
        self._blobs = store.blobs
        self._on_tar = on_tar
        self._stack = stack
        self._begin = b""
        self._file: BlobWriter | None = None

    def write(self, data: bytes) -> None:
        """The next piece."""
        if self._file is None:
            self._begin += data
            if len(self._begin) < CHUNK_BYTES:
                return
            self._file = self._stack.enter_context(self._blobs.writer(hashed=False))
            self._on_tar(self._file)
            data, self._begin = self._begin, b""
        self._file.write(data)

    def commit(self, diff_id: Digest) -> None:
        """That was all."""
        if self._file is None:
            self._blobs.put(self._begin, known=diff_id)
        else:
            self._file.commit(diff_id)


def _comparable(op: ExecOp) -> ExecOp:
    """The op without what BuildKit leaves out of its keys: addresses of extra hosts, and which one a cache is.

    That it is the usual one of its target does count.
    """
    mounts = tuple(
        replace(mount, id="", sharing=Sharing.SHARED)
        if mount.kind is MountKind.CACHE and (mount.id, mount.sharing) != (mount.target, Sharing.SHARED)
        else mount
        for mount in op.mounts
    )
    return replace(op, mounts=mounts, extra_hosts=tuple((name, "") for name, _ in op.extra_hosts))


def _watch(
    start: Callable[[int, int], Process], output: Output, cancelled: threading.Event, spans: Spans
) -> tuple[int, str]:
    """Start a process, hand on what it writes as it comes, and wait; kills it when ``cancelled`` is set.

    Returns its status and its last lines. An error of ``output`` kills the process too, and is raised.
    """
    tail: deque[bytes] = deque(maxlen=_TAIL_LINES)
    pipes: dict[int, _Pipe] = {}
    writers = []
    try:
        try:
            for stream in (1, 2):
                read_end, write_end = os.pipe2(os.O_CLOEXEC)
                pipes[read_end] = _Pipe(stream, output, tail)
                writers.append(write_end)
            process = start(*writers)
        finally:
            for write_end in writers:
                os.close(write_end)
        with spans(SpanKind.COMMAND):
            status = _attend(process, pipes, cancelled)
    finally:
        for descriptor in pipes:
            os.close(descriptor)
    return status, b"".join(tail).decode("utf-8", "replace")


def _attend(process: Process, pipes: dict[int, _Pipe], cancelled: threading.Event) -> int:
    """Read what the process writes, and wait for its end; its status."""
    status = None
    try:
        _pump(pipes, cancelled)
        while status is None and not cancelled.is_set():
            status = process.wait(_LOOK_SECONDS)
    finally:
        if status is None:
            process.kill()
            status = process.wait()
    assert status is not None
    return status


def _pump(pipes: dict[int, _Pipe], cancelled: threading.Event) -> None:
    """Hand on what comes, until all pipes ended, which they leave, or ``cancelled`` is set."""
    poll = select.poll()
    for descriptor in pipes:
        poll.register(descriptor, select.POLLIN)
    while pipes and not cancelled.is_set():
        for descriptor, _ in poll.poll(_LOOK_SECONDS * 1000):
            data = os.read(descriptor, _READ_BYTES)
            pipes[descriptor].take(data)
            if not data:
                poll.unregister(descriptor)
                del pipes[descriptor]
                os.close(descriptor)


class _Pipe:
    """Hands on what comes out of a pipe, and keeps the last lines."""

    def __init__(self, stream: int, output: Output, tail: deque[bytes]) -> None:
        self._stream = stream
        self._output = output
        self._tail = tail
        self._rest = b""

    def take(self, data: bytes) -> None:
        """The next bytes; none is the end."""
        if not data:
            if self._rest:
                self._tail.append(self._rest)
            return
        self._output(self._stream, data)
        *lines, rest = (self._rest + data).split(b"\n")
        self._tail.extend(line + b"\n" for line in lines[-_TAIL_LINES:])
        self._rest = rest[-_MAX_TAIL_LINE_BYTES:]
