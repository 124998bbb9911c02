"""The rung ``namespaces``: our own launcher makes the namespaces; nothing else needs to be installed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jettison.sandbox.early import LauncherProcess
from jettison.sandbox.interface import Process, Sandbox
from jettison.sandbox.launch import Launcher
from jettison.sandbox.netfiles import network_mounts
from jettison.sandbox.requests import request_document
from jettison.sandbox.syscall_rules import FILTERED_MACHINES
from jettison.sandbox.types import CommandSpec, MountSpec, RootSpec


class NamespacesSandbox(Sandbox):
    """Commands run in mount, process, IPC, host name and control group namespaces of their own."""

    name = "namespaces"
    has_control_groups = False

    def __init__(
        self, launcher: LauncherProcess | None = None, *, resolv_conf: Path = Path("/etc/resolv.conf")
    ) -> None:
        """``launcher`` is one that is there already; it is dismissed together with this object."""
        machine = os.uname().machine
        filtered = machine in FILTERED_MACHINES
        self.description = "namespaces" if filtered else f"namespaces (no system call filter for {machine})"
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
        """See :meth:`Sandbox.start`."""
        provided = network_mounts(command, mounts, self._resolv_conf)
        request = request_document(root, (*provided, *mounts), command)
        return self._launcher.launch(request, (stdin, stdout, stderr))

    def expect(self, commands: int) -> None:
        """See :meth:`Sandbox.expect`."""
        self._launcher.expect(commands)

    def close(self) -> None:
        """See :meth:`Sandbox.close`."""
        self._launcher.close()
