"""Mounting a stack of layers with overlayfs in the private mount namespace (kernel: filesystems/overlayfs.rst).

Layers are named to the kernel by descriptor (``lowerdir=5:6:7`` relative to /proc/self/fd): so hundreds fit in the one page
of mount options, no character of a path needs escaping, and nothing of the host's paths shows in the command's /proc/mounts.
"""

from __future__ import annotations

import errno
import os

from jettison.sandbox.launcher import syscalls
from jettison.sandbox.launcher.errors import LaunchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireRoot

_OPTIONS = "redirect_dir=off,metacopy=off,index=off"


class OpenedRoot:
    """A stack whose directories are held open, so that mounts made later cannot hide them."""

    def __init__(self, root: WireRoot) -> None:
        self.layers = [_open_directory(layer) for layer in root["layers"]]
        self.upper = _open_directory(root["upper"]) if root["upper"] is not None else None
        self.work = _open_directory(root["work"]) if root["work"] is not None else None

    def mount(self, target: str, scratch: str) -> None:
        """Mount the stack at ``target``; ``scratch`` is a directory in memory that takes writes nobody wants."""
        if self.upper is not None and not self.layers:
            syscalls.mount(_name(self.upper), target, flags=syscalls.MS_BIND)
            return
        if not self.layers:
            syscalls.mount("tmpfs", target, "tmpfs", data="mode=755")
            return
        upper, work = self.upper, self.work
        if upper is None:
            upper, work = self._throwaway(scratch)
        if work is None:
            raise LaunchError("a root with layers and an upper directory needs a work directory")
        lower = ":".join(str(layer) for layer in reversed(self.layers))
        data = f"lowerdir={lower},upperdir={upper},workdir={work},{_OPTIONS}"
        os.chdir("/proc/self/fd")
        try:
            _mount_overlay(target, data)
        finally:
            os.chdir("/")

    def forget_volatile(self) -> None:
        """After unmounting: remove the mark by which overlayfs would refuse to use the work directory once more."""
        if self.work is not None:
            try:
                os.unlink("work/incompat/volatile/dirty", dir_fd=self.work)
            except FileNotFoundError:
                return
            os.rmdir("work/incompat/volatile", dir_fd=self.work)
            os.rmdir("work/incompat", dir_fd=self.work)

    def _throwaway(self, scratch: str) -> tuple[int, int]:
        """An upper directory in memory that looks like the root of the topmost layer, and its work directory."""
        upper, work = f"{scratch}/upper", f"{scratch}/work"
        os.mkdir(scratch)
        os.mkdir(work)
        os.mkdir(upper)
        top = os.stat(self.layers[-1])
        os.chown(upper, top.st_uid, top.st_gid)
        os.chmod(upper, top.st_mode & 0o7777)
        return _open_directory(upper), _open_directory(work)


def _mount_overlay(target: str, data: str) -> None:
    """Mount without the costly sync of the whole disk at the end; what must last is synced by whoever keeps it."""
    try:
        syscalls.mount("overlay", target, "overlay", data=f"{data},volatile")
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        syscalls.mount("overlay", target, "overlay", data=data)  # Linux before 5.10


def _open_directory(path: str) -> int:
    return os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _name(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"
