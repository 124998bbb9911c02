"""What every file of an image is: its category, what kind of ballast it may be, whether the program needs it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, compress, groupby, repeat
from operator import and_, attrgetter

from jettison.analyze.in_use import folders_in_use, other_names
from jettison.analyze.kinds import KINDS, Category, Need
from jettison.analyze.need import Needs
from jettison.analyze.ownership import Owner, Ownership
from jettison.analyze.places import SUFFIXES, Place, Places
from jettison.analyze.tool_use import TOOL_CHAINS, kind_of_command, with_what_they_read
from jettison.frozen import dataclass, field, replace
from jettison.layer.entry_columns import IDS, SIZES
from jettison.layer.row_tree import RowTree
from jettison.model.config import RunConfig
from jettison.tuples import NamedTuple

_SOURCE_SUFFIXES = frozenset(
    {"go", "rs", "c", "cc", "cpp", "cxx", "h", "hpp", "hxx", "java", "kt", "scala", "swift", "zig"}
)
_JVM_SOURCES = frozenset({"java", "kt", "scala", "groovy"})
_DATA_SUFFIXES = frozenset(
    {
        *("csv", "tsv", "parquet", "arrow", "feather", "jsonl", "sqlite", "sqlite3", "db", "h5", "hdf5", "npy", "npz"),
        *("safetensors", "gguf", "pt", "pth", "onnx", "ckpt", "pkl", "bin", "tflite", "pb", "model"),
        *("jpg", "jpeg", "png", "gif", "webp", "mp3", "mp4", "wav", "pdf", "ttf", "woff2"),
    }
)
_LARGE_DATA_BYTES = 50_000_000
_START = attrgetter("start")


class Run(NamedTuple):
    """Files that follow each other, lie in one folder and one layer, belong to one package or to none, and are alike.

    There are several times fewer than files: what is said of a file is said here, and summed up over these.
    """

    folder: str
    layer: int
    owner: Owner | None
    category: Category
    kind: str | None
    """The name of a :class:`~jettison.analyze.kinds.Kind`; None for what is no ballast by its nature."""
    need: Need
    size_bytes: int
    start: int
    """The place of the first file among all."""
    end: int


_RUN: Callable[[tuple[str, int, Owner | None, Category, str | None, Need, int, int, int]], Run] = partial(
    tuple.__new__, Run
)
"""Makes one in half of the time: there may be a hundred thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFiles:
    """The files that are seen and have a content, in columns; of several names of one file, one.

    It is the first, or else one that does not lie where ballast does.
    """

    paths: Sequence[str] = ()
    sizes: Sequence[int] = ()
    runs: Sequence[Run] = ()
    """All files are in one each, in their order."""
    rows: Sequence[int] = field(default=(), repr=False)
    """Where each stands among the rows of its image."""

    def run_at(self, place: int) -> Run:
        """The run that the file at this place is in."""
        return self.runs[bisect_right(self.runs, place, key=_START) - 1]

    def of_run(self, run: Run) -> Iterator[tuple[str, int]]:
        """Path and size of its files."""
        return zip(self.paths[run.start : run.end], self.sizes[run.start : run.end], strict=True)

    def with_runs(self) -> Iterator[tuple[Run, str, int]]:
        """Of every file the run, the path and the size."""
        return ((run, path, size_bytes) for run in self.runs for path, size_bytes in self.of_run(run))


class _Folder(NamedTuple):
    """What is the same for all files of a folder."""

    path: str
    kind: str | None
    area: Category | None
    is_needed: bool


class _Alike(NamedTuple):
    """What files have in common that follow each other."""

    folder: _Folder
    layer: int
    owner: Owner | None


class _Group(NamedTuple):
    """Files that follow each other and lie in one folder and one layer."""

    folder: _Folder
    layer: int
    start: int
    end: int
    suffixes: str | Sequence[str]
    """The ends of their names, dot apart; one where all are the same, and no file is needed by name or very large."""


_GROUP: Callable[[tuple[_Folder, int, int, int, str | Sequence[str]]], _Group] = partial(tuple.__new__, _Group)
_Answer = tuple[Category, str | None, Need]
_Span = tuple[str, int, int, int]
"""Folder, layer, first place and end of files that follow each other."""


