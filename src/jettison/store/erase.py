"""Removing a folder whatever is in it: what a RUN left behind is hostile.

A tree is flattened while it is removed: every folder met is first renamed into the top one. So a nesting ten thousand
deep costs neither recursion, nor open files, nor a path longer than the kernel takes. A mount point cannot be renamed:
nothing on another file system is ever entered, let alone removed.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from jettison.store.faults import storage_faults

_PREFIX = ".erase-"
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def erase(path: Path) -> None:
    """Remove a file, a link or a whole folder; what does not exist is fine.

    Links are removed, not followed. Modes that forbid looking inside are lifted first.
    """
    with storage_faults("remove", path):
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            return
        if not stat.S_ISDIR(status.st_mode):
            path.unlink(missing_ok=True)
            return
        _permit(path, None)
        top = os.open(path, _OPEN)
        try:
            _erase_children(top)
        finally:
            os.close(top)
        path.rmdir()


def _erase_children(top: int) -> None:
    number = 0
    pending: list[str] = []

    def empty(folder: int) -> None:
        nonlocal number
        with os.scandir(folder) as entries:
            children = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_folder in children:
            if not is_folder:
                os.unlink(name, dir_fd=folder)
                continue
            if folder == top and name.startswith(_PREFIX):
                pending.append(name)
                continue
            number = _free_number(top, number)
            flat = f"{_PREFIX}{number}"
            try:
                os.rename(name, flat, src_dir_fd=folder, dst_dir_fd=top)
            except PermissionError:
                _permit(name, folder)
                os.rename(name, flat, src_dir_fd=folder, dst_dir_fd=top)
            pending.append(flat)

    empty(top)
    while pending:
        name = pending.pop()
        _permit(name, top)
        folder = os.open(name, _OPEN, dir_fd=top)
        try:
            empty(folder)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=top)


def _free_number(top: int, number: int) -> int:
    """The next number whose name is free; one is taken only where an earlier removal was interrupted."""
    while True:
        number += 1
        try:
            os.lstat(f"{_PREFIX}{number}", dir_fd=top)
        except FileNotFoundError:
            return number


def _permit(name: str | Path, folder: int | None) -> None:
    """Let the owner look into and change the folder."""
    mode = stat.S_IMODE(os.lstat(name, dir_fd=folder).st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        os.chmod(name, mode | stat.S_IRWXU, dir_fd=folder)
