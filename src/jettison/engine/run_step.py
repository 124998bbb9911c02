"""RUN: a command in a root file system of its own; the upper directory that it leaves becomes a layer."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from jettison.engine.command import CommandFailedError, Output, watch
from jettison.engine.credentials import Credentials
from jettison.engine.inputs import EMPTY, Result, Snapshot
from jettison.engine.layers import LayerFiles, Layers, Progress
from jettison.engine.roots import Roots
from jettison.engine.run_mounts import StepMounts, content_identity, layers_mounted
from jettison.engine.users import read_users, read_users_above
from jettison.errors import CancelledError
from jettison.frozen import dataclass, replace
from jettison.layer.stream import CHUNK_BYTES
from jettison.model.digest import Digest
from jettison.model.entry import parse_image_path
from jettison.model.op import ExecOp, MountKind, Sharing
from jettison.model.tree import ROOT
from jettison.model.users import UserDatabase
from jettison.pools import ThreadPoolExecutor
from jettison.sandbox import types as box
from jettison.sandbox.defaults import DEFAULT_HOSTNAME, DEFAULT_SHM_BYTES
from jettison.sandbox.interface import Process, Sandbox
from jettison.solve.events import SpanKind
from jettison.solve.keys import key_of, op_components
from jettison.solve.spans import Spans, untimed
from jettison.store.blobs import BlobWriter
from jettison.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """What a command left, not a layer yet, that the next one stands on."""

    directory: Path
    """An upper directory. It must stay what and where it is until ``held``, and what it is until that command ended."""
    held: Callable[[], object]
    """Called once the command holds it open."""


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

    def run(
        self,
        sandbox: Sandbox,
        users: UserDatabase,
        output: Output,
        progress: Progress,
        cancelled: threading.Event,
        credentials: Credentials,
        leftovers: ExitStack,
        above: Above | None = None,
    ) -> Path:
        """Run the command; returns the upper directory that it left, for :meth:`pack` and :meth:`adopt`.

        ``leftovers`` remove what may go when nobody waits any more, the directory too where nobody adopts it. With
        ``above`` the command runs on the root and what that directory does to it. ``users`` are those of :meth:`users`.
        Raises :class:`CommandFailedError`, or :class:`CancelledError` when ``cancelled`` was set.
        """
        with ExitStack() as stack:
            work = leftovers.enter_context(self._store.temporary_directory())
            upper = leftovers.enter_context(self._store.layers.new_tree_directory())
            self._prepare_root(upper, above)
            layers = Roots(self._store, self._layers).stack(self._parent.layers, progress)
            root = box.RootSpec(
                layers=layers if above is None else (*layers, above.directory), upper=upper, work=work, once=True
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
            command = self._command(users, credentials, cancelled)

            def start(out: int, err: int) -> Process:
                with self._spans(SpanKind.SANDBOX), self._starting():
                    process = sandbox.start(root, mounts, command, stdout=out, stderr=err)
                if above is not None:
                    above.held()
                return process

            status, tail = watch(start, output, cancelled, self._spans)
            if cancelled.is_set():
                raise CancelledError("cancelled")
            if status:
                raise CommandFailedError(" ".join(self._op.args), status, tail)
            return upper

    def users(self, above: Above | None = None) -> UserDatabase | None:
        """The users of the root that the command runs on; None where a look at ``above`` does not tell."""
        files = LayerFiles(self._layers, self._parent.layers)
        return read_users(files) if above is None else read_users_above(files, above.directory)

    def _prepare_root(self, upper: Path, above: Above | None) -> None:
        """Give the upper directory what the root below has: its own metadata are those of ``/``."""
        if above is None:
            root = self._layers.merged(self._parent.layers).get("") or ROOT
            uid, gid, mode = root.uid, root.gid, root.mode
        else:
            status = above.directory.stat()
            uid, gid, mode = status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)
        os.chown(upper, uid, gid)
        upper.chmod(mode)

    def pack(self, upper: Path, on_tar: Callable[[BlobWriter], None]) -> Digest:
        """Keep what the command changed as a layer; returns its diff_id.

        ``on_tar`` is shown the tar of a layer that is not small before its first byte is written. While this thread
        reads the files of a large layer, others hash, write and compress it.
        """
        from jettison.rootfs.pack import pack_upper

        lower = self._layers.merged(self._parent.layers)
        with (
            self._spans(SpanKind.PACK),
            ExitStack() as stack,
            ThreadPoolExecutor(1, thread_name_prefix="pack") as executor,
        ):
            tar = _LayerTar(self._store, on_tar, stack)
            index = pack_upper(upper, tar.write, lower=lower, executor=executor)
            tar.commit(index.diff_id)
            self._layers.add(index)
        return index.diff_id

    def adopt(self, layer: Digest, upper: Path) -> None:
        """Keep the directory that was packed as the layer's unpacked files, unless there are such."""
        if self._store.layers.tree(layer) is None:
            self._store.layers.adopt_tree(layer, upper)

    def _command(self, users: UserDatabase, credentials: Credentials, cancelled: threading.Event) -> box.CommandSpec:
        op = self._op
        user = users.resolve_user(op.user)
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
