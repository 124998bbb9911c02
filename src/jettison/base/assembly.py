"""A layer put together from packages and generated files: first it is settled what is where, then it is written.

The order is that of the paths, parents first, so that the bytes depend on the content alone.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from jettison.base.image import FinishedLayer
from jettison.base.payload import is_kept, merge_usr
from jettison.base.recipe import Recipe
from jettison.base.unpacked import Unpacked
from jettison.errors import BuildError, IntegrityError
from jettison.hints import BinaryIO
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry, EntryType, parse_image_path
from jettison.model.tree import Tree

_NS = 10**9


class Assembly:
    """The files of a layer that is being decided, over the files ``below`` it."""

    def __init__(self, below: Tree | None = None) -> None:
        self._tree = below
        self._entries: dict[str, tuple[Entry, bytes | Unpacked]] = {}

    def get(self, path: str) -> Entry | None:
        """What is at a path of the layer so far."""
        found = self._entries.get(path)
        return found[0] if found else None

    def put(self, entry: Entry, content: bytes = b"", *, replace: bool = False) -> None:
        """Add a generated entry; one that is there already stays, unless ``replace`` is said."""
        entry = self._place(entry)
        if replace or (entry.path not in self._entries and not self._is_below(entry.path)):
            self._entries[entry.path] = (entry, content)

    def put_file(self, path: str, content: bytes) -> None:
        """Put a file of mode 0644 that belongs to root in place of whatever is there."""
        self.put(Entry(path=path, type=EntryType.FILE, mode=0o644, size=len(content)), content, replace=True)

    def put_own(self, recipe: Recipe) -> None:
        """Put the files and links that a recipe names in place of whatever is there."""
        for path, target in recipe.links:
            entry = Entry(path=parse_image_path(path), type=EntryType.SYMLINK, mode=0o777, link=target)
            self.put(entry, replace=True)
        for path, text in recipe.files:
            self.put_file(parse_image_path(path), text.encode())

    def add_package(self, unpacked: Unpacked) -> frozenset[str]:
        """Add a package's payload; returns the package's own names of the files that are kept."""
        kept = set()
        folders: dict[str, Entry] = {}
        for entry in unpacked.entries:
            if not entry.path:
                continue
            if entry.type is EntryType.DIRECTORY:
                folders[entry.path] = entry
                if is_kept(entry.path):
                    self._add(entry, unpacked)
            elif is_kept(entry.path, is_link=entry.type is EntryType.SYMLINK):
                self._add_parents(entry, folders, unpacked)
                self._add(entry, unpacked)
                kept.add(entry.path)
        return frozenset(kept)

    def content(self, path: str) -> bytes | None:
        """The content of a file of the layer so far."""
        found = self._entries.get(path)
        if found is None or found[0].type is not EntryType.FILE:
            return None
        entry, origin = found
        if isinstance(origin, bytes):
            return origin
        with origin.spool.open("rb") as file:
            file.seek(entry.offset)
            return file.read(entry.size)

    def files_below(self, prefix: str) -> list[str]:
        """The paths of the layer's files that start with ``prefix``."""
        return [
            path
            for path, (entry, _) in self._entries.items()
            if path.startswith(prefix) and entry.type is EntryType.FILE
        ]

    def write(self, tar: Path, epoch: int) -> FinishedLayer:
        """Write the layer; generated files and whatever is younger get the time ``epoch``."""
        self._fill_in_parents()
        with ExitStack() as stack, tar.open("xb") as out:
            writer = LayerWriter(out.write)
            spools: dict[Path, BinaryIO] = {}
            for path in self._in_order():
                entry, origin = self._entries[path]
                if isinstance(origin, bytes):
                    writer.add(entry._replace(mtime_ns=epoch * _NS), origin)
                    continue
                entry = entry._replace(mtime_ns=min(entry.mtime_ns, epoch * _NS))
                if entry.type is not EntryType.FILE:
                    writer.add(entry)
                    continue
                if origin.spool not in spools:
                    spools[origin.spool] = stack.enter_context(origin.spool.open("rb"))
                spool = spools[origin.spool]
                spool.seek(entry.offset)
                writer.add(entry, _Bounded(spool, entry.size))
            return FinishedLayer(index=writer.finish(), tar=tar)

    def _add(self, entry: Entry, unpacked: Unpacked) -> None:
        entry = self._place(entry)
        if entry.type is EntryType.DIRECTORY and self._is_below(entry.path):
            return
        found = self._entries.get(entry.path)
        if found is not None:
            old, origin = found
            if old.type is EntryType.DIRECTORY and entry.type is EntryType.DIRECTORY:
                return
            if isinstance(origin, Unpacked) and not _may_replace(unpacked, origin):
                if _may_replace(origin, unpacked):
                    return
                raise BuildError(
                    f"/{entry.path} is in both {origin.package.name} and {unpacked.package.name}",
                    hint="they cannot be in one distroless image: their maintainer scripts would divert the file",
                )
        self._entries[entry.path] = (entry, unpacked)

    def _add_parents(self, entry: Entry, folders: dict[str, Entry], unpacked: Unpacked) -> None:
        """The folders above a kept file, which were held back while nothing was known to be in them."""
        parent = entry.parent
        while parent and not is_kept(parent):
            folder = folders.get(parent) or Entry(path=parent, type=EntryType.DIRECTORY, mode=0o755)
            self._add(folder, unpacked)
            parent = folder.parent

    def _place(self, entry: Entry) -> Entry:
        """Where an entry lies: in a merged /usr, and where links of the files below lead."""
        path = merge_usr(entry.path) if entry.type is not EntryType.SYMLINK or "/" in entry.path else entry.path
        link = merge_usr(entry.link) if entry.type is EntryType.HARDLINK else entry.link
        if self._tree is not None:
            path = self._tree.resolve(path, follow_last=False)
        return entry._replace(path=path, link=link)

    def _is_below(self, path: str) -> bool:
        return self._tree is not None and self._tree.get(path) is not None

    def _fill_in_parents(self) -> None:
        for path in list(self._entries):
            parent = path.rpartition("/")[0]
            while parent and parent not in self._entries and not self._is_below(parent):
                self._entries[parent] = (Entry(path=parent, type=EntryType.DIRECTORY, mode=0o755), b"")
                parent = parent.rpartition("/")[0]
            above = self._entries.get(parent)
            if above is not None and above[0].type is not EntryType.DIRECTORY:
                raise IntegrityError(f"/{path} lies below /{parent}, which is not a directory")

    def _in_order(self) -> list[str]:
        """Paths in byte order of their components; a hard link after the file it names."""
        links = EntryType.HARDLINK
        return sorted(
            self._entries,
            key=lambda path: (
                self._entries[path][0].type is links,
                path.encode("utf-8", "surrogateescape").split(b"/"),
            ),
        )


class _Bounded:
    """At most ``left`` bytes of a file from where it stands."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int = -1, /) -> bytes:
        """Read as from the file alone."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def _may_replace(newer: Unpacked, older: Unpacked) -> bool:
    return older.package.name in newer.package.replaces
