"""Trees made of a table of paths and contents, as an image would show them, with what reads them."""

from __future__ import annotations

from collections.abc import Mapping

from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree, tree_of
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.packages.package import Catalog
from jettison.packages.scan import scan


def made_tree(contents: Mapping[str, bytes | str | Entry], mode: int = 0o644) -> tuple[Tree, ReadAt]:
    """A tree with those files, and the folders above them; texts are UTF-8; an entry stands for itself."""
    entries: dict[str, Entry] = {}
    data: dict[str, bytes] = {}
    for path, content in contents.items():
        parent = path.rpartition("/")[0]
        while parent and parent not in entries:
            entries[parent] = Entry(path=parent, type=EntryType.DIRECTORY, mode=0o755)
            parent = parent.rpartition("/")[0]
        if isinstance(content, Entry):
            entries[path] = content
            continue
        data[path] = content.encode() if isinstance(content, str) else content
        entries[path] = Entry(
            path=path, type=EntryType.FILE, mode=mode, size=len(data[path]), digest=Digest.of(data[path])
        )

    def read_at(entry: Entry, offset: int, size: int) -> bytes:
        return data[entry.path][offset : offset + size]

    return tree_of(entries.values()), read_at


def scanned(contents: Mapping[str, bytes | str | Entry], mode: int = 0o644) -> Catalog:
    """What is found in such a tree."""
    return scan(*made_tree(contents, mode))


def files_of(contents: Mapping[str, bytes | str | Entry]) -> ImageFiles:
    """The files of such a tree, for one reader."""
    return ImageFiles(*made_tree(contents))


def link(path: str, target: str) -> Entry:
    """A symbolic link."""
    return Entry(path=path, type=EntryType.SYMLINK, mode=0o777, link=target)
