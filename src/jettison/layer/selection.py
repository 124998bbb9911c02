"""Which files of its source a COPY or ADD takes: wildcards, ``--parents``, ``--exclude``.

As in BuildKit (``fsutil/copy``, ``cache/contenthash``) the patterns of the flags are matched against paths relative to
what the source leads to; what a source names itself is never excluded. A directory that no pattern takes is made all
the same where something in it is taken.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from jettison.dockerfile.glob import compile_glob, has_wildcards, literal_beginning
from jettison.errors import BuildError
from jettison.hints import TYPE_CHECKING
from jettison.model.entry import Entry, EntryType, parse_image_path
from jettison.model.tree import Tree

if TYPE_CHECKING:
    from jettison.dockerfile.ignore import IgnorePatterns


class MissingSourceError(BuildError):
    """A source of a COPY or ADD that the input does not have."""

    def __init__(self, path: str, *, hint: str | None = None) -> None:
        super().__init__(f'"/{path}": not found', hint=hint)
        self.path = path


def _patterns(texts: Sequence[str]) -> IgnorePatterns | None:
    if not texts:
        return None
    from jettison.dockerfile.ignore import IgnorePatterns

    return IgnorePatterns(texts)


class PathFilter:
    """What ``--parents`` and ``--exclude`` leave of a directory; both are patterns like those of ``.dockerignore``."""

    def __init__(self, includes: tuple[str, ...] = (), excludes: tuple[str, ...] = ()) -> None:
        """Raises :class:`BuildError` for a pattern that means nothing. Without ``includes`` all is taken."""
        self._includes = _patterns(includes)
        # other than in an ignore file a slash at the beginning counts, and no relative path has one
        relative = [pattern for pattern in excludes if not pattern.strip().removeprefix("!").startswith("/")]
        self._excludes = _patterns(relative)

    @property
    def takes_all(self) -> bool:
        """Whether there is nothing to ask."""
        return self._includes is None and self._excludes is None

    def takes(self, path: str) -> bool:
        """Whether a path below the source is copied."""
        if self._includes is not None and not self._includes.excludes(path):
            return False
        return self._excludes is None or not self._excludes.excludes(path)

    def enters(self, directory: str) -> bool:
        """Whether something below a directory that is not taken might be."""
        if self._excludes is not None and self._excludes.excludes_all_below(directory):
            return False
        includes = self._includes
        return includes is None or includes.excludes(directory) or includes.may_match_below(directory)


EVERYTHING = PathFilter()


Picked = tuple[Entry, bool]
"""A file or directory that a copy takes, and whether the directory is made only for what is taken out of it."""


def match_sources(source: Tree, pattern: str, *, below_files: bool = True) -> Iterator[str]:
    """The image paths that one source of a COPY or ADD names, in byte order; a name without wildcards is itself.

    Wildcards are Go's ``filepath.Match``; the components before the first one are resolved through symbolic links, and
    raise :class:`MissingSourceError` where they lead nowhere, and unless ``below_files`` where they lead to a file.
    """
    parts = parse_image_path(pattern).split("/")
    first = next((number for number, part in enumerate(parts) if has_wildcards(part)), len(parts))
    if first == len(parts):
        yield "/".join(parts)
        return
    before = "/".join(parts[:first])
    base = source.resolve(before)
    found = source.get(base)
    if found is None:
        raise MissingSourceError(before)
    if not below_files and found.type is not EntryType.DIRECTORY:
        raise MissingSourceError(pattern, hint=f"{before!r} is a file, and nothing lies below it")
    yield from _match_components(source, base, parts[first:])


def pick(source: Tree, top: str, paths: PathFilter = EVERYTHING) -> Iterator[Picked]:
    """What is taken of everything below the directory ``top``; parents first, siblings in byte order."""
    if paths.takes_all:
        return ((entry, False) for entry in source.walk(top))
    return _pick(source, top, len(top) + 1 if top else 0, paths, [])


def require(source: Tree, top: str, paths: PathFilter, wanted: str) -> None:
    """Raise :class:`MissingSourceError` for ``wanted`` where nothing below ``top`` is taken.

    As in BuildKit a symbolic link is no place to look below: what stands before ``/./`` must be the directory itself.
    """
    last = source.get(source.resolve(top, follow_last=False))
    is_link = last is not None and last.type is EntryType.SYMLINK
    if is_link or next(pick(source, source.resolve(top), paths), None) is None:
        hint = f"/{top} is a symbolic link: write where it leads to" if is_link else None
        raise MissingSourceError(wanted, hint=hint)


def select(source: Tree, top: str, paths: PathFilter = EVERYTHING) -> Iterator[Entry]:
    """Everything that copying ``top`` reads: the entry it leads to and, for a directory, what is taken of all below.

    After a hard link comes the file that it is another name of, wherever that lies.
    """
    followed = source.resolve(top)
    entry = source.get(followed)
    if entry is None:
        raise MissingSourceError(top)
    below: Iterable[Entry] = ()
    if entry.type is EntryType.DIRECTORY:
        below = source.walk(followed) if paths.takes_all else (entry for entry, _ in pick(source, followed, paths))
    for read in chain((entry,), below):
        yield read
        if read.type is EntryType.HARDLINK:
            yield source.content(read)


def _pick(source: Tree, directory: str, cut: int, paths: PathFilter, waiting: list[Entry]) -> Iterator[Picked]:
    """As :func:`pick`; ``waiting`` are the directories above that are made when the first thing in them is taken."""
    for name in source.children(directory):
        path = f"{directory}/{name}" if directory else name
        entry = source.entries[path]
        is_directory = entry.type is EntryType.DIRECTORY
        if paths.takes(path[cut:]):
            yield from ((above, True) for above in waiting)
            waiting.clear()
            yield entry, False
            if is_directory:
                yield from _pick(source, path, cut, paths, waiting)
        elif is_directory and paths.enters(path[cut:]):
            waiting.append(entry)
            yield from _pick(source, path, cut, paths, waiting)
            if waiting:
                waiting.pop()


def _match_components(source: Tree, directory: str, patterns: list[str]) -> Iterator[str]:
    matches = compile_glob(patterns[0])
    above = f"{directory}/" if directory else ""
    for path in _paths_that_begin(source.below(directory), above + literal_beginning(patterns[0])):
        if matches(path[len(above) :]):
            if len(patterns) == 1:
                yield path
            else:
                yield from _match_components(source, path, patterns[1:])


def _paths_that_begin(entries: Sequence[Entry], beginning: str) -> Iterator[str]:
    """The paths of some of the entries, which are in byte order: thousands of patterns look at a few files each."""
    first = bisect_left(entries, _in_bytes(beginning), key=lambda entry: _in_bytes(entry.path))
    for number in range(first, len(entries)):
        path = entries[number].path
        if not path.startswith(beginning):
            return
        yield path


def _in_bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
