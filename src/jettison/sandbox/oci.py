"""The rung ``oci``: crun or runc, whichever of PATH works, inside a mount namespace of our launcher's making."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jettison.errors import SandboxError
from jettison.sandbox.early import LauncherProcess
from jettison.sandbox.interface import Process, Sandbox
from jettison.sandbox.launch import Launcher
from jettison.sandbox.netfiles import network_mounts
from jettison.sandbox.oci_spec import runtime_spec
from jettison.sandbox.requests import request_document
from jettison.sandbox.types import CommandSpec, MountSpec, RootSpec


class OciSandbox(Sandbox):
    """Commands are run by an OCI runtime."""

    name = "oci"
    has_control_groups = True

    def __init__(
        self, runtime: str, launcher: LauncherProcess | None = None, *, resolv_conf: Path = Path("/etc/resolv.conf")
    ) -> None:
        """``launcher`` is one that is there already; it is dismissed together with this object."""
        import shutil

        program = shutil.which(runtime)
        if program is None:
            raise SandboxError(f"{runtime} is not in PATH")
        self.description = f"oci ({_version(program)})"
        self._program = os.path.realpath(program)
        self._launcher = Launcher(launcher)
        self._resolv_conf = resolv_conf

    def start(
        self,
        root: RootSpec,
        mounts: Sequence[MountSpec],
        command: CommandSpec,
        *,
        stdin: int | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> Process:
        """See :meth:`Sandbox.start`. Returns before the runtime has entered the command."""
        _check_texts(command, mounts)
        provided = network_mounts(command, mounts, self._resolv_conf)
        container = f"jettison-{os.urandom(8).hex()}"
        request = request_document(
            root,
            (*provided, *mounts),
            command,
            {
                "program": [self._program],
                "spec": runtime_spec(command, _control_group(command, container)),
                "container": container,
            },
        )
        return self._launcher.launch(request, (stdin, stdout, stderr))

    def close(self) -> None:
        """See :meth:`Sandbox.close`."""
        self._launcher.close()


def _check_texts(command: CommandSpec, mounts: Sequence[MountSpec]) -> None:
    """Refuse what a runtime would silently change: its configuration is JSON, which holds Unicode only."""
    texts = [*command.args, command.working_dir, command.hostname, *(mount.target for mount in mounts)]
    named = [(repr(os.fsencode(text)), text) for text in texts]
    named += [(f"the variable {os.fsencode(name)!r}", name + value) for name, value in command.env]
    for name, text in named:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise SandboxError(
                f"an OCI runtime cannot be given {name}, which is not UTF-8",
                hint="use --isolation namespaces, which passes every byte on",
            ) from None


def _control_group(command: CommandSpec, container: str) -> str:
    parent = command.control_group_parent.strip("/:")
    return f"/{parent}/{container}" if parent else f"/{container}"


def _version(program: str) -> str:
    """``runc 1.1.5``: the first words of what the program says of itself."""
    import subprocess

    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxError(f"{program} --version fails: {error}") from error
    return answer.stdout.partition("\n")[0].replace("version ", "").strip()
