"""Finding and making files inside a root without ever following a link out of it (openat2(2), RESOLVE_IN_ROOT)."""

from __future__ import annotations

import errno
import os
import stat

from jettison.sandbox.launcher import syscalls

_MAX_LINKS = 40


def by_descriptor(descriptor: int) -> str:
    """A path that the kernel resolves to exactly the opened file."""
    return f"/proc/self/fd/{descriptor}"


def open_directory(path: str) -> int:
    """A handle on a directory of the host."""
    return os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def read_file(path: str) -> bytes:
    """All of a small file, such as the kernel makes up."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
        return file.read()


def open_inside(root: int, path: str, flags: int = os.O_PATH) -> int:
    """Open an existing file inside ``root``; links, ``..`` and absolute paths are resolved there."""
    return syscalls.openat2(root, path, flags, syscalls.RESOLVE_IN_ROOT)


def canonical(root: int, path: str) -> str:
    """The path inside ``root`` with all links followed, also dangling ones; what does not exist is kept as written."""
    pending = path.split("/")[::-1]
    done: list[str] = []
    links = 0
    while pending:
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            done = done[:-1]
            continue
        done.append(part)
        link = _read_link(root, "/".join(done))
        if link is None:
            continue
        links += 1
        if links > _MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), "/" + path)
        done = [] if link.startswith("/") else done[:-1]
        pending.extend(link.split("/")[::-1])
    return "/".join(done)


def _read_link(root: int, path: str) -> str | None:
    """The target of a symbolic link at a canonical path; None for anything else and for nothing at all."""
    try:
        descriptor = open_exactly(root, path, os.O_PATH | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        if stat.S_ISLNK(os.fstat(descriptor).st_mode):
            return os.readlink("", dir_fd=descriptor)
    finally:
        os.close(descriptor)
    return None


def open_exactly(root: int, path: str, flags: int) -> int:
    """Open a canonical path: a link anywhere but at its end is an error (ELOOP)."""
    return syscalls.openat2(root, path, flags, syscalls.RESOLVE_IN_ROOT | syscalls.RESOLVE_NO_SYMLINKS)


def is_there(root: int, path: str) -> bool:
    """Whether there is anything at a canonical path, be it a link that leads nowhere."""
    try:
        os.close(open_exactly(root, path, os.O_PATH | os.O_NOFOLLOW))
    except OSError:
        return False
    return True


def parent_and_name(path: str) -> tuple[str, str]:
    """Both halves of an image path."""
    parent, _, name = path.rpartition("/")
    return parent, name


def make_missing(root: int, path: str, *, directory: bool, owner: tuple[int, int] = (0, 0)) -> list[str]:
    """Make what is missing of a canonical path, parents first; the list of what was made, in that order.

    Directories are made with mode 0755, a file empty with mode 0644.
    """
    if is_there(root, path):
        return []
    made = []
    parts = path.split("/") if path else []
    for length in range(1, len(parts) + 1):
        current = "/".join(parts[:length])
        parent = open_exactly(root, "/".join(parts[: length - 1]), os.O_RDONLY | os.O_DIRECTORY)
        try:
            if length < len(parts) or directory:
                os.mkdir(parts[length - 1], 0o755, dir_fd=parent)
            else:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                os.close(os.open(parts[length - 1], flags, 0o644, dir_fd=parent))
            os.chown(parts[length - 1], *owner, dir_fd=parent, follow_symlinks=False)
        except FileExistsError:
            continue
        finally:
            os.close(parent)
        made.append(current)
    return made
