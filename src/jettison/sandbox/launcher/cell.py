"""What is made ready for a command before it is known: process 1 of new namespaces, the kernel's files mounted.

Nearly every command asks for the same surroundings, and making them takes longer than all that depends on the command.
So a cell is made ahead of time, while nobody waits, and used for one command, or for none. It holds a copy of the
machine's mounts until the command's root takes their place, and no program but this one runs in it before.
"""

from __future__ import annotations

import errno
import os
import signal

from jettison.sandbox import wire
from jettison.sandbox.defaults import DEFAULT_CAPABILITIES
from jettison.sandbox.launcher import container, kernel_files, privileges, syscalls
from jettison.sandbox.launcher.errors import CommandError, LaunchError, doing
from jettison.sandbox.launcher.outside import close_others
from jettison.sandbox.launcher.running import Running
from jettison.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from jettison.sandbox.launcher.staging import Staging
    from jettison.sandbox.wire import WireCommand


class Surroundings(NamedTuple):
    """All of a command that has to be known when its cell is made."""

    kernel_files: kernel_files.Settings
    network: str
    capabilities: tuple[str, ...]


USUAL = Surroundings(kernel_files.Settings(), "host", DEFAULT_CAPABILITIES)


def surroundings_of(command: WireCommand) -> Surroundings:
    """The surroundings that a command asks for."""
    devices = tuple((name, kind, major, minor) for name, kind, major, minor in command["devices"])
    settings = kernel_files.Settings(command["insecure"], command["shm_size_bytes"], devices)
    return Surroundings(settings, command["network"], tuple(command["capabilities"]))


class Cell:
    """The monitor's side. Until it is entered, it ends with the monitor."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Begin to make one; what goes wrong with that is told by :meth:`enter`."""
        self.surroundings = surroundings
        with doing("making a process namespace"):
            syscalls.unshare(syscalls.CLONE_NEWPID)
        self._line, theirs = wire.channel_pair()
        with doing("starting a process"):
            self._process = os.fork()
        if self._process == 0:
            _live(surroundings, theirs)
        theirs.close()

    def enter(self, command: WireCommand, staging: Staging, streams: list[int]) -> tuple[Running, list[int]]:
        """Have the command started; in a list of one or none, the descriptor of its terminal.

        Returns once the command's own program has been entered. Raises :class:`LaunchError` or :class:`CommandError`;
        then no process is left.
        """
        try:
            self._hand_over(command, staging, streams)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has told why it ended
        terminal: list[int] = []
        while (received := wire.receive(self._line)) is not None:
            answer, descriptors = received
            terminal += descriptors
            if "terminal" in answer:
                continue
            os.waitpid(self._process, 0)
            self._line.close()
            if "failed" in answer:
                raise LaunchError(answer["failed"])
            raise CommandError(answer["command"], answer["code"])
        self._line.close()
        return Running(self._process, self._process), terminal

    def discard(self) -> None:
        """End it unused; this process may make process namespaces again."""
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self._line.close()
        own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        syscalls.setns(own, syscalls.CLONE_NEWPID)
        os.close(own)

    def _hand_over(self, command: WireCommand, staging: Staging, streams: list[int]) -> None:
        """Send the command, its streams, and the root and mounts as descriptors of trees that are mounted nowhere."""
        root = syscalls.open_tree(staging.root)
        document = {"command": command, "read_only_root": staging.read_only_root, "mounts": len(staging.mounts)}
        wire.send(self._line, document, [*streams, root])
        os.close(root)
        for mount in staging.mounts:
            tree = syscalls.open_tree(mount.path)
            wire.send(self._line, {"target": mount.target, "directory": mount.directory}, [tree])
            os.close(tree)


def _live(surroundings: Surroundings, monitor: wire.Channel) -> NoReturn:
    """Be a cell, then the command; or tell the monitor why not. Never returns."""
    os.umask(0)
    try:
        close_others(monitor.fileno())
        os.setsid()
        container.die_with(monitor)
        _isolate(surroundings.network)
        kernel_files.make(surroundings.kernel_files)
        privileges.limit_bounding_set(surroundings.capabilities)
        held = privileges.held()
        container.become(monitor, held, insecure=surroundings.kernel_files.insecure)
    except LaunchError as error:
        wire.send(monitor, {"failed": str(error)})
    except CommandError as error:
        wire.send(monitor, {"command": str(error), "code": error.exit_code})
    except Exception as error:
        wire.send(monitor, {"failed": f"starting the command: {error}"})
    finally:
        os._exit(1)


def _isolate(network: str) -> None:
    """Enter the remaining namespaces."""
    with doing("making namespaces"):
        flags = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWIPC
        if network == "none":
            flags |= syscalls.CLONE_NEWNET
        syscalls.unshare(flags)
        try:
            syscalls.unshare(syscalls.CLONE_NEWCGROUP)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    if network == "none":
        with doing("bringing up the loopback device"):
            syscalls.bring_up_loopback()
