"""Removing what may be hostile: by descriptors, following no symbolic link, however deep it is nested."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from jettison.rootfs.open_directories import FLAGS


def remove_path(parent: int, name: str) -> None:
    """Remove ``name`` in the directory ``parent``, with all that is in it; nothing where it does not exist."""
    if _unlink(parent, name):
        return
    stack = [_Emptied(parent, name)]
    try:
        while stack:
            current = stack[-1]
            if current.directories:
                stack.append(_Emptied(current.fd, current.directories.pop()))
            else:
                os.close(stack.pop().fd)
                os.rmdir(current.name, dir_fd=current.parent)
    finally:
        for opened in stack:
            os.close(opened.fd)


class _Emptied:
    """A directory on its way out: the files in it are gone, the directories are left."""

    __slots__ = ("directories", "fd", "name", "parent")

    def __init__(self, parent: int, name: str) -> None:
        self.parent = parent
        self.name = name
        self.fd = _open_own(parent, name)
        try:
            self.directories = [child for child in os.listdir(self.fd) if not _unlink(self.fd, child)]
        except BaseException:
            os.close(self.fd)
            raise


def _unlink(parent: int, name: str) -> bool:
    """Remove what is no directory; False for a directory."""
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        return True
    except (IsADirectoryError, PermissionError):
        if stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            return False
        raise
    return True


def _open_own(parent: int, name: str) -> int:
    """Open a directory to empty it, and give ourselves the right to, which its owner has."""
    try:
        fd = os.open(name, FLAGS, dir_fd=parent)
    except PermissionError:
        if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise
        os.chmod(name, stat.S_IRWXU, dir_fd=parent)
        fd = os.open(name, FLAGS, dir_fd=parent)
    if os.fstat(fd).st_mode & stat.S_IRWXU != stat.S_IRWXU:
        with suppress(PermissionError):
            os.fchmod(fd, stat.S_IRWXU)
    return fd
