"""Removing what may be hostile: by descriptors, following no symbolic link."""

from __future__ import annotations

import contextlib
import os
import stat

from jettison.rootfs.open_directories import FLAGS


def remove_path(parent: int, name: str) -> None:
    """Remove ``name`` in the directory ``parent``, with all that is in it; nothing where it does not exist."""
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise
    else:
        return
    _empty_directory(parent, name)
    os.rmdir(name, dir_fd=parent)


def _empty_directory(parent: int, name: str) -> None:
    try:
        fd = os.open(name, FLAGS, dir_fd=parent)
    except PermissionError:
        _unlock(parent, name)
        fd = os.open(name, FLAGS, dir_fd=parent)
    try:
        if os.fstat(fd).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            with contextlib.suppress(PermissionError):
                os.fchmod(fd, stat.S_IRWXU)
        for child in os.listdir(fd):
            remove_path(fd, child)
    finally:
        os.close(fd)


def _unlock(parent: int, name: str) -> None:
    """Make a directory of ours readable. Chmod follows links: it is checked that there is none."""
    if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
        os.chmod(name, stat.S_IRWXU, dir_fd=parent)
