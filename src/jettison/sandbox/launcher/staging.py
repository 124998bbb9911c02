"""The private mount namespace of one command: everything it will see, mounted where only we can see it.

A directory in memory covers the root's own upper directory (or topmost layer), whose path is the one place that is sure
to exist and that nobody else needs in this namespace. In it, ``root`` is the root file system and ``mount-N`` the N-th
mount, already with its final flags. When the last process of the namespace ends, by whatever death, the kernel unmounts
all of it.
"""

from __future__ import annotations

import os

from jettison.sandbox.launcher import paths, syscalls
from jettison.sandbox.launcher.errors import LaunchError, doing
from jettison.sandbox.launcher.roots import OpenedRoot
from jettison.sandbox.launcher.sources import Source, StagedMount
from jettison.sandbox.launcher.stubs import Stubs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireRequest

_KERNEL_DIRECTORIES = ("proc", "sys", "dev")


def enter_namespace() -> None:
    """Move this process into a mount namespace of its own, which nobody else sees."""
    with doing("making a mount namespace"):
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_SLAVE)


class Staging:
    """What is mounted for one command, by a process that called :func:`enter_namespace`."""

    def __init__(self, request: WireRequest) -> None:
        root = request["root"]
        place = root["upper"] or (_place_at(root["layers"][-1]) if root["layers"] else None)
        if place is None:
            raise LaunchError("a root file system needs layers or an upper directory")
        self.path = place
        self.root = f"{place}/root"
        self.read_only_root = request["command"]["read_only_root"] or root["upper"] is None
        with doing("opening the root file system"):
            self._opened = OpenedRoot(root)
        sources = [Source(mount) for mount in request["mounts"]]
        with doing("mounting the root file system"):
            syscalls.mount("tmpfs", place, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=700")
            self.directory = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._opened.mount(self.directory, "root")
            self.root_directory = paths.open_directory(self.root)
        self.mounts: list[StagedMount] = [
            source.stage(place, self.directory, f"mount-{number}") for number, source in enumerate(sources)
        ]
        self._stubs = Stubs(self.root_directory, self._opened.upper)
        with doing("making mount points"):
            self._covered = self._make_mount_points()

    def covers(self, path: str) -> bool:
        """Whether a canonical path of the root lies in something that is mounted on it."""
        return f"{path}/".startswith(tuple(self._covered))

    def clean(self) -> None:
        """After the command: leave nothing in the upper directory that the command did not put there."""
        self._stubs.remove()
        os.close(self.root_directory)
        with doing("unmounting the root file system"):
            syscalls.umount(self.root)
            self._opened.forget_volatile()
        self._stubs.forget_copies()

    def _make_mount_points(self) -> list[str]:
        covered = []
        for name in _KERNEL_DIRECTORIES:
            paths.make_missing(self.root_directory, name, directory=True)
            covered.append(f"{name}/")
        for mount in self.mounts:
            target = paths.canonical(self.root_directory, mount.target)
            if not target:
                raise LaunchError(f"cannot mount on /{mount.target}: it is the root directory itself")
            if not f"{target}/".startswith(tuple(covered)):
                self._stubs.make(target, directory=mount.directory)
                covered.append(f"{target}/")
        return covered


def _place_at(layer: list[str]) -> str:
    """A directory that nobody needs once the layer is opened: its own, or the one that its image lies in."""
    return layer[0] if len(layer) == 1 else layer[0].rpartition("/")[0]
