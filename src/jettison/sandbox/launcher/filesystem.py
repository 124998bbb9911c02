"""What the command sees as its files: the staged root with /proc, /sys, /dev and the mounts, nothing of the host."""

from __future__ import annotations

import errno
import os
import stat

from jettison.sandbox.defaults import DEVICE_LINKS, DEVICES, MASKED_PATHS, READ_ONLY_PATHS
from jettison.sandbox.launcher import paths, syscalls
from jettison.sandbox.launcher.errors import COMMAND_NOT_STARTED, CommandError, doing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from jettison.sandbox.launcher.staging import Staging
    from jettison.sandbox.wire import WireCommand

_QUIET = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC


def enter(staging: Staging, command: WireCommand) -> None:
    """Assemble the files and make them this process's root. Everything else is out of reach afterwards."""
    with doing("opening the root file system"):
        root = paths.open_directory(staging.root)
    with doing("mounting /proc"):
        _mount_kernel(root, "proc", "proc", _QUIET)
    with doing("mounting /sys"):
        read_only = 0 if command["insecure"] else syscalls.MS_RDONLY
        _mount_kernel(root, "sys", "sysfs", _QUIET | read_only)
        _mount_control_groups(root, read_only)
    with doing("mounting /dev"):
        _mount_devices(root, command)
    for mount in staging.mounts:
        with doing(f"mounting /{mount.target}"):
            target = paths.canonical(root, mount.target)
            _make_mount_point(root, target, directory=mount.directory)
            point = paths.open_exactly(root, target, os.O_PATH)
            syscalls.mount(mount.path, paths.by_descriptor(point), flags=syscalls.MS_BIND | syscalls.MS_REC)
            os.close(point)
    with doing("changing the root"):
        os.fchdir(root)
        os.close(root)
        syscalls.pivot_root(".", ".")
        syscalls.umount(".", syscalls.MNT_DETACH)
        os.chdir("/")
    if not command["insecure"]:
        with doing("covering kernel files"):
            _protect_kernel_files()


def make_read_only() -> None:
    """Make the root mount itself read-only, and not what is mounted in it."""
    syscalls.mount("none", "/", flags=syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY)


def _make_mount_point(root: int, target: str, *, directory: bool) -> None:
    """Make what is missing; raises :class:`CommandError` where the kernel alone says what is there."""
    top = target.partition("/")[0]
    if target == "proc":
        raise CommandError(f"cannot mount on /{target}: commands cannot run without it", COMMAND_NOT_STARTED)
    try:
        paths.make_missing(root, target, directory=directory)
    except OSError as error:
        if top not in ("proc", "sys"):
            raise
        message = f"cannot mount on /{target}: it is not there, and nothing can be made in /{top}"
        raise CommandError(message, COMMAND_NOT_STARTED) from error


def _mount_kernel(root: int, name: str, kind: str, flags: int, data: str = "") -> None:
    """Mount a file system of the kernel on a directory of the root, which must not be a link."""
    point = paths.open_exactly(root, name, os.O_PATH | os.O_DIRECTORY)
    try:
        syscalls.mount(kind, paths.by_descriptor(point), kind, flags, data)
    finally:
        os.close(point)


def _mount_control_groups(root: int, read_only: int) -> None:
    """Show the command its own control groups: version 2 as one tree, version 1 one by one."""
    table = os.fsdecode(paths.read_file("/proc/self/cgroup"))
    controllers = [line.split(":")[1] for line in table.splitlines()]
    base = "sys/fs/cgroup"
    flags = _QUIET | read_only
    try:
        if controllers == [""]:
            _mount_kernel(root, base, "cgroup2", flags)
            return
        _mount_kernel(root, base, "tmpfs", _QUIET, "mode=755")
    except OSError:
        return  # a kernel without control groups
    directory = paths.open_exactly(root, base, os.O_RDONLY | os.O_DIRECTORY)
    opened = paths.by_descriptor(directory)
    for controller in controllers:
        name = controller.removeprefix("name=") or "unified"
        os.mkdir(name, 0o755, dir_fd=directory)
        options = f"none,{controller}" if controller.startswith("name=") else controller
        kind = "cgroup" if controller else "cgroup2"
        try:
            syscalls.mount(kind, f"{opened}/{name}", kind, flags, options)
        except OSError:
            continue  # a controller that is known but not mounted on this machine
    syscalls.mount("none", opened, flags=syscalls.MS_BIND | syscalls.MS_REMOUNT | flags)
    os.close(directory)


def _mount_devices(root: int, command: WireCommand) -> None:
    """A /dev of docker's devices and those of the command, in memory."""
    _mount_kernel(root, "dev", "tmpfs", syscalls.MS_NOSUID | syscalls.MS_STRICTATIME, "mode=755,size=65536k")
    directory = paths.open_exactly(root, "dev", os.O_RDONLY | os.O_DIRECTORY)
    for name, major, minor in DEVICES:
        _make_device(directory, name, stat.S_IFCHR, os.makedev(major, minor))
    for name, kind, major, minor in command["devices"]:
        if "/" in name:
            os.mkdir(name.partition("/")[0], 0o755, dir_fd=directory)
        _make_device(directory, name, stat.S_IFCHR if kind == "c" else stat.S_IFBLK, os.makedev(major, minor))
    for name, target in DEVICE_LINKS:
        os.symlink(target, name, dir_fd=directory)
    for name in ("pts", "shm", "mqueue"):
        os.mkdir(name, 0o755, dir_fd=directory)
    os.close(directory)
    quiet = syscalls.MS_NOSUID | syscalls.MS_NOEXEC
    _mount_kernel(root, "dev/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=0620,gid=5")
    _mount_kernel(root, "dev/shm", "tmpfs", _QUIET, f"mode=1777,size={command['shm_size_bytes']}")
    _mount_kernel(root, "dev/mqueue", "mqueue", _QUIET)


def _make_device(directory: int, name: str, kind: int, device: int) -> None:
    """Make a device node, or show the host's, if it has one, where making one is not allowed."""
    try:
        os.mknod(name, kind | 0o666, device, dir_fd=directory)
    except PermissionError:
        if not os.access(f"/dev/{name}", os.F_OK):
            return
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o666, dir_fd=directory))
        syscalls.mount(f"/dev/{name}", f"{paths.by_descriptor(directory)}/{name}", flags=syscalls.MS_BIND)


def _protect_kernel_files() -> None:
    """Cover what tells too much, and make read-only what would reach the machine (docker's lists)."""
    for path in MASKED_PATHS:
        try:
            directory = stat.S_ISDIR(os.lstat(path).st_mode)
            if directory:
                syscalls.mount("tmpfs", path, "tmpfs", _QUIET | syscalls.MS_RDONLY, "mode=755")
            else:
                syscalls.mount("/dev/null", path, flags=syscalls.MS_BIND)
        except FileNotFoundError:
            continue
    for path in READ_ONLY_PATHS:
        try:
            syscalls.mount(path, path, flags=syscalls.MS_BIND | syscalls.MS_REC)
            flags = syscalls.MS_BIND | syscalls.MS_REMOUNT | syscalls.MS_RDONLY | _QUIET
            syscalls.mount("none", path, flags=flags)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
