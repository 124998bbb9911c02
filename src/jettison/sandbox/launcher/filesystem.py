"""What the command sees as its files: its root with the kernel's files and the mounts, nothing of the host."""

from __future__ import annotations

import os

from jettison.sandbox.launcher import kernel_files, paths, syscalls
from jettison.sandbox.launcher.errors import COMMAND_NOT_STARTED, CommandError, doing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_PROTECTED = ("proc/", "sys/")


def enter(root: int, mounts: Iterable[tuple[int, str, bool]], *, insecure: bool) -> None:
    """Assemble the files and make them this process's root. Everything else is out of reach afterwards.

    ``root`` and the mounts (descriptor, target, whether it is a directory) are trees that are mounted nowhere; all
    descriptors are closed.
    """
    with doing("opening the root file system"):
        syscalls.move_mount(root, kernel_files.ROOT)
    for name in kernel_files.DIRECTORIES:
        with doing(f"mounting /{name}"):
            _move_kernel_files(root, name)
    reaches_kernel_files = False
    for tree, wanted, directory in mounts:
        with doing(f"mounting /{wanted}"):
            target = paths.canonical(root, wanted)
            _make_mount_point(root, target, directory=directory)
            point = paths.open_exactly(root, target, os.O_PATH)
            syscalls.move_mount(tree, point)
            os.close(point)
            os.close(tree)
            reaches_kernel_files |= target.startswith(_PROTECTED)
    kernel_files.change_root(root)
    with doing("separating the mounts from the machine's"):
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    if reaches_kernel_files and not insecure:
        kernel_files.protect("")


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


def _move_kernel_files(root: int, name: str) -> None:
    """Move what is mounted at the place onto a directory of the root, which must not be a link."""
    point = paths.open_exactly(root, name, os.O_PATH | os.O_DIRECTORY)
    try:
        syscalls.move_mount(f"/{name}", point)
    finally:
        os.close(point)
