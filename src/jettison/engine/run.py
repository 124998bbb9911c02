"""Running a container from an image: ``jettison run``."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from jettison.engine.images import FoundImage, ImageFinder
from jettison.engine.layers import LayerFiles, Layers, Progress
from jettison.engine.mounting import open_sandbox
from jettison.engine.request import Machine
from jettison.engine.roots import Roots
from jettison.engine.users import read_users
from jettison.errors import NotFoundError, StorageError, UsageError
from jettison.frozen import dataclass, replace
from jettison.model.config import RunConfig
from jettison.model.entry import parse_image_path
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.tree import ROOT
from jettison.sandbox import types as box
from jettison.sandbox.emulation import check_runnable
from jettison.sandbox.interface import Process
from jettison.sandbox.relay import SignalRelay, caught_signals
from jettison.sandbox.terminal import attach
from jettison.sandbox.window import window_size
from jettison.solve.events import Notice
from jettison.store.containers import ContainerRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """One ``-v SOURCE:TARGET[:ro]``: a file or folder of this machine inside the container."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One ``run``. What is None or empty comes from the image."""

    image: str
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    """An empty tuple takes the image's entrypoint away."""
    env: tuple[tuple[str, str], ...] = ()
    volumes: tuple[Volume, ...] = ()
    working_dir: str | None = None
    user: str | None = None
    name: str | None = None
    hostname: str | None = None
    remove: bool = False
    interactive: bool = False
    """Standard input is handed to the command."""
    terminal: bool = False
    read_only: bool = False
    extra_hosts: tuple[tuple[str, str], ...] = ()
    platform: Platform | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """Descriptors of the user's standard streams."""

    stdin: int = 0
    stdout: int = 1
    stderr: int = 2


def run(request: RunRequest, machine: Machine, streams: Streams, progress: Progress) -> int:
    """Run a command in a new container; returns its exit status.

    An image that is not here is pulled. Signals go to the command once it runs (:mod:`jettison.sandbox.relay`).
    """
    store = machine.store
    with ExitStack() as stack:
        lease = stack.enter_context(store.lease())
        layers = Layers(store)
        stack.callback(layers.close)
        found = _find(request, machine, layers)
        mismatch = found.mismatch(request.platform or machine.platform)
        if mismatch is not None:
            machine.emit(Notice(message=mismatch, time=machine.clock()))
        lease.hold_image(found.image_id)
        lease.hold_layers(found.config.diff_ids)
        layers.bring(found.config.diff_ids, progress)
        files = layers.merged(found.config.diff_ids)
        check_runnable(found.config.platform, machine.platform, files.has)
        if not store.blobs.has(found.image_id):
            raise NotFoundError(f"the config of {request.image} is not on this machine", hint="pull it again")
        args = command_line(found.config.run, request)
        container = store.containers.create(
            found.image_id, args, image_name=request.image, name=request.name, auto_remove=request.remove
        )
        try:
            return _run_container(request, machine, streams, container, _Root(found, layers, progress), args)
        finally:
            if request.remove:
                store.containers.remove(container.container_id)


def command_line(config: RunConfig, request: RunRequest) -> tuple[str, ...]:
    """Entrypoint and command as docker joins them; raises :class:`UsageError` where there is nothing to run."""
    entrypoint = config.entrypoint or ()
    command = request.command
    if request.entrypoint is not None:
        entrypoint = request.entrypoint
    elif not command:
        command = config.cmd or ()
    args = (*entrypoint, *command)
    if not args:
        raise UsageError(
            f"{request.image} says neither ENTRYPOINT nor CMD", hint="give a command after the image's name"
        )
    return args


@dataclass(frozen=True, slots=True)
class _Root:
    found: FoundImage
    layers: Layers
    progress: Progress


def _find(request: RunRequest, machine: Machine, layers: Layers) -> FoundImage:
    finder = ImageFinder(machine.store, layers, machine.open_registry)
    try:
        if request.platform is None:
            return finder.local(request.image, machine.platform)
    except NotFoundError:
        pass
    return finder.find(Reference.parse(request.image).with_default_tag(), request.platform or machine.platform)


def _run_container(
    request: RunRequest,
    machine: Machine,
    streams: Streams,
    container: ContainerRecord,
    root: _Root,
    args: tuple[str, ...],
) -> int:
    store = machine.store
    folder = store.containers.directory(container.container_id)
    diff_ids = root.found.config.diff_ids
    upper, work = _folder(folder / "upper"), _folder(folder / "work")
    top = root.layers.merged(diff_ids).get("")
    upper.chmod(ROOT.mode if top is None else top.mode)
    command = _command(request, root, args, container)
    mounts = [_mount(volume) for volume in request.volumes]
    with ExitStack() as stack:
        sandbox = stack.enter_context(open_sandbox(machine, root.layers))  # first: it tells best what is missing
        spec = box.RootSpec(layers=Roots(store, root.layers).stack(diff_ids, root.progress), upper=upper, work=work)
        signals = stack.enter_context(caught_signals())
        stack.enter_context(store.containers.running(container.container_id, os.getpid()))
        if request.terminal:
            command = replace(command, terminal_size=window_size(streams.stdin))
        process = sandbox.start(
            spec,
            mounts,
            command,
            stdin=streams.stdin if request.interactive and not request.terminal else None,
            stdout=None if request.terminal else streams.stdout,
            stderr=streams.stderr,  # with a terminal: where the sandbox says why the command cannot be started
        )
        try:
            _follow(process, signals, streams)
        finally:
            process.kill()
            status = process.wait()
            if status is not None:
                store.containers.finish(container.container_id, status)
    if status is None:
        raise ValueError("waiting without a timeout returned nothing")
    return status


def _follow(process: Process, signals: SignalRelay, streams: Streams) -> None:
    """Stay until the command has ended, and pass on to it what comes from the user."""
    with signals.to(process, window=streams.stdin):
        if process.terminal is None:
            process.wait()
        else:
            attach(process, stdin=streams.stdin, stdout=streams.stdout)


def _command(request: RunRequest, root: _Root, args: tuple[str, ...], container: ContainerRecord) -> box.CommandSpec:
    config = root.found.config.run
    files = LayerFiles(root.layers, root.found.config.diff_ids)
    user = read_users(files).resolve_user(config.user if request.user is None else request.user)
    hostname = request.hostname or container.short_id
    env = {"HOSTNAME": hostname} | config.environment()
    if request.terminal:
        env = {"TERM": "xterm"} | env
    env |= dict(request.env)
    return box.CommandSpec(
        args=args,
        env=tuple(env.items()),
        working_dir=parse_image_path(request.working_dir or config.working_dir or "/"),
        uid=user.uid,
        gid=user.gid,
        groups=user.groups,
        hostname=hostname,
        terminal=request.terminal,
        read_only_root=request.read_only,
        extra_hosts=request.extra_hosts,
        writable_network_files=True,
    )


def _mount(volume: Volume) -> box.MountSpec:
    try:
        if not volume.source.exists():
            volume.source.mkdir(parents=True)
    except OSError as error:
        raise StorageError(f"-v: cannot make {str(volume.source)!r}: {error.strerror}") from error
    return box.MountSpec(
        kind=box.MountKind.BIND,
        target=parse_image_path(volume.target),
        source=volume.source.absolute(),
        read_only=volume.read_only,
    )


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o755, exist_ok=True)
    return path
