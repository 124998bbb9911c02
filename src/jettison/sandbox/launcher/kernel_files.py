"""/proc, /sys and /dev of one command, mounted by its process 1 before there is a root.

They lie in a directory in memory, which becomes the root of this process while it waits: of the machine's files it has
none any more. Once the command's root is there, ``filesystem`` moves each of the three to it, with all that is mounted
in it.
"""

from __future__ import annotations

import errno
import os
import stat

from jettison.sandbox.defaults import DEFAULT_SHM_BYTES, DEVICE_LINKS, DEVICES, MASKED_PATHS, READ_ONLY_PATHS
from jettison.sandbox.launcher import paths, syscalls
from jettison.sandbox.launcher.errors import LaunchError, doing
from jettison.tuples import NamedTuple

DIRECTORIES = ("proc", "sys", "dev")
ROOT = "/root"
"""An empty directory beside them, for the command's root."""

_PLACE = "/.."
"""The topmost of what is mounted on ``/``. The memory is mounted there, since that directory exists everywhere: other
paths still begin below it, at the machine's files.
"""

_QUIET = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC


class Settings(NamedTuple):
    """What differs between commands."""

    insecure: bool = False
    """Everything can be seen and changed, as on the machine itself."""
    shm_size_bytes: int = DEFAULT_SHM_BYTES
    devices: tuple[tuple[str, str, int, int], ...] = ()
    """Beside docker's."""


def make(settings: Settings) -> None:
    """Mount all of it, for the namespaces that this process is in, and make it this process's root."""
    with doing("making a place for the kernel's files"):
        syscalls.mount("tmpfs", "/", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_NODEV, "mode=700")
        place = os.open(_PLACE, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for name in (*DIRECTORIES, "root"):
            os.mkdir(name, 0o755, dir_fd=place)
    with doing("mounting /proc"):
        syscalls.mount("proc", f"{_PLACE}/proc", "proc", _QUIET)
    with doing("mounting /sys"):
        read_only = 0 if settings.insecure else syscalls.MS_RDONLY
        syscalls.mount("sysfs", f"{_PLACE}/sys", "sysfs", _QUIET | read_only)
        _mount_control_groups(f"{_PLACE}/sys/fs/cgroup", read_only)
    with doing("mounting /dev"):
        _mount_devices(f"{_PLACE}/dev", settings)
    if not settings.insecure:
        protect(_PLACE)
    change_root(place)


def change_root(root: int) -> None:
    """Make an opened mount this process's root, and close it; all other mounts are out of reach afterwards."""
    with doing("changing the root"):
        os.fchdir(root)
        os.close(root)
        syscalls.pivot_root(".", ".")
        syscalls.umount(".", syscalls.MNT_DETACH)
        os.chdir("/")
    if not os.path.samestat(os.stat("/"), os.stat("/..")):
        raise LaunchError("changing the root: the old one is still there")


def protect(root: str) -> None:
    """Cover what tells too much, and make read-only what would reach the machine (docker's lists)."""
    with doing("covering kernel files"):
        for path in MASKED_PATHS:
            _mask(f"{root}{path}", f"{root}/dev/null")
        for path in READ_ONLY_PATHS:
            _make_read_only(f"{root}{path}")


def _mask(path: str, null: str) -> None:
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            syscalls.mount("tmpfs", path, "tmpfs", _QUIET | syscalls.MS_RDONLY, "mode=755")
        else:
            syscalls.mount(null, path, flags=syscalls.MS_BIND)
    except FileNotFoundError:
        return


def _make_read_only(path: str) -> None:
    try:
        syscalls.mount(path, path, flags=syscalls.MS_BIND | syscalls.MS_REC)
        flags = syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY | _QUIET
        syscalls.mount("none", path, flags=flags)
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


def _mount_control_groups(base: str, read_only: int) -> None:
    """Show the command its own control groups: version 2 as one tree, version 1 one by one."""
    table = os.fsdecode(paths.read_file("/proc/self/cgroup"))
    controllers = [line.split(":")[1] for line in table.splitlines()]
    flags = _QUIET | read_only
    try:
        if controllers == [""]:
            syscalls.mount("cgroup2", base, "cgroup2", flags)
            return
        syscalls.mount("tmpfs", base, "tmpfs", _QUIET, "mode=755")
    except OSError:
        return  # a kernel without control groups
    directory = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for controller in controllers:
        name = controller.removeprefix("name=") or "unified"
        os.mkdir(name, 0o755, dir_fd=directory)
        options = f"none,{controller}" if controller.startswith("name=") else controller
        kind = "cgroup" if controller else "cgroup2"
        try:
            syscalls.mount(kind, f"{base}/{name}", kind, flags, options)
        except OSError:
            continue  # a controller that is known but not mounted on this machine
    syscalls.mount("none", base, flags=syscalls.MS_BIND | syscalls.MS_REMOUNT | flags)
    os.close(directory)


def _mount_devices(base: str, settings: Settings) -> None:
    """A /dev of docker's devices and those of the command, in memory."""
    syscalls.mount("tmpfs", base, "tmpfs", syscalls.MS_NOSUID | syscalls.MS_STRICTATIME, "mode=755,size=65536k")
    directory = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name, major, minor in DEVICES:
        _make_device(directory, name, stat.S_IFCHR, os.makedev(major, minor))
    for name, kind, major, minor in settings.devices:
        if "/" in name:
            os.mkdir(name.partition("/")[0], 0o755, dir_fd=directory)
        _make_device(directory, name, stat.S_IFCHR if kind == "c" else stat.S_IFBLK, os.makedev(major, minor))
    for name, target in DEVICE_LINKS:
        os.symlink(target, name, dir_fd=directory)
    for name in ("pts", "shm", "mqueue"):
        os.mkdir(name, 0o755, dir_fd=directory)
    os.close(directory)
    quiet = syscalls.MS_NOSUID | syscalls.MS_NOEXEC
    syscalls.mount("devpts", f"{base}/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=0620,gid=5")
    syscalls.mount("tmpfs", f"{base}/shm", "tmpfs", _QUIET, f"mode=1777,size={settings.shm_size_bytes}")
    syscalls.mount("mqueue", f"{base}/mqueue", "mqueue", _QUIET)


def _make_device(directory: int, name: str, kind: int, device: int) -> None:
    """Make a device node, or show the host's, if it has one, where making one is not allowed."""
    try:
        os.mknod(name, kind | 0o666, device, dir_fd=directory)
    except PermissionError:
        if not os.access(f"/dev/{name}", os.F_OK):
            return
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666, dir_fd=directory))
        syscalls.mount(f"/dev/{name}", f"{paths.by_descriptor(directory)}/{name}", flags=syscalls.MS_BIND)
