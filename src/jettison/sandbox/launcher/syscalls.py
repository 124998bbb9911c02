"""The system calls that Python does not offer, by way of libc. Each raises OSError that names its object.

A function bears the name of its system call, whose manual page (section 2) says the rest.
"""

from __future__ import annotations

import _socket
import ctypes
import fcntl
import os
import struct

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MS_SLAVE = 0x80000
MS_STRICTATIME = 0x1000000

MNT_DETACH = 0x2

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2

AT_FDCWD = -100
RESOLVE_NO_MAGICLINKS = 0x02
RESOLVE_NO_SYMLINKS = 0x04
RESOLVE_IN_ROOT = 0x10

_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1

_SYS_OPEN_TREE = 428
_SYS_MOVE_MOUNT = 429
_SYS_OPENAT2 = 437
_SYS_MOUNT_SETATTR = 442
_SYS_RT_SIGACTION = {"x86_64": 13, "aarch64": 134}
_SIGSET_BYTES = 8
_AT_RECURSIVE = 0x8000
_OPEN_TREE_CLONE = 0x1
_MOVE_MOUNT_F_EMPTY_PATH = 0x4
_MOVE_MOUNT_T_EMPTY_PATH = 0x40
_MOUNT_ATTR_RDONLY = 0x1
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, subject: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), subject)
    return result


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount, bind or change a mount, as the flags decide."""
    result = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _checked(result, target)


def umount(target: str, flags: int = 0) -> None:
    """umount2(2)."""
    _checked(_libc.umount2(os.fsencode(target), flags), target)


def pivot_root(new_root: str, put_old: str) -> None:
    """Swap the root mount of this namespace."""
    _checked(_libc.pivot_root(os.fsencode(new_root), os.fsencode(put_old)), new_root)


def unshare(flags: int) -> None:
    """Leave the namespaces that the flags name for new ones."""
    _checked(_libc.unshare(flags), f"namespaces {flags:#x}")


def setns(descriptor: int, kind: int) -> None:
    """Enter a namespace of this kind."""
    _checked(_libc.setns(descriptor, kind), f"namespaces {kind:#x}")


def prctl(option: int, argument: int = 0, second: ctypes.c_void_p | int = 0) -> None:
    """Change a property of this process."""
    zero = ctypes.c_ulong(0)
    value = ctypes.c_ulong(second) if isinstance(second, int) else second
    _checked(_libc.prctl(option, ctypes.c_ulong(argument), value, zero, zero), f"prctl {option}")


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def reset_signal(number: int) -> None:
    """Give a signal its default again (rt_sigaction): also 32 and 33, which libc keeps for itself and does not reset.

    A process that ``make`` started ignores those. Does nothing on other machines than x86_64 and aarch64.
    """
    call = _SYS_RT_SIGACTION.get(os.uname().machine)
    if call is not None:
        default = ctypes.create_string_buffer(32)
        _checked(_libc.syscall(call, number, default, None, ctypes.c_size_t(_SIGSET_BYTES)), f"signal {number}")


def openat2(directory: int, path: str, flags: int, resolve: int) -> int:
    """Open a file under restrictions on how its path is followed; the descriptor is closed on exec."""
    how = _OpenHow(flags | os.O_CLOEXEC, 0, resolve)
    result = _libc.syscall(
        ctypes.c_long(_SYS_OPENAT2),
        ctypes.c_long(directory),
        os.fsencode(path or "."),
        ctypes.byref(how),
        ctypes.c_size_t(ctypes.sizeof(how)),
    )
    return _checked(result, path)


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def mount_read_only(path: str) -> None:
    """Make the mount at ``path`` and all mounts below it read-only: mount_setattr(2), Linux 5.12."""
    attributes = _MountAttributes(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(_SYS_MOUNT_SETATTR),
        ctypes.c_long(AT_FDCWD),
        os.fsencode(path),
        ctypes.c_long(_AT_RECURSIVE),
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
    )
    _checked(result, path)


def open_tree(path: str) -> int:
    """A copy of the mount at ``path`` and of all mounts below it, mounted nowhere and gone with the descriptor."""
    result = _libc.syscall(
        ctypes.c_long(_SYS_OPEN_TREE),
        ctypes.c_long(AT_FDCWD),
        os.fsencode(path),
        ctypes.c_long(_OPEN_TREE_CLONE | _AT_RECURSIVE | os.O_CLOEXEC),
    )
    return _checked(result, path)


def move_mount(source: int | str, target: int | str) -> None:
    """Mount what is opened, or move what is mounted at a path, to what is opened or lies at a path."""
    from_flag, from_directory, from_path = _place(source, _MOVE_MOUNT_F_EMPTY_PATH)
    to_flag, to_directory, to_path = _place(target, _MOVE_MOUNT_T_EMPTY_PATH)
    result = _libc.syscall(
        ctypes.c_long(_SYS_MOVE_MOUNT),
        ctypes.c_long(from_directory),
        from_path,
        ctypes.c_long(to_directory),
        to_path,
        ctypes.c_long(from_flag | to_flag),
    )
    _checked(result, os.fsdecode(to_path))


def _place(place: int | str, flag: int) -> tuple[int, int, bytes]:
    """A descriptor or a path as a flag, a directory and a path."""
    return (flag, place, b"") if isinstance(place, int) else (0, AT_FDCWD, os.fsencode(place))


def set_limit(number: int, soft: int, hard: int) -> None:
    """setrlimit(2); -1 is none."""
    values = (ctypes.c_uint64 * 2)(soft, hard)
    _checked(_libc.setrlimit(number, ctypes.byref(values)), "")


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def set_capabilities(numbers: frozenset[int], *, inheritable: frozenset[int]) -> None:
    """capset(2): exactly these are effective and permitted, and these inheritable."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    words = (ctypes.c_uint32 * 6)()
    for number in numbers:
        bit = 1 << (number % 32)
        words[number // 32 * 3] |= bit
        words[number // 32 * 3 + 1] |= bit
    for number in inheritable:
        words[number // 32 * 3 + 2] |= 1 << (number % 32)
    _checked(_libc.capset(ctypes.byref(header), words), "capabilities")


def bring_up_loopback() -> None:
    """Set the flag "up" of the device ``lo`` (netdevice(7))."""
    request = struct.Struct("16sh14x")
    control = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        answer = fcntl.ioctl(control, _SIOCGIFFLAGS, request.pack(b"lo", 0))
        flags = request.unpack(answer)[1] | _IFF_UP
        fcntl.ioctl(control, _SIOCSIFFLAGS, request.pack(b"lo", flags))
    finally:
        control.close()
