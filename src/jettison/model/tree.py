"""The merged view of a stack of layers: path -> entry, and which layer it came from.

A tree is what a container would see. It holds no whiteouts. ``jettison.layer`` makes trees out of layer indexes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter, is_

from jettison.errors import BuildError
from jettison.frozen import dataclass, field
from jettison.model.entry import Entry, EntryType

_MAX_LINKS = 255
"""As in Go's filepath.EvalSymlinks, which the field follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """An immutable view: ``entries`` holds every path but the root unless a layer has an entry for it (path ``""``)."""

    entries: Mapping[str, Entry]
    layer_numbers: Mapping[str, int] = field(default_factory=dict)
    """path -> position of the layer that holds it, 0 being the lowest. For a hard link: that of the link itself."""
    in_order: Sequence[Entry] = field(default=(), repr=False, compare=False)
    """All entries, none of them the root's, in the order of :meth:`walk`, where they came in that order; else nothing.
    """
    _children: dict[str, list[Entry]] = field(default_factory=dict, repr=False, compare=False)
    _unsorted: list[dict[str, list[Entry]]] = field(default_factory=list, repr=False, compare=False)
    _linked: list[frozenset[str]] = field(default_factory=list, repr=False, compare=False)

    def get(self, path: str) -> Entry | None:
        """The entry at exactly this path, links not followed; an implicit root is a directory of mode 0755."""
        entry = self.entries.get(path)
        if entry is None and path == "":
            return ROOT
        return entry

    def paths(self) -> Iterable[str]:
        """All paths, the root's only where a layer has an entry for it."""
        return self.entries.keys()

    def type_of(self, path: str) -> EntryType | None:
        """What is at exactly this path, links not followed; None for nothing."""
        entry = self.entries.get(path)
        return None if entry is None else entry.type

    def children(self, path: str) -> list[str]:
        """The sorted names in the directory ``path`` (links not followed); empty where there is none."""
        cut = len(path) + 1 if path else 0
        return [entry.path[cut:] for entry in self.below(path)]

    def below(self, path: str) -> Sequence[Entry]:
        """What lies directly in the directory ``path`` (links not followed), in byte order of the names."""
        known = self._children.get(path)
        if known is None:
            known = sorted(self.listed(path), key=_path_of)
            if not all(map(str.isascii, map(_path_of, known))):  # the order of bytes is not that of characters
                known.sort(key=lambda entry: entry.path.encode("utf-8", "surrogateescape"))
            self._children[path] = known
        return known

    def walk(self, path: str) -> Iterator[Entry]:
        """Every entry below ``path``, itself excluded, parents first, siblings in byte order of their names."""
        if not self.in_order:
            return self._walked(path)
        if not path:
            return iter(self.in_order)
        if path not in self.entries:
            return iter(())
        names = _names(path)
        start = bisect_right(self.in_order, names, key=_names_of)
        names[-1] += b"\0"  # behind all that lies below, before any other name
        return islice(self.in_order, start, bisect_left(self.in_order, names, start, key=_names_of))

    def _walked(self, path: str) -> Iterator[Entry]:
        below = iter(self.below(path))
        above: list[Iterator[Entry]] = []
        while True:
            for entry in below:
                yield entry
                if entry.type is EntryType.DIRECTORY:
                    above.append(below)
                    below = iter(self.below(entry.path))
                    break
            else:
                if not above:
                    return
                below = above.pop()

    def numbers_in_order(self) -> Iterable[int]:
        """The layer numbers in the order of ``entries``: cheaper than looking up each of half a million paths."""
        numbers = self.layer_numbers
        if len(numbers) == len(self.entries) and all(map(is_, numbers, self.entries)):
            return numbers.values()
        return [numbers.get(path, 0) for path in self.entries]

    def has(self, path: str) -> bool:
        """Whether there is something at an absolute path, links followed."""
        return self.get(self.resolve(path.lstrip("/"))) is not None

    def resolve(self, path: str, *, follow_last: bool = True, passed: list[Entry] | None = None) -> str:
        """The path with every symbolic link followed inside the root; components that do not exist are kept.

        The links that were followed are put to ``passed``. Raises :class:`BuildError` for a loop of links.
        """
        pending = [part for part in path.split("/") if part]
        pending.reverse()
        done: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == ".":
                continue
            if part == "..":
                if done:
                    done.pop()
                continue
            done.append(part)
            if not pending and not follow_last:
                break
            if self.type_of("/".join(done)) is not EntryType.SYMLINK:
                continue
            entry = self.entries["/".join(done)]
            links += 1
            if links > _MAX_LINKS:
                raise BuildError(f"too many symbolic links in /{path}", hint="the links form a loop")
            if passed is not None:
                passed.append(entry)
            done.pop()
            if entry.link.startswith("/"):
                done.clear()
            pending.extend(part for part in reversed(entry.link.split("/")) if part)
        return "/".join(done)

    def content(self, entry: Entry) -> Entry:
        """The entry that holds the content: a hard link's file, otherwise ``entry`` itself."""
        if entry.type is EntryType.HARDLINK:
            target = self.entries.get(entry.link)
            if target is not None:
                return target
        return entry

    @property
    def linked(self) -> frozenset[str]:
        """The paths of the files that have hard links."""
        if not self._linked:
            links = (entry for entry in self.entries.values() if entry.type is EntryType.HARDLINK)
            self._linked.append(frozenset(self.content(link).path for link in links))
        return self._linked[0]

    def listed(self, path: str) -> Sequence[Entry]:
        """The same in no order, for those who ask for many directories."""
        if path and path not in self.entries:
            return ()
        return self._by_parent().get(path, ())

    def paths_below(self, path: str, *, leaving_out: str = "") -> Iterable[str]:
        """What lies in a folder at any depth and is no directory, in no order; folders named ``leaving_out`` are passed
        over.
        """
        pending = [path]
        while pending:
            for entry in self.listed(pending.pop()):
                if entry.type is not EntryType.DIRECTORY:
                    yield entry.path
                elif entry.name != leaving_out:
                    pending.append(entry.path)

    def paths_in(self, path: str) -> Collection[str]:
        """What lies directly in a folder and is no directory."""
        return {entry.path for entry in self.listed(path) if entry.type is not EntryType.DIRECTORY}

    def large_programs(self, least_bytes: int) -> Iterable[str]:
        """The files of so many bytes or more that may be executed."""
        return [path for path, entry in self.entries.items() if entry.mode & 0o111 and entry.size >= least_bytes]

    def _by_parent(self) -> Mapping[str, list[Entry]]:
        """Every directory with what lies in it, in no order: few are ever asked for."""
        if not self._unsorted:
            found: dict[str, list[Entry]] = {}
            last, here = "", found.setdefault("", [])
            for path, entry in self.entries.items():
                above = path.rpartition("/")[0]
                if above != last:  # most follow others of their directory
                    last, here = above, found.setdefault(above, [])
                if path:
                    here.append(entry)
            self._unsorted.append(found)
        return self._unsorted[0]


_path_of: Callable[[Entry], str] = attrgetter("path")


def _names(path: str) -> list[bytes]:
    """The names that the path is made of, which compare as a walk comes by them."""
    return path.encode("utf-8", "surrogateescape").split(b"/")


def _names_of(entry: Entry) -> list[bytes]:
    return _names(entry.path)


ROOT = Entry(path="", type=EntryType.DIRECTORY, mode=0o755)


def tree_of(entries: Iterable[Entry]) -> Tree:
    """A tree of a single layer's entries that contains no whiteouts (a build context, a made-up tree)."""
    table = {entry.path: entry for entry in entries}
    return Tree(entries=table, layer_numbers=dict.fromkeys(table, 0))
