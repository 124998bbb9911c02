"""What a COPY, ADD or WORKDIR puts into a layer, computed on trees alone: no mount, no copy, no difference afterwards.

The semantics are those of BuildKit's file operations (``fsutil/copy``, ``solver/llbsolver/file``). Two things are ours,
so that equal inputs give equal bytes: directories that are made on the way carry the time of the newest source in place
of the current time, and directories that exist already keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from jettison.errors import BuildError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING
from jettison.layer.hard_links import Heir, links_of, release
from jettison.layer.selection import EVERYTHING, MissingSourceError, PathFilter, pick
from jettison.model.entry import Entry, EntryType, parse_image_path
from jettison.model.tree import ROOT, Tree
from jettison.tuples import NamedTuple

if TYPE_CHECKING:
    from jettison.model.mode import ModeChanges

DEFAULT_DIRECTORY_MODE = 0o755

_new = tuple.__new__
"""What making a NamedTuple comes to, at half of the price."""


class PlannedEntry(NamedTuple):
    """An entry as it will stand in the layer, and where its content comes from."""

    entry: Entry
    source: Entry | None = None
    """The file in the input whose content this is; None for everything without content."""
    input: int = 0
    """The input that ``source`` is read from; 0 is the tree that the layer is put on."""


class Owner(NamedTuple):
    """A resolved ``--chown``."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRules:
    """What a copy leaves out, and what it changes on the way."""

    paths: PathFilter = EVERYTHING
    owner: Owner | None = None
    mode: int | ModeChanges | None = None

    @property
    def implied_mode(self) -> int:
        """The mode of directories that are made on the way to the destination: symbolic changes do not reach them."""
        return self.mode & 0o777 if isinstance(self.mode, int) else DEFAULT_DIRECTORY_MODE

    def placed(self, entry: Entry, target: str) -> Entry:
        """A copied entry as it stands at ``target``."""
        # much faster than `_replace`
        _, kind, mode, uid, gid, size, mtime_ns, link, xattrs, device, digest, _ = entry
        if self.owner is not None:
            uid, gid = self.owner
        if self.mode is not None and kind is not EntryType.SYMLINK:
            if not isinstance(self.mode, int):
                mode = self.mode.apply(mode, is_directory=kind is EntryType.DIRECTORY)
            else:
                mode = self.mode
        return Entry(target, kind, mode, uid, gid, size, mtime_ns, link, xattrs, device, digest)


