"""Running the distribution's tools where their mounts, processes and network are their own: unshare(1), as root.

Mounts vanish with the namespace, however it ends; a killed build leaves nothing mounted and nothing running.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from jettison.base.process import ToolError, run_tool
from jettison.errors import SandboxError

_APART = (
    "setpriv",
    "--pdeathsig=KILL",
    "unshare",
    "--mount",
    "--pid",
    "--net",
    "--ipc",
    "--uts",
    "--fork",
    "--kill-child",
    "--propagation",
    "private",
)

VARIABLES = (
    ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
    ("HOME", "/root"),
    ("LC_ALL", "C.UTF-8"),
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("DEBCONF_NONINTERACTIVE_SEEN", "true"),
    ("DPKG_FORCE", "unsafe-io"),
)
"""All that maintainer scripts see of the environment: the result must not depend on the caller's."""


def check_root(purpose: str) -> None:
    """Raise :class:`SandboxError` where this process is not root."""
    if os.geteuid() != 0:
        raise SandboxError(
            f"{purpose} need root: maintainer scripts run as in a real system",
            hint="run as root, or choose --mode distroless, which executes nothing",
        )


def check_tool(name: str, package: str) -> None:
    """Raise :class:`SandboxError` where a tool is missing; ``package`` holds it."""
    if shutil.which(name) is None:
        raise SandboxError(f"{name} is not installed", hint=f"apt-get install -y {package}")


def run_apart(command: Sequence[str], *, doing: str, tool: str, epoch: int, cwd: Path) -> str:
    """Run a command in namespaces of its own, without network and without this process's environment."""
    check_tool("unshare", "util-linux")
    variables = (*VARIABLES, ("SOURCE_DATE_EPOCH", str(epoch)))
    try:
        return run_tool([*_APART, *command], doing=doing, tool=tool, variables=variables, cwd=cwd, clean=True)
    except ToolError as error:
        if error.output.startswith("unshare:"):
            raise SandboxError(
                f"{doing}: this machine refuses new namespaces: {error.output.strip()}",
                hint="in a container this needs the capability CAP_SYS_ADMIN; --mode distroless needs nothing",
            ) from error
        raise