class Classifier:
    """Looks at the files of one image: once at every folder, as little as possible at every file.

    What can be told without knowing whom they belong to is told at once.
    """

    def __init__(
        self, tree: RowTree, needs: Needs, run: RunConfig, *, base_layers: int, projects: Sequence[str] = ()
    ) -> None:
        """``projects`` are folders of which the program needs nothing but what ``needs`` tells."""
        self._tree = tree
        self._modes = tree.rows.modes
        self._needs = needs
        self._needed_folders = {path.rpartition("/")[0] for path in needs.reasons}
        self._base_layers = base_layers
        self._places = Places(folders_in_use(tree, needs, run))
        self._projects = tuple(f"{project}/" for project in projects)
        self._in_use: frozenset[str] = frozenset()
        self._used_later: frozenset[str] = frozenset()
        self._other_names: Mapping[int, str] = {}
        """The place of a file that is told by another name than it has in the tree -> that name."""
        self._folders: dict[str, _Folder] = {}
        self._known: dict[tuple[object, ...], _Answer] = {}
        """What was said of files that are alike in all that is asked of them."""
        rows = tree.rows
        content = bytearray(map(and_, tree.shown.mask, map(bool, rows.sizes)))
        self._has_content = bytes(compress(content, tree.shown.mask))
        """Of all that the tree shows."""
        paths = [*compress(rows.paths, content)]
        if tree.links and (names := other_names(tree, self._places, needs)):
            self._other_names = {place: names[path] for place, path in enumerate(paths) if path in names}
            for place, name in self._other_names.items():
                paths[place] = name
        self.files = SeenFiles(
            paths=paths,
            sizes=array(SIZES, compress(rows.sizes, content)),
            rows=array(IDS, compress(range(len(rows)), content)),
        )
        """All files, not told apart yet."""
        self._has_large = max(self.files.sizes, default=0) >= _LARGE_DATA_BYTES
        self._bytes_before = array(SIZES, accumulate(self.files.sizes, initial=0))
        """Of each place the bytes of all files before it."""
        self._groups = [self._group(*span) for span in self._renamed(self._spans(content))]

    def layer_groups(self) -> Iterator[tuple[str, int, int, int]]:
        """Of files that follow each other in one folder and one layer: those two, the first place, and the bytes."""
        before = self._bytes_before
        return (
            (folder.path, layer, start, before[end] - before[start]) for folder, layer, start, end, _ in self._groups
        )

    def all(self, ownership: Ownership) -> SeenFiles:
        """Every file that is seen, with the size of its content."""
        self._in_use = with_what_they_read(self._started_tools(ownership))
        self._used_later = ownership.used_later
        files, numbers = self.files, array(IDS, compress(ownership.numbers, self._has_content))
        for place, name in self._other_names.items():
            numbers[place] = ownership.number_of(self._tree, name)
        runs: list[Run] = []
        for group in self._groups:
            start, end = group.start, group.end
            if end - start == 1 or numbers[start:end].count(numbers[start]) == end - start:
                self._classify(files, group, ownership.owner(numbers[start]), runs)
                continue
            first = start
            for number, alike in groupby(numbers[start:end]):
                last = first + len([*alike])
                suffixes = group.suffixes
                if not isinstance(suffixes, str):
                    suffixes = suffixes[first - start : last - start]
                part = _Group(group.folder, group.layer, first, last, suffixes)
                self._classify(files, part, ownership.owner(number), runs)
                first = last
        return replace(files, runs=[*map(_spared, runs)] if self._is_for_tools(runs) else runs)

    def _is_for_tools(self, runs: Iterable[Run]) -> bool:
        """Whether tools are the purpose of an image: it brings nothing else, and starts nothing or a shell."""
        return self._needs.is_open and any(run.kind in TOOL_CHAINS for run in runs) and not any(map(self._is_own, runs))

    def _is_own(self, run: Run) -> bool:
        is_packaged = run.owner is not None and run.owner.ecosystem.is_system
        is_system = run.layer < self._base_layers or is_packaged or run.folder.startswith(_SETTINGS)
        return not is_system and run.kind is None and run.need is not _YES and run.category in _OWN

    def _spans(self, content: bytearray) -> Iterator[_Span]:
        """The files by folder and layer; ``content`` says of every row whether it is one of them."""
        layers, before = self._tree.rows.layers(), array(IDS, accumulate(content, initial=0))
        last, last_layer, start, end = "", 0, 0, 0
        for folder, run in self._tree.places.put_in():
            place = before[run.stop]
            if place == end:
                continue
            layer = layers[run.start]
            if folder != last or layer != last_layer:
                if start < end:
                    yield last, last_layer, start, end
                last, last_layer, start = folder, layer, end
            end = place
        if start < end:
            yield last, last_layer, start, end

    def _renamed(self, spans: Iterable[_Span]) -> Iterator[_Span]:
        """The same, but what is told by another name lies in the folder of that."""
        places = iter([*sorted(self._other_names), len(self.files.paths)])
        renamed = next(places)
        for folder, layer, start, end in spans:
            first = start
            while renamed < end:
                if first < renamed:
                    yield folder, layer, first, renamed
                yield self._other_names[renamed].rpartition("/")[0], layer, renamed, renamed + 1
                first, renamed = renamed + 1, next(places)
            if first < end:
                yield folder, layer, first, end

    def _group(self, path: str, layer: int, start: int, end: int) -> _Group:
        files = self.files
        if (folder := self._folders.get(path)) is None:
            folder = self._folders[path] = self._folder(path)
        suffixes: str | Sequence[str] = ""
        is_plain = path not in self._needed_folders and not (
            self._has_large and max(files.sizes[start:end]) >= _LARGE_DATA_BYTES
        )
        is_by_name = folder.kind in _BY_NAME
        if is_by_name or not is_plain:
            paths = files.paths[start:end]
            suffix = _suffix(paths[0]) if is_by_name else ""
            if is_plain and suffix and suffix != _LICENCE and all(map(str.endswith, paths, repeat(f".{suffix}"))):
                suffixes = suffix
            else:
                suffixes = [*map(_suffix, paths)] if is_by_name else [""] * len(paths)
                if is_plain and suffixes.count(suffix) == len(paths):
                    suffixes = suffix
        return _GROUP((folder, layer, start, end, suffixes))

    def _classify(self, files: SeenFiles, group: _Group, owner: Owner | None, runs: list[Run]) -> None:
        """The runs of files that are alike but for the ends of their names.

        And but for those that are needed by name, and the very large ones.
        """
        folder, layer, first, last, suffixes = group
        alike = _Alike(folder, layer, owner)
        before = self._bytes_before
        if isinstance(suffixes, str):
            key = (*folder[1:], layer < self._base_layers, owner and owner[3:], suffixes)
            answer = self._known.get(key)
            if answer is None:
                answer = self._answer(alike, suffixes, files, first)
                if folder.kind != _BYTECODE:
                    self._known[key] = answer
            runs.append(_RUN((folder.path, layer, owner, *answer, before[last] - before[first], first, last)))
            return
        for answer, places in groupby(self._answers(alike, suffixes, files, first)):
            end = first + len([*places])
            size_bytes = before[end] - before[first]
            runs.append(_RUN((folder.path, layer, owner, *answer, size_bytes, first, end)))
            first = end

    def _answers(self, alike: _Alike, suffixes: Sequence[str], files: SeenFiles, first: int) -> list[_Answer]:
        """Of every file, from the place ``first`` on."""
        known: dict[str, _Answer] = {}
        found: list[_Answer] = []
        for place, suffix in enumerate(suffixes, first):
            is_large = files.sizes[place] >= _LARGE_DATA_BYTES
            answer = None if is_large else known.get(suffix)
            if answer is None:
                answer = self._answer(alike, suffix, files, place)
                if not is_large:
                    known[suffix] = answer
            if files.paths[place] in self._needs.reasons:
                answer = answer[0], None, _YES  # not so where only a folder is needed that it happens to lie in
            found.append(answer)
        return found

    def _folder(self, path: str) -> _Folder:
        place = self._places.of_folder(path)
        if place.kind == _YARN_CACHE and f"{path.partition('/.yarn/')[0]}/.pnp.cjs" in self._tree.entries:
            place = _INSTALLED_ARCHIVES
        kind, is_needed = place.kind, bool(self._needs.reason(path))
        if self._projects and f"{path}/".startswith(self._projects):
            kind = None if is_needed else kind or _SITE_SOURCES
        return _Folder(path, kind, place.area, is_needed)

    def _answer(self, alike: _Alike, suffix: str, files: SeenFiles, place: int) -> _Answer:
        """Of a file that nothing names by its path."""
        kind, category = self._kind_and_category(alike, suffix, files.sizes[place], self._modes[files.rows[place]])
        if kind is not None:
            category = KINDS[kind].category
            if kind in self._in_use:
                return category, None, _YES
            if kind in self._used_later:
                return category, None, _UNKNOWN
            if kind != _BYTECODE or not self._needs.in_environment(files.paths[place]):
                return category, kind, _NO
        return category, None, _YES if alike.folder.is_needed else _UNKNOWN

    def _started_tools(self, ownership: Ownership) -> Iterator[str]:
        """The kinds of tool chains that the image's command itself starts a part of: ``go run``, ``npm start``."""
        for path in self._needs.started:
            entry = self._tree.get(path)
            if entry is not None:
                layer = self._tree.layer_numbers[path] if path in self._tree.places else 0
                alike = _Alike(self._folder(entry.parent), layer, ownership.owner_of(self._tree, path))
                kind, _ = self._kind_and_category(alike, "", entry.size, entry.mode)
                words = self._needs.words if path == self._needs.program else ()
                if (used := kind_of_command(path, words, kind)) is not None:
                    yield used

    def _kind_and_category(self, alike: _Alike, suffix: str, size_bytes: int, mode: int) -> tuple[str | None, Category]:
        folder, layer, owner = alike
        kind = folder.kind or SUFFIXES.get(suffix)
        if kind == "documentation" and suffix == _LICENCE:
            kind = None
        if owner is not None:
            return (kind if owner.role is None or kind in _FINER else owner.role), owner.category
        if kind is not None:
            return kind, _BASE_SYSTEM
        if folder.area is not None:
            return None, folder.area
        if layer < self._base_layers:
            return None, _BASE_SYSTEM
        suffix = suffix.lower()
        if suffix in _SOURCE_SUFFIXES if self._needs.is_native else self._needs.runs_jar and suffix in _JVM_SOURCES:
            return "sources", Category.SOURCES
        is_data = suffix in _DATA_SUFFIXES or (size_bytes >= _LARGE_DATA_BYTES and not mode & 0o111)
        return None, Category.DATA if is_data else Category.APPLICATION


