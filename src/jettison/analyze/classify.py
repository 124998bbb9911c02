"""What every file of an image is: its category, what kind of ballast it may be, whether the program needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from jettison.analyze.kinds import KINDS, Category, Need
from jettison.analyze.need import Needs
from jettison.analyze.package_roles import PackageRoles
from jettison.analyze.places import SUFFIXES, Places
from jettison.model.entry import Entry
from jettison.model.tree import Tree
from jettison.packages.package import Package

_SOURCE_SUFFIXES = frozenset(
    {"go", "rs", "c", "cc", "cpp", "cxx", "h", "hpp", "hxx", "java", "kt", "scala", "swift", "zig"}
)
_DATA_SUFFIXES = frozenset(
    {
        *("csv", "tsv", "parquet", "arrow", "feather", "jsonl", "sqlite", "sqlite3", "db", "h5", "hdf5", "npy", "npz"),
        *("safetensors", "gguf", "pt", "pth", "onnx", "ckpt", "pkl", "bin", "tflite", "pb", "model"),
        *("jpg", "jpeg", "png", "gif", "webp", "mp3", "mp4", "wav", "pdf", "ttf", "woff2"),
    }
)
_LARGE_DATA_BYTES = 50_000_000


class Classified(NamedTuple):
    """One visible file."""

    entry: Entry
    layer: int
    category: Category
    kind: str | None
    """The name of a :class:`~jettison.analyze.kinds.Kind`; None for what is no ballast by its nature."""
    need: Need
    package: Package | None


class _Folder(NamedTuple):
    """What is the same for all files of a folder."""

    kind: str | None
    area: Category | None
    is_needed: bool


class Classifier:
    """Looks at the files of one image: once at every folder, as little as possible at every file."""

    def __init__(self, tree: Tree, needs: Needs, owners: Mapping[str, Package], *, base_layers: int) -> None:
        self._tree = tree
        self._needs = needs
        self._owners = owners
        self._base_layers = base_layers
        self._places = Places()
        self._roles = PackageRoles()
        self.folder_bytes: dict[tuple[str, int], int] = {}
        """Folder and layer -> the bytes of the files that lie directly in it."""

    def all(self) -> tuple[Classified, ...]:
        """Every file that is seen, with the size of its content; of several names of one file, the first."""
        numbers, owners, reasons = self._tree.layer_numbers, self._owners, self._needs.reasons
        known: dict[str, _Folder] = {}
        sizes = self.folder_bytes
        found: list[Classified] = []
        for path, entry in self._tree.entries.items():
            size = entry.size
            if not size:
                continue
            above, _, name = path.rpartition("/")
            folder = known.get(above)
            if folder is None:
                place = self._places.of_folder(above)
                folder = known[above] = _Folder(place.kind, place.area, bool(self._needs.reason(above)))
            layer = numbers[path]
            package = owners.get(path)
            kind = folder.kind
            if kind is None and package is None and folder.area is not None and name.rpartition(".")[2] not in SUFFIXES:
                category = folder.area  # as most files of large images are
            else:
                kind, category = self._kind_and_category(folder, name, entry, layer, package)
            if kind is not None:
                category = KINDS[kind].category
                if path in reasons or (kind in _OF_ENVIRONMENTS and self._needs.in_environment(path)):
                    kind = None  # not so where only a folder is needed that it happens to lie in
            need = _NO if kind is not None else _YES if folder.is_needed or path in reasons else _UNKNOWN
            found.append(Classified(entry, layer, category, kind, need, package))
            sizes[above, layer] = sizes.get((above, layer), 0) + size
        return tuple(found)

    def _kind_and_category(
        self, folder: _Folder, name: str, entry: Entry, layer: int, package: Package | None
    ) -> tuple[str | None, Category]:
        suffix = name.rpartition(".")[2] if "." in name else ""
        kind = folder.kind or SUFFIXES.get(suffix)
        if package is not None:
            role, category = self._roles.role(package)
            if role is not None:
                return (kind if kind in _FINER else role), category
            return kind, category
        if kind is not None:
            return kind, _BASE_SYSTEM
        if folder.area is not None:
            return None, folder.area
        if layer < self._base_layers:
            return None, _BASE_SYSTEM
        suffix = suffix.lower()
        if suffix in _SOURCE_SUFFIXES and self._needs.is_native:
            return "sources", Category.SOURCES
        is_data = suffix in _DATA_SUFFIXES or (entry.size >= _LARGE_DATA_BYTES and not entry.mode & 0o111)
        return None, Category.DATA if is_data else Category.APPLICATION


_YES, _NO, _UNKNOWN, _BASE_SYSTEM = Need.YES, Need.NO, Need.UNKNOWN, Category.BASE_SYSTEM
"""Looked up once: there may be a million files."""
_OF_ENVIRONMENTS = frozenset({"bytecode", "python-tools"})
"""Kinds that a virtual environment is taken with: it is copied whole, and starts faster with its bytecode."""
_FINER = frozenset({"documentation", "manuals", "locales", "static-libraries", "headers", "debug-files"})
"""Kinds that say more than that a file belongs to a tool chain."""
