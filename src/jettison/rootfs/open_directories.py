"""Directories of an untrusted tree, opened one component at a time, no symbolic link ever followed."""

from __future__ import annotations

import os

from jettison.hints import Protocol

_MAX_OPEN = 48
FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Directories(Protocol):
    """What the owner of the tree has to say when directories are opened."""

    def make_directory(self, parent: int, name: str, path: str) -> None:
        """Make the directory ``path``, whose place is empty or taken by something that is no directory."""
        ...

    def passed_through(self, path: str, fd: int) -> None:
        """The directory ``path`` was opened."""
        ...


class OpenDirectories:
    """Descriptors of the directories used last, by image path; the root is ``""``.

    A descriptor stays valid until ``trim``, ``forget`` or ``close``.
    """

    __slots__ = ("_open", "_owner", "_root")

    def __init__(self, root: int, owner: Directories) -> None:
        self._root = root
        self._owner = owner
        self._open: dict[str, int] = {}

    def get(self, path: str, *, make: bool = True) -> int:
        """The descriptor of a directory, opened from the nearest one above that is open.

        What is missing on the way is made; with ``make`` off, :class:`OSError` is raised instead.
        """
        if not path:
            return self._root
        found = self._open.get(path)
        return found if found is not None else self._descend(path, make=make)

    def trim(self) -> None:
        """Close the directories opened first, where there are many. Not between two ``get`` that belong together."""
        while len(self._open) > _MAX_OPEN:
            os.close(self._open.pop(next(iter(self._open))))

    def forget(self, path: str) -> None:
        """Close a directory that goes, and what is open below it."""
        below = f"{path}/"
        for each in [known for known in self._open if known == path or known.startswith(below)]:
            os.close(self._open.pop(each))

    def close(self) -> None:
        """Close all but the root, which is the owner's."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _descend(self, path: str, *, make: bool) -> int:
        above, missing = path, []
        while above and above not in self._open:
            above, _, name = above.rpartition("/")
            missing.append(name)
        current, owned = (self._open[above] if above else self._root), False
        for name in reversed(missing):
            above = f"{above}/{name}" if above else name
            try:
                child = self._open_child(current, name, above, make=make)
            finally:
                if owned:
                    os.close(current)
            current, owned = child, True
        self._open[path] = current
        return current

    def _open_child(self, parent: int, name: str, path: str, *, make: bool) -> int:
        try:
            fd = os.open(name, FLAGS, dir_fd=parent)
        except OSError:
            if not make:
                raise
            self._owner.make_directory(parent, name, path)
            fd = os.open(name, FLAGS, dir_fd=parent)
        self._owner.passed_through(path, fd)
        return fd