class LayerPlan:
    """The entries of one new layer on top of ``parent``, gathered action by action."""

    def __init__(self, parent: Tree) -> None:
        self._parent = parent
        self._planned: dict[str, PlannedEntry] = {}
        self._entries = dict(parent.entries)
        """What the layer and those below show together."""
        self._view = Tree(entries=self._entries)
        self._replaced: set[str] = set()
        """Directories of ``parent`` that something took the place of, if only for a while."""
        self._links: dict[str, str] | None = None
        """The hard links of ``_entries``, once anything was replaced."""
        self._origins: dict[str, Entry] = {}
        """Files that came by another name: their path -> the file of ``parent`` that has the content."""

    def make_directory(self, path: str, *, mode: int, owner: Owner | None, mtime_ns: int) -> None:
        """Make a directory and its missing parents; a directory that exists is left as it is (WORKDIR)."""
        self._make_directories(self._view.resolve(parse_image_path(path)), mode, owner, mtime_ns)

    def copy(self, source: Tree, tops: Iterable[str], destination: str, rules: CopyRules, *, input: int) -> None:
        """Copy each of ``tops`` (image paths in ``source``, as ``match_sources`` gives them) to ``destination``."""
        for top in tops:
            followed, entry, target = self._destined(source, top, destination, rules)
            _Copier(self, source, rules, input).copy_top(followed, entry, target)

    def copy_in_turn(
        self, source: Tree, top: str, destination: str, rules: CopyRules, *, input: int
    ) -> tuple[list[PlannedEntry], Callable[[Iterable[Entry]], Iterator[PlannedEntry]]] | None:
        """The same for one directory and as the only thing in the layer, so that what lies in it can be planned while
        it is found: what the layer begins with, and what plans the entries below ``top``, which it may be given sorted
        by their paths. None of them may be a hard link. ``source`` needs to have nothing but the way to ``top``.

        None where the directory is not put where nothing is.
        """
        followed, entry, target = self._destined(source, top, destination, rules)
        existing = self.entry_at(target)
        if entry.type is not EntryType.DIRECTORY or (existing and existing.type is not EntryType.DIRECTORY):
            return None
        if self.has_below(target) if target else self._entries:
            return None
        _Copier(self, source, rules, input).copy_top(followed, entry, target)
        cut = len(followed) + 1 if followed else 0
        prefix = f"{target}/" if target else ""
        return self.finish(), lambda below: _placed(below, cut, prefix, rules, input)

    def unpack(self, members: Iterable[Entry], destination: str, *, owner: Owner | None, input: int) -> None:
        """Unpack an archive's entries, in its order, into the directory ``destination`` (ADD of a local archive).

        An entry for the archive's own root says nothing about that directory, as in BuildKit. Nor is anything in the
        way: a file takes the place of a directory with all that lies in it (``moby/go-archive``, ``Unpack``).
        """
        root = self._view.resolve(parse_image_path(destination))
        self._make_directories(root, DEFAULT_DIRECTORY_MODE, owner, 0)
        for member in members:
            if not member.path:
                continue
            if member.type in (EntryType.WHITEOUT, EntryType.OPAQUE):
                raise BuildError(
                    f"the archive holds a file named .wh.{member.name}, which an image layer cannot hold",
                    hint="names that start with .wh. mark deletions in image layers; rename the file",
                )
            parent = self._view.resolve(_join(root, member.parent)) if member.parent else root
            self._make_directories(parent, DEFAULT_DIRECTORY_MODE, None, member.mtime_ns)
            path = _join(parent, member.name)
            uid, gid = owner or (member.uid, member.gid)
            link = member.link
            if member.type is EntryType.HARDLINK:
                link = self._view.resolve(_join(root, link), follow_last=False)
            entry = member._replace(path=path, uid=uid, gid=gid, link=link, offset=0)
            self.put(entry, member if member.type is EntryType.FILE else None, input)

    def entry_at(self, path: str) -> Entry | None:
        """What stands at this path now: what was planned so far, else what lies below."""
        return self._entries.get(path) or (None if path else ROOT)

    def put(self, entry: Entry, source: Entry | None, input: int) -> None:
        """Plan one entry, in place of what stands at its path; a directory keeps its children under another one."""
        path = entry.path
        existing = self._entries.get(path)
        if existing is not None and not existing.type is entry.type is EntryType.DIRECTORY:
            self._remove(existing)
        if self._links is not None and entry.type is EntryType.HARDLINK:
            self._links[path] = entry.link
        self._entries[path] = entry
        self._planned[path] = PlannedEntry(entry, source, input)

    def has_below(self, directory: str) -> bool:
        """Whether there is anything in a directory now, which may itself be there or not."""
        prefix = f"{directory}/"
        return any(path.startswith(prefix) for path in self._entries)

    def put_all(self, source: Iterable[Entry], cut: int, prefix: str, rules: CopyRules, input: int) -> None:
        """As :meth:`put`, for what ``source`` has, where at the paths that it gets nothing stands.

        The paths are the source's own without their first ``cut`` characters, behind ``prefix``. No entry is a hard
        link.
        """
        entries, planned = self._entries, self._planned
        for item in _placed(source, cut, prefix, rules, input):
            placed = item[0]
            entries[placed[0]] = placed
            planned[placed[0]] = item

    def finish(self) -> list[PlannedEntry]:
        """Everything that the layer holds, parents first, each ancestor with the metadata that it has below."""
        planned = self._planned
        for path in list(planned):
            if path.rpartition("/")[0] not in planned:
                self._add_ancestors(path)
        self._add_link_targets()
        ordered = [planned[path] for path in sorted(planned)]
        if markers := list(self._opaque_markers()):
            ordered = sorted(ordered + markers, key=lambda item: item.entry.path)  # each stays behind its directory
        return list(_links_after_files(ordered))

    def _destined(self, source: Tree, top: str, destination: str, rules: CopyRules) -> tuple[str, Entry, str]:
        """Where a source leads to and what is there, and where it goes, up to which all directories are made."""
        followed = source.resolve(top)
        entry = source.get(followed)
        if entry is None:
            raise MissingSourceError(top)
        ensured = destination if destination.endswith(("/", "/.")) else destination.rpartition("/")[0]
        self._make_implied(self._view.resolve(parse_image_path(ensured)), rules, entry)
        target = self._view.resolve(parse_image_path(destination))
        existing = self._view.get(target)
        is_directory = entry.type is EntryType.DIRECTORY
        if not is_directory and existing is not None and existing.type is EntryType.DIRECTORY:
            target = _join(target, top.rpartition("/")[2])
        holder = target if is_directory and existing is None else target.rpartition("/")[0]
        self._make_implied(holder, rules, entry)
        return followed, entry, target

    def _opaque_markers(self) -> Iterator[PlannedEntry]:
        """For directories that were replaced and made anew: what lies in them below is gone."""
        for path in self._replaced:
            planned = self._planned.get(path)
            if planned is not None and planned.entry.type is EntryType.DIRECTORY:
                yield PlannedEntry(Entry(path, EntryType.OPAQUE))

    def _remove(self, entry: Entry) -> None:
        """Take away what stands there, with all that lies in it; hard links to any of that keep the content."""
        gone = {entry.path}
        if entry.type is EntryType.DIRECTORY:
            gone.update(path for path in self._entries if path.startswith(f"{entry.path}/"))
            below = self._parent.get(entry.path)
            if below is not None and below.type is EntryType.DIRECTORY:
                self._replaced.add(entry.path)
        if self._links is None:
            self._links = links_of(self._entries.values())
        if self._links:
            for heir in release(self._entries, self._links, gone):
                self._inherit(heir, self._links)
        for path in gone:
            del self._entries[path]
            self._planned.pop(path, None)
            self._origins.pop(path, None)

    def _inherit(self, heir: Heir, links: dict[str, str]) -> None:
        """The file's content goes on under the name of a link, to which the other links now point."""
        origin = self._origins.get(heir.target, self._entries[heir.target])
        if heir.path in self._planned:
            planned = self._planned.get(heir.target) or _from_below(origin)
            self._planned[heir.path] = planned._replace(entry=self._entries[heir.path]._replace(offset=0))
        else:
            self._origins[heir.path] = origin
        for path, target in links.items():
            if target == heir.path and path in self._planned:
                self._planned[path] = PlannedEntry(self._entries[path])

    def _add_ancestors(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        while parent and parent not in self._planned:
            entry = self._view.get(parent) or ROOT._replace(path=parent)
            self._planned[parent] = PlannedEntry(entry._replace(digest=None, offset=0))
            parent = parent.rpartition("/")[0]

    def _add_link_targets(self) -> None:
        """A hard link to a file of the layers below takes that file along: a layer's links stay inside it."""
        links = [entry for entry, _, _ in self._planned.values() if entry.type is EntryType.HARDLINK]
        for entry in links:
            if entry.link not in self._planned:
                below = self._view.get(entry.link)
                if below is None or below.type is EntryType.DIRECTORY:
                    raise BuildError(f"/{entry.path} is a hard link to /{entry.link}, which does not exist")
                content = self._view.content(below)
                origin = _from_below(self._origins.get(content.path, content))
                self._planned[entry.link] = origin._replace(entry=content._replace(path=entry.link, offset=0))
                self._add_ancestors(entry.link)

    def _make_implied(self, path: str, rules: CopyRules, source: Entry) -> None:
        self._make_directories(path, rules.implied_mode, rules.owner, source.mtime_ns)

    def _make_directories(self, path: str, mode: int, owner: Owner | None, mtime_ns: int) -> None:
        uid, gid = owner or (0, 0)
        parts = path.split("/") if path else []
        for depth in range(1, len(parts) + 1):
            current = "/".join(parts[:depth])
            existing = self._view.get(current)
            if existing is None:
                entry = Entry(current, EntryType.DIRECTORY, mode=mode, uid=uid, gid=gid, mtime_ns=mtime_ns)
                self.put(entry, None, 0)
            elif existing.type is not EntryType.DIRECTORY:
                raise BuildError(f"cannot make the directory /{path}: /{current} exists and is not a directory")


class _Copier:
    """One source copied to one target: hard links among what it copies stay hard links."""

    def __init__(self, plan: LayerPlan, source: Tree, rules: CopyRules, input: int) -> None:
        self._plan = plan
        self._source = source
        self._rules = rules
        self._input = input
        self._shared = source.linked
        self._linked: dict[str, str] = {}
        """Where the files that have several names went."""

    def copy_top(self, path: str, entry: Entry, target: str) -> None:
        if entry.type is not EntryType.DIRECTORY:
            self._copy_file(entry, target)
            return
        existing = self._plan.entry_at(target)
        if existing is not None and existing.type is not EntryType.DIRECTORY:
            raise BuildError(f"cannot copy to non-directory: /{target}")
        if existing is not None and path and target:
            self._plan.put(existing._replace(path=target, mtime_ns=entry.mtime_ns), None, 0)
        cut = len(path) + 1 if path else 0
        prefix = f"{target}/" if target else ""
        if target and not self._shared and not self._plan.has_below(target):
            paths = self._rules.paths
            below = (
                self._source.walk(path) if paths.takes_all else (entry for entry, _ in pick(self._source, path, paths))
            )
            self._plan.put_all(below, cut, prefix, self._rules, self._input)
            return
        for picked, implied in pick(self._source, path, self._rules.paths):
            place = prefix + picked.path[cut:]
            if picked.type is EntryType.DIRECTORY:
                self._copy_directory(picked, place, implied=implied)
            else:
                self._copy_file(picked, place)

    def _copy_directory(self, entry: Entry, target: str, *, implied: bool) -> None:
        existing = self._plan.entry_at(target)
        if existing is None:
            placed = self._rules.placed(entry, target)
        elif existing.type is not EntryType.DIRECTORY:
            raise BuildError(f"cannot copy to non-directory: /{target}")
        elif implied:
            placed = existing._replace(mode=entry.mode)
        else:
            xattrs = tuple(sorted({**dict(existing.xattrs), **dict(entry.xattrs)}.items()))
            placed = self._rules.placed(entry, target)._replace(xattrs=xattrs)
        self._plan.put(placed, None, 0)

    def _copy_file(self, entry: Entry, target: str) -> None:
        existing = self._plan.entry_at(target)
        if existing is not None and existing.type is EntryType.DIRECTORY:
            raise BuildError(f"cannot replace to directory /{target} with file")
        if entry.type is EntryType.FILE and entry.path not in self._shared:
            self._plan.put(self._rules.placed(entry, target), entry, self._input)
            return
        if entry.type not in (EntryType.FILE, EntryType.HARDLINK):
            self._plan.put(self._rules.placed(entry, target), None, 0)
            return
        content = entry if entry.type is EntryType.FILE else self._source.content(entry)
        first = self._linked.setdefault(content.path, target)
        if first != target:
            link = self._rules.placed(content, target)._replace(type=EntryType.HARDLINK, link=first)
            self._plan.put(link._replace(size=0, digest=None, xattrs=()), None, 0)
        elif content.type is EntryType.FILE:
            self._plan.put(self._rules.placed(content, target), content, self._input)
        else:
            self._plan.put(self._rules.placed(content, target), None, 0)


def _placed(source: Iterable[Entry], cut: int, prefix: str, rules: CopyRules, input: int) -> Iterator[PlannedEntry]:
    """Entries as they stand behind ``prefix``, without the first ``cut`` characters of their own paths."""
    as_it_is = rules.owner is None and rules.mode is None
    for entry in source:
        path, kind, mode, uid, gid, size, mtime_ns, link, xattrs, device, digest, _ = entry
        place = prefix + path[cut:]
        if as_it_is:
            row = (place, kind, mode, uid, gid, size, mtime_ns, link, xattrs, device, digest, 0)
            placed = _new(Entry, row)
        else:
            placed = rules.placed(entry, place)
        is_file = kind is EntryType.FILE
        yield _new(PlannedEntry, (placed, entry, input) if is_file else (placed, None, 0))


def _from_below(entry: Entry) -> PlannedEntry:
    """A file of the layers below, to be said again."""
    return PlannedEntry(entry, entry if entry.type is EntryType.FILE else None, 0)


def _links_after_files(planned: Iterable[PlannedEntry]) -> Iterator[PlannedEntry]:
    """A hard link may sort before its file; a tar needs the file first: links go to the end, in order."""
    links = []
    for item in planned:
        if item.entry.type is EntryType.HARDLINK:
            links.append(item)
        else:
            yield item
    yield from links


def _join(directory: str, name: str) -> str:
    if not name:
        return directory
    return f"{directory}/{name}" if directory else name
