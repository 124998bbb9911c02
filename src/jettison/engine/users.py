"""The users and groups of an image, also of one whose topmost layer is still a directory that a command left."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from jettison.engine.layers import LayerFiles
from jettison.layer.stream import read_exactly
from jettison.model.entry import EntryType
from jettison.model.users import UserDatabase

_MAX_BYTES = 10 << 20
"""As BuildKit's limit for /etc/passwd and /etc/group."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PLAIN = (None, EntryType.FILE, EntryType.HARDLINK)


def read_users(files: LayerFiles) -> UserDatabase:
    """The users and groups of an image."""
    return UserDatabase(passwd=files.read("etc/passwd", _MAX_BYTES), group=files.read("etc/group", _MAX_BYTES))


def read_users_above(files: LayerFiles, upper: Path) -> UserDatabase | None:
    """The same, seen through an upper directory that touches no more of them than ordinary programs do.

    None where it has changed one in another way than by writing it, or where links are in play: then the layer has to
    be made first.
    """
    tree = files.tree
    kinds = [None if (entry := tree.get(path)) is None else entry.type for path in ("etc/passwd", "etc/group")]
    etc = tree.get("etc")
    if (etc is not None and etc.type is not EntryType.DIRECTORY) or not set(kinds) <= set(_PLAIN):
        return None
    try:
        folder = os.open(upper / "etc", _FOLDER)
    except OSError as error:
        return read_users(files) if error.errno == errno.ENOENT else None
    try:
        if any(name.endswith(".opaque") for name in os.listxattr(folder)):
            return None
        written = [_written(folder, name) for name in ("passwd", "group")]
    except OSError:
        return None
    finally:
        os.close(folder)
    below = read_users(files)
    passwd, group = written
    return UserDatabase(
        passwd=below.passwd if passwd is None else passwd, group=below.group if group is None else group
    )


def _written(folder: int, name: str) -> bytes | None:
    """The content of a file that the upper directory has; None where it has none. Anything else is an OSError."""
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "no file", name)
        return read_exactly(file, min(status.st_size, _MAX_BYTES))
