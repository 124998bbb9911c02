"""The vertex of a RUN: command, environment, what it may do (BuildKit: ``dispatchRun``)."""

from __future__ import annotations

from jettison.dockerfile.instructions import Form, Run
from jettison.dockerfile.run_mounts import RunMounts
from jettison.dockerfile.scope import proxy_environment
from jettison.dockerfile.stage_work import StageWork
from jettison.model.op import ExecMount, ExecOp, InlineOp, MountKind, Vertex
from jettison.model.run_settings import Entitlement
from jettison.text.diagnostics import error_at

HOSTNAME_ARG = "BUILDKIT_SANDBOX_HOSTNAME"

_SCRIPT_FOLDER = "/dev/pipes"
_AGENT_VARIABLE = "SSH_AUTH_SOCK"
_MAX_HANDED_OVER = 1 << 28
_VARIABLE_SIZE = 64


def run_vertex(work: StageWork, instruction: Run, args: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """Add the vertex of a RUN; ``args`` are what its command line means. Returns its number, and what is executed."""
    state, settings = work.state, work.graph.run
    _check_entitlements(work, instruction)
    found = RunMounts(inputs=[state.root])
    found.add_all(work, instruction.mounts)
    script = instruction.command.script
    remark = ""
    if instruction.command.form is Form.HEREDOC:
        remark = f" ({_summary(script)})"
        if script.startswith("#!"):
            args = (*args[:-1], _add_script(work, found, instruction.command.heredocs[0].name, script))
    env = state.scope.variables.whole()
    _count_variables(work, instruction, env)
    if found.agent_path is not None:
        env.setdefault(_AGENT_VARIABLE, found.agent_path)
    op = ExecOp(
        args=args,
        env=tuple(env.items()),
        working_dir=state.directory,
        user=state.run.user,
        mounts=found.in_order(),
        secret_env=tuple(found.secret_env),
        network=settings.network if instruction.network == "default" else instruction.network,
        insecure=instruction.security == "insecure",
        hostname=work.build_args.get(HOSTNAME_ARG, ""),
        extra_hosts=settings.extra_hosts,
        shm_size_bytes=settings.shm_size_bytes,
        limits=settings.limits,
        control_group_parent=settings.control_group_parent,
        platform=state.platform,
    )
    number = work.add_vertex(
        op,
        found.inputs,
        instruction,
        ambient_env=proxy_environment(work.build_args),
        remark=remark,
        masked=[variable.name for variable in found.secret_env],
    )
    return number, args


def _add_script(work: StageWork, found: RunMounts, name: str, script: str) -> str:
    """Mount a heredoc that names its own interpreter; returns the command, which as in BuildKit the shell is given."""
    inline = InlineOp(filename=name, data=script.encode("utf-8", "surrogateescape"), mode=0o755)
    found.inputs.append(work.graph.add(Vertex(op=inline, name="[internal] preparing inline document")))
    found.mounts.append(
        ExecMount(kind=MountKind.BIND, target=_SCRIPT_FOLDER, input=len(found.inputs) - 1, read_only=True)
    )
    return f"{_SCRIPT_FOLDER}/{name}"


def _summary(script: str) -> str:
    """The first line of a heredoc, for the name of the step."""
    first, more, _ = script.strip().replace("\r\n", "\n").partition("\n")
    return f"{first}..." if more else first


def _count_variables(work: StageWork, instruction: Run, env: dict[str, str]) -> None:
    """Raise where all commands together get too much: thousands of variables for thousands of commands are millions.

    Every command has all variables in its key, and all arguments in its history.
    """
    count = len(env) + len(work.state.scope.declared)
    work.graph.handed_over += count * _VARIABLE_SIZE + sum(map(len, env)) + sum(map(len, env.values()))
    if work.graph.handed_over > _MAX_HANDED_OVER:
        message = f"the variables of all commands up to here take more than {_MAX_HANDED_OVER >> 20} MiB"
        hint = f"this command gets {len(env)} of them: declare each in the stage that needs it"
        raise error_at(instruction.span, message, hint=hint)


def _check_entitlements(work: StageWork, instruction: Run) -> None:
    """Raise for what the user of the build has to allow, and did not; for devices, that there are none."""
    allowed = work.graph.run.allowed
    needed = [
        (Entitlement.NETWORK_HOST, instruction.network == "host"),
        (Entitlement.SECURITY_INSECURE, instruction.security == "insecure"),
    ]
    for entitlement, asked in needed:
        if asked and entitlement not in allowed:
            hint = f"--allow {entitlement} allows it to the whole build"
            raise error_at(instruction.span, f"{entitlement} is not allowed", hint=hint)
    for device in instruction.devices:
        message = f'device "{device.name}" is not registered'
        if device.required:
            hint = "jettison knows no devices of the Container Device Interface; without required the step goes without"
            raise error_at(device.word.span, f"required {message}", hint=hint)
        work.graph.warnings.append((f"optional {message}", device.word.span.location))
