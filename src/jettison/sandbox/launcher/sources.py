"""What the mounts of a command show: opened before anything can hide it, then staged with its final flags."""

from __future__ import annotations

import errno
import os
import stat

from jettison.sandbox.launcher import paths, syscalls
from jettison.sandbox.launcher.errors import LaunchError, doing
from jettison.sandbox.launcher.roots import OpenedRoot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.wire import WireMount


class StagedMount:
    """One mount in its final form, and where it shall go."""

    def __init__(self, path: str, target: str, *, directory: bool, read_only: bool) -> None:
        self.path = path
        self.target = target
        self.directory = directory
        self.read_only = read_only


class Source:
    """What one mount shows."""

    def __init__(self, mount: WireMount) -> None:
        self._mount = mount
        self._opened = -1
        self._root: OpenedRoot | None = None
        with doing(f"mounting /{mount['target']}"):
            if mount["kind"] == "bind":
                self._opened = os.open(mount["source"], os.O_PATH | os.O_CLOEXEC)
            elif mount["root"] is not None:
                self._root = OpenedRoot(mount["root"])

    def stage(self, place: str, directory: int, name: str) -> StagedMount:
        """Mount it as ``place/name``, ``directory`` being ``place`` opened."""
        mount, path = self._mount, f"{place}/{name}"
        with doing(f"mounting /{mount['target']}"):
            if mount["kind"] == "tmpfs":
                is_directory = self._stage_tmpfs(directory, name)
            elif mount["kind"] == "file":
                is_directory = self._stage_file(directory, name)
            elif self._root is not None:
                is_directory = self._stage_root(self._root, directory, name)
            else:
                is_directory = _bind(self._opened, directory, name)
            if mount["read_only"]:
                _make_read_only(path)
        return StagedMount(path, mount["target"], directory=is_directory, read_only=mount["read_only"])

    def _stage_tmpfs(self, directory: int, name: str) -> bool:
        mount = self._mount
        os.mkdir(name, 0o755, dir_fd=directory)
        data = f"mode={mount['mode']:o},uid={mount['uid']},gid={mount['gid']}"
        if mount["size_bytes"]:
            data += f",size={mount['size_bytes']}"
        target = f"{paths.by_descriptor(directory)}/{name}"
        syscalls.mount("tmpfs", target, "tmpfs", syscalls.MS_NOSUID, data)
        return True

    def _stage_file(self, directory: int, name: str) -> bool:
        mount = self._mount
        content = f"{name}.content"
        file = os.open(content, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=directory)
        with os.fdopen(file, "wb") as stream:
            stream.write(mount["content"].encode("latin-1"))
            os.fchown(file, mount["uid"], mount["gid"])
            os.fchmod(file, mount["mode"])
        source = os.open(content, os.O_PATH | os.O_CLOEXEC, dir_fd=directory)
        return _bind(source, directory, name)

    def _stage_root(self, root: OpenedRoot, directory: int, name: str) -> bool:
        stack = f"{name}.stack"
        root.mount(directory, stack)
        top = os.open(stack, os.O_PATH | os.O_CLOEXEC, dir_fd=directory)
        source = paths.open_inside(top, self._mount["root_path"])
        os.close(top)
        return _bind(source, directory, name)


def _bind(source: int, directory: int, name: str) -> bool:
    """Bind what is opened, and close it, to a new mount point; whether it is a directory."""
    is_directory = stat.S_ISDIR(os.fstat(source).st_mode)
    if is_directory:
        os.mkdir(name, 0o755, dir_fd=directory)
    else:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=directory))
    target = f"{paths.by_descriptor(directory)}/{name}"
    syscalls.mount(paths.by_descriptor(source), target, flags=syscalls.MS_BIND | syscalls.MS_REC)
    os.close(source)
    return is_directory


def _make_read_only(path: str) -> None:
    """Make a mount read-only with all that is mounted below it; before Linux 5.12, refuse to do it by halves."""
    try:
        syscalls.mount_read_only(path)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        below = f" {path}/".encode("utf-8", "surrogateescape")
        if below in paths.read_file("/proc/self/mountinfo"):
            raise LaunchError(
                "what is mounted below the source can be made read-only only by Linux 5.12 or newer (mount_setattr)"
            ) from error
        kept = os.statvfs(path).f_flag & (syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
        syscalls.mount("none", path, flags=syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY | kept)
