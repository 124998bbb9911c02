"""What every rung promises. One conformance suite holds each of them to it (tests/contracts/test_sandbox.py)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType

from jettison.hints import Self
from jettison.sandbox.types import CommandSpec, MountSpec, RootSpec


class Process(ABC):
    """A command that was started. All methods may be called from any thread.

    Whoever starts one waits for it: a process whose object is thrown away is killed.
    """

    terminal: int | None
    """Where the command has a terminal: the descriptor of its other end. The caller owns and closes it."""

    @abstractmethod
    def wait(self, timeout_seconds: float | None = None) -> int | None:
        """The exit status once the whole tree of processes is gone and the root is unmounted; None after the timeout.

        Docker's numbers: the command's own status; 128 + N for a death by signal N; 127 where the command does not
        exist, 126 where it cannot be executed, both with a line on its standard error. Idempotent.
        Raises :class:`SandboxError` where the sandbox itself failed.
        """

    @abstractmethod
    def signal(self, number: int) -> None:
        """Send a signal to the command itself; nothing where it ended. Raises ValueError where there is none such."""

    @abstractmethod
    def kill(self) -> None:
        """Kill the whole tree, also daemons that left the session; ``wait`` tells when they are gone. Idempotent."""


class Sandbox(ABC):
    """A way of running commands. May be used from many threads; close it after the last process ended."""

    name: str
    """The rung: ``namespaces``, ``oci``."""

    has_control_groups: bool
    """Whether a command has control groups of its own, and so heeds ``control_group_parent``."""

    description: str
    """How commands run here, ready to print: ``namespaces``, ``oci (runc 1.1.5)``."""

    @abstractmethod
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
        """Start a command with copies of these descriptors (None: /dev/null) as its standard streams.

        A command with a terminal has that instead; ``stderr`` then hears at most why it could not be started.
        Mounts are made in the order given. /etc/resolv.conf and /etc/hosts are provided unless a mount covers them.
        When the process ended, ``root.upper`` holds exactly what the command changed: no mount point that was made for
        it. ``upper`` and ``work`` must be used by one process at a time. Where the calling program dies, by whatever
        cause, the command is killed and every mount disappears with it; none is ever seen by the host.
        Raises :class:`SandboxError`.
        """

    def expect(self, commands: int) -> None:
        """So many will probably be started at the same time: make ready for them what can be, in the background."""
        return

    @abstractmethod
    def close(self) -> None:
        """Release what the sandbox holds. Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
