"""A directory of this machine as a build context.

The directory is read once with ``stat`` alone; contents are opened when they are needed. Owners become 0:0, as in
BuildKit. Sockets are left out. Files are opened component by component without following links, so that a link which
appears while the build runs cannot lead outside the context.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from jettison.errors import BuildError, NotFoundError, StorageError, UsageError
from jettison.hints import BinaryIO, Protocol
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.recall.stamp import STAMP_BYTES, packed_stamp
from jettison.sources.folder import ChangedError, Folder, Xattrs, read_small, xattrs_of

_READ_BYTES = 1 << 20
_UNREAD = bytes(32)
"""In place of a sha256."""
_new_tuple, _new_str = tuple.__new__, str.__new__
"""What ``Entry(...)`` and ``Digest(...)`` come to, at half of the price."""
_HEX_AT = len("sha256:")
_NO_DEVICE = (0, 0)
_RUN = 1024
"""So many files are told of at once."""

MANY = 3000
"""From so many entries on a folder is worth the work of several processes."""


class Memory(Protocol):
    """What is remembered of the digests of files whose ``stat`` has not changed since."""

    def lookup(self, path: str, stamp: bytes) -> Digest | None:
        """The digest of the file, None where it must be read."""


class Filter(Protocol):
    """Decides which files of the directory belong to the context (a ``.dockerignore``)."""

    def excludes(self, path: str) -> bool:
        """Whether this file or directory itself is left out."""

    def excludes_all_below(self, directory: str) -> bool:
        """Whether an excluded directory holds nothing that belongs to the context."""


class LocalContext:
    """A directory, seen as a tree; files that nobody remembers have no digests until :meth:`fingerprint` reads them."""

    def __init__(self, root: Path, files: Filter | None = None, memory: Memory | None = None) -> None:
        if not root.exists():
            raise NotFoundError(
                f"the build context {str(root)!r} does not exist", hint="give a directory, or - for stdin"
            )
        if not root.is_dir():
            raise UsageError(
                f"the build context {str(root)!r} is not a directory", hint="give a directory, or - for stdin"
            )
        self.root = root
        self.ignored: list[str] = []
        """Excluded paths, directories standing for what is below them: for the hint when a COPY finds nothing."""
        self._filter = files
        self._inodes: dict[tuple[int, int], str] = {}
        self._memory = memory
        self._modes: dict[int, int] = {}
        """Each mode once: a number takes as much memory as four places in an entry."""
        self.walked: list[str] = []
        """What the walk came by; nothing where nobody asked for the tree.

        The directories are among them, those left out too where something below them is not. The ``offset`` of a
        file's entry is its place here: files are many, and a table by path would take more memory than what is in it.
        """
        self.stamps = bytearray()
        """For each of them the packed stamp, as it was before it was read."""
        self._sums = bytearray()
        """For each of them the sha256 of the content, once it was read."""
        self._xattrs: dict[str, Xattrs] = {}
        """Of the files that were read, where they have some."""
        self.unknown = 0
        """How many files of the tree had no digest that was remembered."""
        self.has_read = False
        """Whether a file was read whole, for want of its digest."""
        self.root_status: os.stat_result | None = None
        """Of the directory itself, before it was walked."""
        self.split: set[str] = set()
        """Directories that a name right after theirs continues, such as ``a`` before ``a-b``: in the order of paths,
        which is a tar's, what lies in them comes later than in the walk.
        """
        self.on_many: Callable[[], object] | None = None
        """Called once, by the walk, when it came by :data:`MANY` entries."""
        self._entries: list[Entry] = []
        """What the walk came by."""
        self._told = 0
        """How many of them are told to those who follow."""
        self._is_over = False
        self._grown = threading.Condition()
        self._walking = threading.RLock()
        self._guard = threading.RLock()
        self._folder = Folder(root)
        self._tree: Tree | None = None

    @property
    def tree(self) -> Tree:
        """The context's files; walked at the first use."""
        with self._walking:
            if self._tree is None:
                entries = self._entries = []
                try:
                    self.root_status = os.stat(self.root)
                    self._walk(str(self.root), "", entries)
                except OSError as error:
                    raise StorageError(
                        f"cannot read {str(error.filename or self.root)!r} in the build context: {error.strerror}",
                        hint="let .dockerignore leave it out, or change who may read it",
                    ) from error
                except RecursionError:
                    raise BuildError(
                        "folders of the build context are nested too deeply",
                        hint="let .dockerignore leave them out: no layer holds more than 400 in each other",
                    ) from None
                finally:
                    self._tell(is_over=True)
                self.unknown = sum(entry.type is EntryType.FILE and entry.digest is None for entry in entries)
                self._tree = Tree(entries={entry.path: entry for entry in entries}, in_order=entries)
            return self._tree

    def follow(self) -> Iterator[Sequence[Entry]]:
        """What the walk that is under way comes by, in runs, in its order; to its end, also where it fails."""
        entries, done = self._entries, 0
        while (told := self._wait_for_more(done)) > done:
            yield entries[done:told]
            done = told

    def _wait_for_more(self, done: int) -> int:
        """How many entries there are, once these are more than those, or all."""
        with self._grown:
            self._grown.wait_for(lambda: self._told > done or self._is_over)
            return self._told

    def _tell(self, *, is_over: bool = False) -> None:
        """Let others have what the walk came by, and have room for what they learn of it."""
        with self._grown:
            self._sums += bytes(len(self.walked) * len(_UNREAD) - len(self._sums))
            self._told, self._is_over = len(self._entries), is_over
            self._grown.notify_all()
        if self._told >= MANY and self.on_many is not None:
            told, self.on_many = self.on_many, None
            told()

    def digests(self) -> Iterator[tuple[list[str], bytes, bytes]]:
        """The files whose digests are known, in runs: paths, packed stamps, sha256s. Without those that have
        attributes.
        """
        sums, size = self._sums, len(_UNREAD)
        paths: list[str] = []
        start = end = 0
        for path, kind, _, _, _, _, _, _, _, _, digest, offset in self._tree.in_order if self._tree is not None else ():
            if kind is not EntryType.FILE or path in self._xattrs:
                continue
            if digest is not None:
                sums[offset * size : offset * size + size] = bytes.fromhex(digest[_HEX_AT:])
            if offset != end or len(paths) == _RUN:
                yield from self._known(paths, start)
                paths, start = [], offset
            paths.append(path)
            end = offset + 1
        yield from self._known(paths, start)

    def _known(self, paths: list[str], start: int) -> Iterator[tuple[list[str], bytes, bytes]]:
        """Those of a run, which begins at that place of the walk, whose digests are known."""
        end, size = start + len(paths), len(_UNREAD)
        stamps = bytes(self.stamps[start * STAMP_BYTES : end * STAMP_BYTES])
        sums = bytes(self._sums[start * size : end * size])
        if _UNREAD not in sums:
            if paths:
                yield paths, stamps, sums
            return
        for number, path in enumerate(paths):
            sha256 = sums[number * size : number * size + size]
            if sha256 != _UNREAD:
                yield [path], stamps[number * STAMP_BYTES : (number + 1) * STAMP_BYTES], sha256

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a file; raises :class:`BuildError` where it is not what the walk saw."""
        return os.fdopen(self._descriptor(entry), "rb", buffering=0)

    def fingerprint(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, with digests and extended attributes where they are files; reads what is not known."""
        sums, known, size = self._sums, self._xattrs, len(_UNREAD)
        for entry in entries:
            path, kind, mode, uid, gid, bytes_, mtime_ns, link, _, device, digest, offset = entry
            if kind is not EntryType.FILE or digest is not None:
                yield entry
                continue
            sha256 = sums[offset * size : offset * size + size]
            if sha256 == _UNREAD:
                sha256 = bytearray(self._read(entry))
            digest = _new_str(Digest, "sha256:" + sha256.hex())
            xattrs = known.get(path, ()) if known else ()
            row = (path, kind, mode, uid, gid, bytes_, mtime_ns, link, xattrs, device, digest, offset)
            yield _new_tuple(Entry, row)

    def knows(self, entries: Iterable[Entry]) -> bool:
        """Whether :meth:`fingerprint` would read nothing."""
        return all(entry.type is not EntryType.FILE or entry.digest or self._sum(entry) != _UNREAD for entry in entries)

    def open_unread(self, entry: Entry) -> tuple[Xattrs, BinaryIO]:
        """A file that nobody has read yet: its extended attributes, and the content.

        Whoever reads all of it tells both to :meth:`learn`, and it is not read again.
        """
        content = self.open(entry)
        return xattrs_of(content.fileno()), content

    def read_small(self, entry: Entry) -> tuple[Xattrs, bytes]:
        """The same of a small file, read at once: what is not as long as the entry says has changed since the walk."""
        descriptor = self._descriptor(entry)
        try:
            return read_small(descriptor, entry.size)
        finally:
            os.close(descriptor)

    def learn(self, entry: Entry, xattrs: Xattrs, sha256: bytes | bytearray) -> None:
        """Take over what somebody learned of a file of the tree by reading it whole."""
        self.has_read = True
        if xattrs:
            self._xattrs[entry.path] = xattrs
        at = entry.offset * len(_UNREAD)
        self._sums[at : at + len(_UNREAD)] = sha256

    def _stamp(self, entry: Entry) -> bytes:
        """The packed stamp of a file, as the walk saw it."""
        at = entry.offset * STAMP_BYTES
        return bytes(self.stamps[at : at + STAMP_BYTES])

    def _sum(self, entry: Entry) -> bytes:
        at = entry.offset * len(_UNREAD)
        return bytes(self._sums[at : at + len(_UNREAD)])

    def _read(self, entry: Entry) -> bytes:
        with self._guard:
            if (known := self._sum(entry)) != _UNREAD:  # another thread read it
                return known
            descriptor = self._descriptor(entry)
            try:
                running = hashlib.sha256()
                left = entry.size
                while data := os.read(descriptor, min(left + 1, _READ_BYTES)):  # a buffer is made of that size
                    running.update(data)
                    left -= len(data)
                    if left <= 0:
                        break
                if left:
                    raise self._changed(entry.path)
                self.learn(entry, xattrs_of(descriptor), running.digest())
                return running.digest()
            finally:
                os.close(descriptor)

    def close(self) -> None:
        """Let go of open directories; idempotent. Files can be read afterwards all the same."""
        with self._guard:
            self._folder.close()

    def _descriptor(self, entry: Entry) -> int:
        path = entry.path
        try:
            with self._guard:  # nobody closes the directory before the file is open
                return self._folder.open(path, self._stamp(entry))
        except OSError as error:
            raise BuildError(f"cannot read {path!r} in the build context: {error.strerror}") from error
        except ChangedError:
            raise self._changed(path) from None

    def _changed(self, path: str) -> BuildError:
        return BuildError(f"{path!r} changed while the build was reading it", hint="build again when it is at rest")

    def _walk(self, directory: str, prefix: str, entries: list[Entry]) -> None:
        files, walked, stamps, memory = self._filter, self.walked, self.stamps, self._memory
        regular = EntryType.FILE
        try:
            listed = _listed(directory)
        except (FileNotFoundError, NotADirectoryError):
            if not prefix:
                raise
            return  # it was removed since it was seen: as if that had been a moment earlier
        for number, (name, status) in enumerate(listed, 1):
            path = prefix + name
            kind = stat.S_IFMT(status.st_mode)
            if kind == stat.S_IFDIR and number < len(listed):
                after = listed[number][0]
                if after.startswith(name) and after[len(name)] < "/":
                    self.split.add(path)
            if files is not None and files.excludes(path):
                below: list[Entry] = []
                if kind == stat.S_IFDIR and not files.excludes_all_below(path):
                    walked.append(path)
                    stamps += packed_stamp(status)
                    self._walk(f"{directory}/{name}", f"{path}/", below)
                if below:
                    entries.append(_entry(path, status))
                    entries += below
                else:
                    self.ignored.append(path)
            elif kind == stat.S_IFREG:
                place = len(walked)
                walked.append(path)
                stamp = packed_stamp(status)
                stamps += stamp
                mode, size, mtime_ns = stat.S_IMODE(status.st_mode), status.st_size, status.st_mtime_ns
                mode = self._modes.setdefault(mode, mode)
                if status.st_nlink > 1:
                    first = self._inodes.setdefault((status.st_dev, status.st_ino), path)
                    if first != path:
                        entries.append(Entry(path, EntryType.HARDLINK, link=first, mtime_ns=mtime_ns))
                        continue
                digest = None if memory is None else memory.lookup(path, stamp)
                row = (path, regular, mode, 0, 0, size, mtime_ns, "", (), _NO_DEVICE, digest, place)
                entries.append(_new_tuple(Entry, row))
            elif kind != stat.S_IFSOCK:
                entry = _entry(path, status)
                if kind == stat.S_IFLNK:
                    try:
                        entry = entry._replace(mode=0o777, link=os.readlink(f"{directory}/{name}"))
                    except FileNotFoundError:
                        continue
                walked.append(path)
                stamps += packed_stamp(status)
                entries.append(entry)
                if kind == stat.S_IFDIR:
                    self._walk(f"{directory}/{name}", f"{path}/", entries)
        if len(self._entries) - self._told >= _RUN:
            self._tell()


