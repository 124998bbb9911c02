"""How much space something takes on disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from jettison.store.faults import storage_faults

_BLOCK_BYTES = 512
"""The unit of ``st_blocks``, whatever the block size of the file system."""


def disk_bytes(path: Path, *, but_for: Collection[str] = ()) -> int:
    """The space of a file, or of a folder with all in it, hard links counted once; 0 for what does not exist.

    ``but_for`` are paths in the folder that do not count, with all in them. Folders that may not be read count by
    themselves alone. Other file systems mounted inside are not entered.
    """
    with storage_faults("measure", path):
        try:
            top = os.lstat(path)
        except FileNotFoundError:
            return 0
        total = top.st_blocks
        linked: set[int] = set()
        pending = [os.fspath(path)] if stat.S_ISDIR(top.st_mode) else []
        while pending:
            try:
                with os.scandir(pending.pop()) as entries:
                    children = [entry for entry in entries if entry.path not in but_for]
            except (PermissionError, FileNotFoundError):
                continue
            for entry in children:
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if status.st_dev != top.st_dev:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    pending.append(entry.path)
                elif status.st_nlink > 1:
                    if status.st_ino in linked:
                        continue
                    linked.add(status.st_ino)
                total += status.st_blocks
    return total * _BLOCK_BYTES
