"""Mounting a stack of layers with overlayfs in the private mount namespace (kernel: filesystems/overlayfs.rst).

Layers are named to the kernel by descriptor (``lowerdir=5:6:7`` relative to /proc/self/fd): so hundreds fit in the one
page of mount options, no character of a path needs escaping, and nothing of the host's paths shows in the command's
/proc/mounts. A layer that is an image over its tar is mounted first, from the two files themselves: no loop device is
made, and what is mounted goes with the namespace.
"""

from __future__ import annotations

import errno
import os

from jettison.sandbox.launcher import paths, syscalls
from jettison.sandbox.launcher.errors import LaunchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireRoot

_MAX_LAYERS = 500
"""The kernel's OVL_MAX_STACK."""
_OPTIONS = "redirect_dir=off,metacopy=off,index=off"
_ONE_DEVICE = ",xino=on"
"""Files of several file systems look as if they were of one."""


class OpenedRoot:
    """A stack whose directories are held open, so that mounts made later cannot hide them."""

    def __init__(self, root: WireRoot) -> None:
        # Overlayfs takes a directory once; where a layer is stacked twice, the upper one tells all that the lower does.
        topmost = dict.fromkeys(tuple(layer) for layer in reversed(root["layers"]))
        self.layers = [_OpenedLayer(layer) for layer in reversed(topmost)]
        self.upper = paths.open_directory(root["upper"]) if root["upper"] is not None else None
        self.work = paths.open_directory(root["work"]) if root["work"] is not None else None
        self._once = root["once"]

    def mount(self, directory: int, name: str) -> None:
        """Mount the stack at the new directory ``name``; where nobody wants the writes, memory takes them."""
        os.mkdir(name, 0o755, dir_fd=directory)
        target = f"{paths.by_descriptor(directory)}/{name}"
        if not self.layers:
            if self.upper is None:
                raise LaunchError("a root file system needs layers or an upper directory")
            syscalls.mount(paths.by_descriptor(self.upper), target, flags=syscalls.MS_BIND)
            return
        if len(self.layers) > _MAX_LAYERS:
            raise LaunchError(
                f"the root file system has {len(self.layers)} layers, and overlayfs stacks {_MAX_LAYERS}: write "
                "several instructions as one, or begin a stage anew by COPY --from=STAGE / /"
            )
        layers = [layer.directory(directory, f"{name}.layer-{n}") for n, layer in enumerate(self.layers)]
        upper, work = self.upper, self.work
        if upper is None:
            upper, work = self._throwaway(directory, name, layers[-1])
        if work is None:
            raise LaunchError("a root file system with layers and an upper directory needs a work directory")
        lower = ":".join(str(layer) for layer in reversed(layers))
        options = _OPTIONS + _ONE_DEVICE if any(layer.is_mounted for layer in self.layers) else _OPTIONS
        os.chdir("/proc/self/fd")
        try:
            _mount_overlay(target, f"lowerdir={lower},upperdir={upper},workdir={work},{options}")
        finally:
            os.chdir("/")

    def forget_volatile(self) -> None:
        """After unmounting: remove the mark by which overlayfs would refuse to use the work directory once more.

        Making and removing folders is what takes long on a disk, and the parent waits.
        """
        if self.work is not None and not self._once:
            try:
                os.unlink("work/incompat/volatile/dirty", dir_fd=self.work)
            except FileNotFoundError:
                return
            os.rmdir("work/incompat/volatile", dir_fd=self.work)
            os.rmdir("work/incompat", dir_fd=self.work)

    def _throwaway(self, directory: int, name: str, topmost: int) -> tuple[int, int]:
        """An upper directory in memory that looks like the root of the topmost layer, and its work directory."""
        made = []
        for part in ("upper", "work"):
            os.mkdir(f"{name}.{part}", 0o755, dir_fd=directory)
            made.append(os.open(f"{name}.{part}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory))
        upper, work = made
        top = os.stat(topmost)
        os.fchown(upper, top.st_uid, top.st_gid)
        os.fchmod(upper, top.st_mode & 0o7777)
        return upper, work


class _OpenedLayer:
    """One layer, its directory or its files held open."""

    def __init__(self, layer: tuple[str, ...]) -> None:
        self.is_mounted = len(layer) == 2
        if self.is_mounted:
            self._files = [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in layer]
        else:
            self._directory = paths.open_directory(layer[0])

    def directory(self, above: int, name: str) -> int:
        """The handle that overlayfs is given; what is to be mounted is, at the new directory ``name``."""
        if not self.is_mounted:
            return self._directory
        os.mkdir(name, 0o755, dir_fd=above)
        image, tar = (paths.by_descriptor(file) for file in self._files)
        target = f"{paths.by_descriptor(above)}/{name}"
        try:
            syscalls.mount(image, target, "erofs", syscalls.MS_RDONLY, f"device={tar}")
        except OSError as error:
            reason = os.strerror(error.errno or 0).lower()
            raise LaunchError(
                f"the kernel does not mount a layer from its tar: {reason}; JETTISON_ROOTFS=unpack unpacks it instead"
            ) from error
        return os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=above)


def _mount_lasting_overlay(target: str, data: str) -> None:
    """Mount as Linux before 5.10 can; an error that stays is one of the directories themselves."""
    try:
        syscalls.mount("overlay", target, "overlay", data=data)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise LaunchError(
            "overlayfs refuses the root's directories: their file system is perhaps an overlay itself, as in a "
            "container, or a network one; keep them on ext4, xfs, btrfs or tmpfs"
        ) from error


def _mount_overlay(target: str, data: str) -> None:
    """Mount without the costly sync of the whole disk at the end; what must last is synced by whoever keeps it."""
    try:
        syscalls.mount("overlay", target, "overlay", data=f"{data},volatile")
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        _mount_lasting_overlay(target, data)