_KINDS = {
    stat.S_IFDIR: EntryType.DIRECTORY,
    stat.S_IFLNK: EntryType.SYMLINK,
    stat.S_IFIFO: EntryType.FIFO,
    stat.S_IFCHR: EntryType.CHAR_DEVICE,
    stat.S_IFBLK: EntryType.BLOCK_DEVICE,
}


def _entry(path: str, status: os.stat_result) -> Entry:
    """Of anything but a file and a socket; a link's target is to be added."""
    kind = _KINDS[stat.S_IFMT(status.st_mode)]
    is_device = kind is EntryType.CHAR_DEVICE or kind is EntryType.BLOCK_DEVICE
    device = (os.major(status.st_rdev), os.minor(status.st_rdev)) if is_device else (0, 0)
    return Entry(path, kind, stat.S_IMODE(status.st_mode), mtime_ns=status.st_mtime_ns, device=device)


def _listed(directory: str) -> list[tuple[str, os.stat_result]]:
    """The names in a directory with their status, in the order of their bytes; without what is removed meanwhile."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # By descriptor: the kernel looks up one component instead of all.
        try:
            with os.scandir(descriptor) as scan:
                children = [(child.name, child.stat(follow_symlinks=False)) for child in scan]
        except FileNotFoundError:
            with os.scandir(descriptor) as scan:
                children = [(child.name, status) for child in scan if (status := _status(child)) is not None]
    except OSError as error:
        error.filename = f"{directory}/{error.filename}" if isinstance(error.filename, str) else directory
        raise
    finally:
        os.close(descriptor)
    children.sort(key=_name_of)
    if not all(map(str.isascii, map(_name_of, children))):  # the order of bytes is not that of characters
        children.sort(key=lambda child: os.fsencode(child[0]))
    return children


def _status(child: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return child.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


_name_of = itemgetter(0)
