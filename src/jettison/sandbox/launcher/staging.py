"""The private mount namespace of one command: everything it will see, mounted where only we can see it.

A directory in memory covers the root's own upper directory (or topmost layer), whose path is the one place that is sure to exist
and that nobody else needs in this namespace. In it, ``root`` is the root file system and ``mounts/N`` the N-th mount, already
with its final flags. When the last process of the namespace ends, by whatever death, the kernel unmounts all of it.
"""

from __future__ import annotations

import os
import stat

from jettison.sandbox.launcher import paths, syscalls
from jettison.sandbox.launcher.errors import LaunchError, doing
from jettison.sandbox.launcher.roots import OpenedRoot
from jettison.sandbox.launcher.stubs import Stubs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireMount, WireRequest

KERNEL_DIRECTORIES = ("proc", "sys", "dev")


class Staging:
    """What is mounted for one command. Making one moves the calling process into a new mount namespace."""

    def __init__(self, request: WireRequest) -> None:
        root = request["root"]
        place = root["upper"] or (root["layers"][-1] if root["layers"] else None)
        if place is None:
            raise LaunchError("the root file system has neither layers nor an upper directory")
        self.directory = place
        self.root = f"{place}/root"
        self.read_only_root = request["command"]["read_only_root"] or root["upper"] is None
        with doing("making a mount namespace"):
            syscalls.unshare(syscalls.CLONE_NEWNS)
            syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_SLAVE)
        with doing("opening the root file system"):
            self._opened = OpenedRoot(root)
        sources = [_Source(mount) for mount in request["mounts"]]
        with doing("mounting the root file system"):
            syscalls.mount("tmpfs", place, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=700")
            os.mkdir(self.root)
            os.mkdir(f"{place}/mounts")
            self._opened.mount(self.root, f"{place}/scratch")
            self.root_descriptor = os.open(self.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.mounts = [source.stage(f"{place}/mounts/{number}") for number, source in enumerate(sources)]
        self._stubs = Stubs(self.root_descriptor, self._opened.upper)
        with doing("making mount points"):
            self._make_mount_points()

    def _make_mount_points(self) -> None:
        for name in KERNEL_DIRECTORIES:
            paths.make_missing(self.root_descriptor, name, directory=True)
        covered = [f"{name}/" for name in KERNEL_DIRECTORIES]
        for mount in self.mounts:
            target = paths.canonical(self.root_descriptor, mount.target)
            if not target:
                raise LaunchError(f"cannot mount on /{mount.target}: it is the root directory itself")
            if not f"{target}/".startswith(tuple(covered)):
                self._stubs.make(target, directory=mount.directory)
                covered.append(f"{target}/")

    def clean(self) -> None:
        """After the command: leave nothing in the upper directory that the command did not put there."""
        self._stubs.remove()
        os.close(self.root_descriptor)
        with doing("unmounting the root file system"):
            syscalls.umount(self.root)
            self._opened.forget_volatile()
        self._stubs.forget_copies()


class StagedMount:
    """One mount in its final form, and where it shall go."""

    def __init__(self, path: str, target: str, *, directory: bool) -> None:
        self.path = path
        self.target = target
        self.directory = directory


class _Source:
    """What one mount shows, held open before other mounts can hide it."""

    def __init__(self, mount: WireMount) -> None:
        self._mount = mount
        self._descriptor = -1
        self._root: OpenedRoot | None = None
        with doing(f"mounting /{mount['target']}"):
            if mount["kind"] == "bind":
                self._descriptor = os.open(mount["source"], os.O_PATH | os.O_CLOEXEC)
            elif mount["kind"] == "root" and mount["root"] is not None:
                self._root = OpenedRoot(mount["root"])

    def stage(self, path: str) -> StagedMount:
        mount = self._mount
        with doing(f"mounting /{mount['target']}"):
            directory = getattr(self, f"_stage_{mount['kind']}")(path)
            if mount["read_only"]:
                syscalls.mount_read_only(path)
        return StagedMount(path, mount["target"], directory=directory)

    def _stage_bind(self, path: str) -> bool:
        return _bind(self._descriptor, path)

    def _stage_root(self, path: str) -> bool:
        if self._root is None:
            raise LaunchError(f"mounting /{self._mount['target']}: no root to mount from")
        stack = f"{path}.root"
        os.mkdir(stack)
        self._root.mount(stack, f"{path}.scratch")
        inside = os.open(stack, os.O_PATH | os.O_CLOEXEC)
        source = paths.open_inside(inside, self._mount["root_path"])
        os.close(inside)
        directory = _bind(source, path)
        os.close(source)
        return directory

    def _stage_tmpfs(self, path: str) -> bool:
        mount = self._mount
        os.mkdir(path)
        data = f"mode={mount['mode']:o},uid={mount['uid']},gid={mount['gid']}"
        if mount["size_bytes"]:
            data += f",size={mount['size_bytes']}"
        syscalls.mount("tmpfs", path, "tmpfs", syscalls.MS_NOSUID, data)
        return True

    def _stage_file(self, path: str) -> bool:
        mount = self._mount
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(mount["content"].encode("latin-1"))
            os.fchown(file.fileno(), mount["uid"], mount["gid"])
            os.fchmod(file.fileno(), mount["mode"])
        syscalls.mount(path, path, flags=syscalls.MS_BIND)
        return False


def _bind(source: int, path: str) -> bool:
    """Bind what is opened to a new mount point at ``path``; whether it is a directory."""
    directory = stat.S_ISDIR(os.fstat(source).st_mode)
    if directory:
        os.mkdir(path)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    syscalls.mount(paths.by_descriptor(source), path, flags=syscalls.MS_BIND | syscalls.MS_REC)
    return directory
