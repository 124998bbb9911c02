"""Images on which a program could be put: facts for the analysis, which the caller looks up where it keeps images."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence

from jettison.analyze.command_lines import SHELLS
from jettison.errors import BuildError
from jettison.frozen import dataclass, field
from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.model.digest import Digest
from jettison.model.entry import EntryType
from jettison.model.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBase:
    """An image of which the name, the size and the files are known."""

    name: str
    size_bytes: int
    """Of all contents in all layers."""
    command: tuple[str, ...]
    """What it starts by itself: the words of its config."""
    open_indexes: Callable[[], Sequence[LayerIndex]] = field(repr=False, compare=False)
    """Reads the indexes of its layers, lowest first; empty where they are gone."""

    def files(self) -> BaseFiles:
        """What it holds."""
        return BaseFiles(merge_layers(self.open_indexes()))


class BaseFiles:
    """The files of a base image, to be asked for."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.sizes = {path: entry.size for path, entry in tree.entries.items() if entry.size}
        """Image path -> bytes."""
        self.names = frozenset(path.rpartition("/")[2] for path in tree.entries)
        """Of files and links, without their folders: by such names libraries are looked for."""

    def has_program(self, path: str, digest: Digest | None = None) -> bool:
        """Whether the program is there. With a digest, it has to be the same, or its name has to tell the version."""
        if posixpath.basename(path) in SHELLS:
            return any(self._digest(f"bin/{name}") is not None for name in SHELLS)
        found = self._digest(path)
        is_versioned = any(character.isdigit() for character in posixpath.basename(path))
        return found is not None and (digest is None or is_versioned or found == digest)

    def has_below(self, folder: str) -> bool:
        """Whether there is anything in a folder, whose path ends with a slash."""
        return any(path.startswith(folder) for path in self.sizes)

    def _digest(self, path: str) -> Digest | None:
        try:
            entry = self._tree.get(self._tree.resolve(path))
        except BuildError:  # links in a loop
            return None
        if entry is None or entry.type not in (EntryType.FILE, EntryType.HARDLINK):
            return None
        return self._tree.content(entry).digest