def _spared(run: Run) -> Run:
    is_tool = run.category is Category.TOOL_CHAIN and run.kind != "debug-files"
    return run._replace(kind=None, need=_UNKNOWN) if is_tool or run.kind == "unused-packages" else run


def _suffix(path: str) -> str:
    _, dot, suffix = path.rpartition(".")
    if dot and "/" not in suffix:
        return suffix
    return _LICENCE if path.endswith(_LICENCE) else ""


_YES, _NO, _UNKNOWN, _BASE_SYSTEM = Need.YES, Need.NO, Need.UNKNOWN, Category.BASE_SYSTEM
"""Looked up once: there may be a million files."""
_OWN = (Category.APPLICATION, Category.DATA, Category.DEPENDENCIES)
_SETTINGS = ("etc", "var", "run")
"""Where installing packages leaves files that none of them owns."""
_BY_NAME = (None, "documentation")
"""Of folders of these kinds every file has a kind of its own."""
_LICENCE = "/copyright"
"""What has to go wherever a package goes, and so is no documentation."""
_BYTECODE = "bytecode"
"""A virtual environment is taken with it: it starts faster."""
_SITE_SOURCES = "site-sources"
_YARN_CACHE = "yarn-cache"
_INSTALLED_ARCHIVES = Place(None, Category.DEPENDENCIES)
"""With Plug'n'Play the archives of yarn's cache are what the program loads."""
_FINER = frozenset({"documentation", "manuals", "locales", "static-libraries", "headers", "debug-files"})
"""Kinds that say more than that a file belongs to a tool chain."""
