"""What every file of an image is: its category, what kind of ballast it may be, whether the program needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from jettison.analyze.kinds import KINDS, Category, Need
from jettison.analyze.need import Needs
from jettison.analyze.package_roles import PackageRoles
from jettison.analyze.places import Places
from jettison.model.entry import Entry, EntryType
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


class Classifier:
    """Looks at the files of one image."""

    def __init__(self, tree: Tree, needs: Needs, owners: Mapping[str, Package], *, base_layers: int) -> None:
        self._tree = tree
        self._needs = needs
        self._owners = owners
        self._base_layers = base_layers
        self._places = Places()
        self._roles = PackageRoles()

    def all(self) -> list[Classified]:
        """Every file that is seen, with the size of its content; of several names of one file, the first."""
        numbers = self._tree.layer_numbers
        return [
            self._classify(entry, numbers[path])
            for path, entry in self._tree.entries.items()
            if entry.type is EntryType.FILE and entry.size
        ]

    def _classify(self, entry: Entry, layer: int) -> Classified:
        path = entry.path
        package = self._owners.get(path)
        needed = bool(self._needs.reason(path))
        kind, category = self._kind_and_category(entry, layer, package)
        if kind is not None:
            category = KINDS[kind].category
            if needed and (path in self._needs.reasons or category is Category.TOOL_CHAIN):
                kind = None
        if kind is not None:
            return Classified(entry, layer, category, kind, Need.NO, package)
        return Classified(entry, layer, category, None, Need.YES if needed else Need.UNKNOWN, package)

    def _kind_and_category(self, entry: Entry, layer: int, package: Package | None) -> tuple[str | None, Category]:
        kind = self._places.kind_of(entry)
        if package is not None:
            role, category = self._roles.role(package)
            if role is not None:
                return (kind if kind in _FINER else role), category
            return kind, category
        if kind is not None:
            return kind, Category.BASE_SYSTEM
        folder, _, name = entry.path.rpartition("/")
        area = self._places.of_folder(folder).area
        if area is not None:
            return None, area
        if layer < self._base_layers:
            return None, Category.BASE_SYSTEM
        suffix = name.rpartition(".")[2].lower() if "." in name else ""
        if suffix in _SOURCE_SUFFIXES and self._needs.is_native:
            return "sources", Category.SOURCES
        is_data = suffix in _DATA_SUFFIXES or (entry.size >= _LARGE_DATA_BYTES and not entry.mode & 0o111)
        return None, Category.DATA if is_data else Category.APPLICATION


_FINER = frozenset({"documentation", "manuals", "locales", "static-libraries", "headers", "debug-files"})
"""Kinds that say more than that a file belongs to a tool chain."""
