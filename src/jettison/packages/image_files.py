"""Reading an image's files on behalf of readers of package databases: links followed inside the root, sizes bounded.

What an image holds was written by strangers. No reader asks for more than its limit, none follows more links than
the tree does, and what is left out is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from jettison.errors import BuildError, IntegrityError
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.packages.package import Unread

ReadAt = Callable[[Entry, int, int], bytes]
"""Entry of a FILE, offset, size -> the bytes there; fewer at the end of the file, never more."""

MAX_TEXT_BYTES = 64 << 20
"""Larger than the status file of any distribution; what is said of one package is far smaller."""

_CONTENT = (EntryType.FILE, EntryType.HARDLINK)


class ImageFiles:
    """The files of one tree, and a list of what could not be read of them."""

    def __init__(self, tree: Tree, read_at: ReadAt) -> None:
        self.tree = tree
        self.unread: list[Unread] = []
        self._read_at = read_at
        self._parents: dict[str, str] = {}
        self._inside: dict[str, Collection[str]] = {}

    def file(self, path: str) -> Entry | None:
        """The entry that holds the content of ``path``, links followed; None where there is no file."""
        entry = self.tree.entries.get(path)
        if entry is not None and entry.type is EntryType.FILE:
            return entry  # what has an entry lies in directories, not behind links
        try:
            entry = self.tree.get(self.tree.resolve(path))
        except BuildError:  # links in a loop
            return None
        if entry is None or entry.type not in _CONTENT:
            return None
        content = self.tree.content(entry)
        return content if content.type is EntryType.FILE else None

    def read(self, path: str, limit_bytes: int = MAX_TEXT_BYTES) -> bytes | None:
        """The content of a file; None where there is none, or where it is over the limit, which is noted."""
        entry = self.file(path)
        if entry is None:
            return None
        if entry.size > limit_bytes:
            self.note(path, f"not read: {entry.size} bytes are more than a file of this kind has")
            return None
        return self._read_at(entry, 0, entry.size)

    def text(self, path: str, limit_bytes: int = MAX_TEXT_BYTES) -> str | None:
        """The content of a text file; bytes that are not UTF-8 become U+FFFD."""
        data = self.read(path, limit_bytes)
        return None if data is None else data.decode("utf-8", "replace")

    def at(self, entry: Entry, offset: int, size: int) -> bytes:
        """Exactly ``size`` bytes of a file. Raises :class:`IntegrityError` where it does not have them."""
        content = self.tree.content(entry)
        if offset < 0 or size < 0 or offset + size > content.size:
            raise IntegrityError(f"it points to {size} bytes at {offset}, beyond its end at {content.size}")
        data = self._read_at(content, offset, size)
        if len(data) != size:
            raise IntegrityError(f"it ends before its size of {content.size} bytes")
        return data

    def present(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of the paths that are there and are no directories, as the tree has them, sorted.

        A database may list ``bin/ls`` where ``bin`` is a link to ``usr/bin``: directories above are resolved.
        """
        found = set()
        for path in paths:
            parent, _, name = path.rpartition("/")
            folder = self._resolved(parent)
            place = f"{folder}/{name}" if folder else name
            if name and place in self._paths_in(folder):
                found.add(place)
        return tuple(sorted(found))

    def note(self, path: str, reason: str) -> None:
        """Remember that something was not read."""
        self.unread.append(Unread(path=path, reason=reason))

    def _resolved(self, folder: str) -> str:
        known = self._parents.get(folder)
        if known is None:
            try:
                known = self.tree.resolve(folder)
            except BuildError:
                known = folder
            self._parents[folder] = known
        return known

    def _paths_in(self, folder: str) -> Collection[str]:
        known = self._inside.get(folder)
        if known is None:
            known = self._inside[folder] = self.tree.paths_in(folder)
        return known
