"""The vertex of a RUN: command, environment, mounts (BuildKit: ``dispatchRun``, ``dispatchRunMounts``)."""

from __future__ import annotations

import posixpath

from jettison.dockerfile.instructions import Form, Run
from jettison.dockerfile.mounts import Mount, MountSpec, MountType, resolve_mount
from jettison.dockerfile.scope import proxy_environment
from jettison.dockerfile.stage_work import StageWork
from jettison.model.op import ExecMount, ExecOp, InlineOp, MountKind, Sharing, Vertex
from jettison.text.diagnostics import error_at
from jettison.text.span import Word

_SCRIPT_FOLDER = "/dev/pipes"
_KINDS = {MountType.BIND: MountKind.BIND, MountType.CACHE: MountKind.CACHE, MountType.TMPFS: MountKind.TMPFS}


def run_vertex(work: StageWork, instruction: Run, args: tuple[str, ...]) -> int:
    """Add the vertex of a RUN; ``args`` are what its command line means. Returns its number."""
    _refuse_not_yet(instruction)
    state = work.state
    inputs: list[int | None] = [state.root]
    mounts = [_exec_mount(work, spec, inputs) for spec in instruction.mounts]
    script = instruction.command.script
    if instruction.command.form is Form.HEREDOC and script.startswith("#!"):
        name = instruction.command.heredocs[0].name
        inline = InlineOp(filename=name, data=script.encode("utf-8", "surrogateescape"), mode=0o755)
        inputs.append(work.graph.add(Vertex(op=inline, name="[internal] preparing inline document")))
        mounts.append(ExecMount(kind=MountKind.BIND, target=_SCRIPT_FOLDER, input=len(inputs) - 1, read_only=True))
        args = (f"{_SCRIPT_FOLDER}/{name}",)
    op = ExecOp(
        args=args,
        env=tuple(state.scope.variables.items()),
        working_dir=state.run.working_dir or "/",
        user=state.run.user,
        mounts=tuple(mounts),
        network=work.graph.network if instruction.network == "default" else instruction.network,
        extra_hosts=work.graph.extra_hosts,
        platform=state.platform,
    )
    ambient = proxy_environment(work.build_args)
    return work.add_vertex(op, inputs, instruction, ambient_env=ambient)


def _refuse_not_yet(instruction: Run) -> None:
    if instruction.security != "sandbox":
        raise error_at(instruction.span, "RUN --security=insecure is not supported yet", hint="leave the flag out")
    if instruction.devices:
        raise error_at(instruction.devices[0].word.span, "RUN --device is not supported yet", hint="leave it out")


def _exec_mount(work: StageWork, spec: MountSpec, inputs: list[int | None]) -> ExecMount:
    mount = resolve_mount(spec, work.expand)
    if mount.type not in _KINDS:
        raise error_at(
            spec.word.span, f"RUN --mount=type={mount.type} is not supported yet", hint="bind, cache and tmpfs are"
        )
    target = posixpath.normpath(posixpath.join("/", work.state.run.working_dir or "/", mount.target))
    if target.lstrip("/") == "":
        raise error_at(spec.word.span, f"invalid mount target {mount.target!r}", hint="give target=/a/folder")
    return ExecMount(
        kind=_KINDS[mount.type],
        target="/" + target.lstrip("/"),
        input=_input(work, spec, mount, inputs),
        source=posixpath.normpath(posixpath.join("/", mount.source)).lstrip("/"),
        read_only=bool(mount.read_only),
        cache_id=mount.id or posixpath.normpath(mount.target),
        sharing=Sharing(mount.sharing or Sharing.SHARED),
        mode=mount.mode,
        uid=mount.uid,
        gid=mount.gid,
        size_bytes=mount.size_bytes or None,
    )


def _input(work: StageWork, spec: MountSpec, mount: Mount, inputs: list[int | None]) -> int | None:
    """The place among the inputs of what is mounted; None for an empty folder."""
    if mount.type is MountType.TMPFS or (mount.type is MountType.CACHE and not mount.from_):
        return None
    if mount.from_:
        word = next((field.value for field in spec.fields if field.key == "from" and field.value), spec.word)
        inputs.append(work.find_source(Word(mount.from_, word.span), by_number=False))
    else:
        inputs.append(work.graph.context("context"))
    return len(inputs) - 1
