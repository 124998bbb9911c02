"""Opening the files below a directory of this machine, as they were when somebody looked at them.

Component by component and without following links, so that a link which appears meanwhile cannot lead elsewhere.
"""

from __future__ import annotations

import os

from jettison.recall.stamp import packed_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_KEPT_DIRECTORIES = 32
_NONE_OPEN = ("\0", -1)
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KEPT_XATTRS = ("security.capability", "user.")

Xattrs = tuple[tuple[str, bytes], ...]
"""Extended attributes as an entry holds them."""


class ChangedError(Exception):
    """A file is not the one that was seen, or not as it was."""


class Folder:
    """A directory, and those below it that were used last, open. Not to be used by two threads at once."""

    def __init__(self, root: Path | str) -> None:
        self._root = root
        self._directories: dict[str, int] = {}
        """Open descriptors by path, the one used last at the end."""
        self._recent = _NONE_OPEN
        """The one used last: files come directory by directory."""

    def open(self, path: str, stamp: bytes) -> int:
        """A descriptor of the file at ``path`` below; raises :class:`ChangedError` where its stamp is another one.

        Also :class:`OSError`, as the kernel tells it.
        """
        parent, _, name = path.rpartition("/")
        directory = self._recent[1] if parent == self._recent[0] else self._directory(parent)
        descriptor = os.open(name, _FILE_FLAGS, dir_fd=directory)
        if packed_stamp(os.fstat(descriptor)) != stamp:  # it may be no file at all by now
            os.close(descriptor)
            raise ChangedError
        return descriptor

    def close(self) -> None:
        """Let go of open directories; idempotent. Files can be opened afterwards all the same."""
        for descriptor in self._directories.values():
            os.close(descriptor)
        self._directories.clear()
        self._recent = _NONE_OPEN

    def _directory(self, path: str) -> int:
        """A descriptor of the directory; the last ones used are kept open."""
        if path == self._recent[0]:
            return self._recent[1]
        known = self._directories.pop(path, None)
        if known is None and path:
            above, _, name = path.rpartition("/")
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            known = os.open(name, flags, dir_fd=self._directory(above))
        elif known is None:
            known = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._directories[path] = known
        if len(self._directories) > _KEPT_DIRECTORIES:
            os.close(self._directories.pop(next(iter(self._directories))))
        self._recent = path, known
        return known


def read_small(descriptor: int, size: int) -> tuple[Xattrs, bytes]:
    """Extended attributes and content of an open file of ``size`` bytes; one byte more where it has become longer."""
    data = os.read(descriptor, size + 1)
    while len(data) < size and (more := os.read(descriptor, size + 1 - len(data))):
        data += more
    return xattrs_of(descriptor), data


def xattrs_of(descriptor: int) -> Xattrs:
    """The extended attributes of an open file that an image keeps."""
    try:
        names = os.listxattr(descriptor)
    except OSError:  # the file system has none
        return ()
    if not names:
        return ()
    kept = sorted(name for name in names if name.startswith(_KEPT_XATTRS))
    return tuple((name, os.getxattr(descriptor, name)) for name in kept)
