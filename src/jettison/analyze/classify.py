"""What every file of an image is: its category, what kind of ballast it may be, whether the program needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from jettison.analyze.kinds import KINDS, Category, Need
from jettison.analyze.need import Needs
from jettison.analyze.package_roles import PackageRoles
from jettison.analyze.places import SUFFIXES, Place, Places
from jettison.model.entry import Entry
from jettison.model.tree import Tree
from jettison.packages.package import Package
from jettison.tuples import NamedTuple

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


class Run(NamedTuple):
    """Files that follow each other, lie in one folder and one layer, belong to one package or to none, and are alike.

    There are several times fewer than files: what is summed up is summed up over these.
    """

    folder: str
    layer: int
    package: Package | None
    category: Category
    kind: str | None
    need: Need
    size_bytes: int
    files: int


class _Folder(NamedTuple):
    """What is the same for all files of a folder."""

    path: str
    kind: str | None
    area: Category | None
    is_needed: bool


_Answer = tuple[Category, str | None, Need]
_NOWHERE = _Folder("", None, None, is_needed=False)
_CLASSIFIED: Callable[[tuple[Entry, int, Category, str | None, Need, Package | None]], Classified] = partial(
    tuple.__new__, Classified
)
"""Makes one in half of the time: there may be a million."""


class Classifier:
    """Looks at the files of one image: once at every folder, as little as possible at every file."""

    def __init__(
        self, tree: Tree, needs: Needs, owners: Mapping[str, Package], roles: PackageRoles, *, base_layers: int
    ) -> None:
        self._tree = tree
        self._needs = needs
        self._owners = owners
        self._base_layers = base_layers
        self._places = Places()
        self._roles = roles
        self._in_use = frozenset(self._started_tools())
        self.runs: list[Run] = []
        """Of all files; filled by :meth:`all`."""

    def all(self) -> tuple[Classified, ...]:
        """Every file that is seen, with the size of its content; of several names of one file, the first."""
        owners, reasons = self._owners, self._needs.reasons
        folders: dict[str, _Folder] = {}
        found: list[Classified] = []
        folder, run_layer, run_package = _NOWHERE, -1, None
        run_bytes = run_start = 0
        run_answer: _Answer = (Category.APPLICATION, None, Need.UNKNOWN)
        answers: dict[str, _Answer] = {}

        def end_run() -> None:
            nonlocal run_bytes, run_start
            if len(found) > run_start:
                self.runs.append(
                    Run(folder.path, run_layer, run_package, *run_answer, run_bytes, len(found) - run_start)
                )
            run_bytes, run_start = 0, len(found)

        for (path, entry), layer in zip(self._tree.entries.items(), self._tree.numbers_in_order(), strict=True):
            size = entry.size
            if not size:
                continue
            above, _, name = path.rpartition("/")
            package = owners.get(path)
            if above != folder.path or layer != run_layer or package is not run_package:
                end_run()
                folder = folders.get(above) or folders.setdefault(above, self._folder(above))
                run_layer, run_package = layer, package
                answers = {}  # in one run files differ by nothing but the ends of their names
            suffix = name.rpartition(".")[2] if "." in name else ""
            answer = answers.get(suffix)
            if answer is None or size >= _LARGE_DATA_BYTES:
                answer = self._answer(folder, suffix, entry, layer, package)
                if size < _LARGE_DATA_BYTES:
                    answers[suffix] = answer
            if path in reasons:
                answer = answer[0], None, _YES  # not so where only a folder is needed that it happens to lie in
            if answer != run_answer:
                end_run()
                run_answer = answer
            category, kind, need = answer
            run_bytes += size
            found.append(_CLASSIFIED((entry, layer, category, kind, need, package)))
        end_run()
        return tuple(found)

    def _folder(self, path: str) -> _Folder:
        place = self._places.of_folder(path)
        if place.kind == _YARN_CACHE and f"{path.partition('/.yarn/')[0]}/.pnp.cjs" in self._tree.entries:
            place = _INSTALLED_ARCHIVES
        return _Folder(path, place.kind, place.area, bool(self._needs.reason(path)))

    def _answer(self, folder: _Folder, suffix: str, entry: Entry, layer: int, package: Package | None) -> _Answer:
        """Of a file that nothing names by its path."""
        kind, category = self._kind_and_category(folder, suffix, entry, layer, package)
        if kind is not None:
            category = KINDS[kind].category
            if kind in self._in_use:
                return category, None, _YES
            if kind != _BYTECODE or not self._needs.in_environment(entry.path):
                return category, kind, _NO
        return category, None, _YES if folder.is_needed else _UNKNOWN

    def _started_tools(self) -> Iterator[str]:
        """The kinds of tool chains that the image's command itself starts a part of: ``go run``, ``npm start``."""
        for path in self._needs.started:
            entry = self._tree.get(path)
            if entry is not None:
                layer, package = self._tree.layer_numbers.get(path, 0), self._owners.get(path)
                kind, _ = self._kind_and_category(self._folder(entry.parent), "", entry, layer, package)
                if kind is not None and KINDS[kind].category is Category.TOOL_CHAIN:
                    yield kind

    def _kind_and_category(
        self, folder: _Folder, suffix: str, entry: Entry, layer: int, package: Package | None
    ) -> tuple[str | None, Category]:
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
_BYTECODE = "bytecode"
"""A virtual environment is taken with it: it starts faster."""
_YARN_CACHE = "yarn-cache"
_INSTALLED_ARCHIVES = Place(None, Category.DEPENDENCIES)
"""With Plug'n'Play the archives of yarn's cache are what the program loads."""
_FINER = frozenset({"documentation", "manuals", "locales", "static-libraries", "headers", "debug-files"})
"""Kinds that say more than that a file belongs to a tool chain."""
