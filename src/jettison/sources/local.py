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
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

from jettison.errors import BuildError, NotFoundError, StorageError, UsageError
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree

_READ_BYTES = 1 << 20
_KEPT_DIRECTORIES = 32
_NONE_OPEN = ("\0", -1)
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KEPT_XATTRS = ("security.capability", "user.")


Xattrs = tuple[tuple[str, bytes], ...]
"""Extended attributes as an entry holds them."""


class Memory(Protocol):
    """What is remembered of the digests of files whose ``stat`` has not changed since."""

    def lookup(self, path: str, status: os.stat_result) -> Digest | None:
        """The digest of the file, None where it must be read."""

    def record(self, path: str, status: os.stat_result, digest: Digest) -> None:
        """Remember the digest of a file; ``status`` was taken before it was read."""


class Filter(Protocol):
    """Decides which files of the directory belong to the context (a ``.dockerignore``)."""

    def excludes(self, path: str) -> bool:
        """Whether this file or directory itself is left out."""

    def excludes_all_below(self, directory: str) -> bool:
        """Whether an excluded directory holds nothing that belongs to the context."""


class LocalContext:
    """A directory, seen as a tree whose files have no digests until :meth:`fingerprint` gives them one."""

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
        self._statuses: dict[str, os.stat_result] = {}
        self._other_statuses: dict[str, os.stat_result] = {}
        """Of what is no file to be read: directories, links, further names of a file."""
        self._fingerprinted: dict[str, Entry] = {}
        self._guard = threading.RLock()
        self._directories: dict[str, int] = {}
        """Open descriptors by path, the one used last at the end."""
        self._recent = _NONE_OPEN
        """The one used last: files come directory by directory."""
        self._tree: Tree | None = None

    @property
    def tree(self) -> Tree:
        """The context's files; walked at the first use."""
        with self._guard:
            if self._tree is None:
                entries: list[Entry] = []
                try:
                    self._other_statuses[""] = os.stat(self.root)
                    self._walk(str(self.root), "", entries)
                except OSError as error:
                    raise StorageError(
                        f"cannot read {str(error.filename or self.root)!r} in the build context: {error.strerror}",
                        hint="let .dockerignore leave it out, or change who may read it",
                    ) from error
                self._tree = Tree(entries={entry.path: entry for entry in entries})
            return self._tree

    @property
    def witnessed(self) -> Mapping[str, os.stat_result]:
        """What the walk came by, as it was before it was read; empty where nobody asked for the tree.

        The directories are among them, those left out too where something below them is not.
        """
        with self._guard:
            return self._other_statuses | self._statuses

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a file; raises :class:`BuildError` where it is not what the walk saw."""
        return os.fdopen(self._descriptor(entry.path), "rb", buffering=0)

    def fingerprint(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries, with digests and extended attributes where they are files; reads what is not remembered."""
        known = self._fingerprinted
        with self._guard:
            return [
                known.get(entry.path) or self._fingerprint(entry) if entry.type is EntryType.FILE else entry
                for entry in entries
            ]

    def knows(self, entries: Iterable[Entry]) -> bool:
        """Whether :meth:`fingerprint` would read nothing."""
        with self._guard:
            return all(entry.type is not EntryType.FILE or self._remembered(entry) is not None for entry in entries)

    def open_unread(self, entry: Entry) -> tuple[Xattrs, BinaryIO]:
        """A file that nobody has read yet: its extended attributes, and the content.

        Whoever reads all of it tells both to :meth:`learn`, and it is not read again.
        """
        content = self.open(entry)
        return _xattrs(content.fileno()), content

    def read_unread(self, entry: Entry) -> tuple[Xattrs, bytes]:
        """The same of a small file, read at once: what is not as long as the entry says has changed since the walk."""
        descriptor = self._descriptor(entry.path)
        try:
            data = os.read(descriptor, entry.size + 1)
            while len(data) < entry.size and (more := os.read(descriptor, entry.size + 1 - len(data))):
                data += more
            return _xattrs(descriptor), data
        finally:
            os.close(descriptor)

    def learn(self, entry: Entry, xattrs: Xattrs, digest: Digest) -> None:
        """Take over what somebody learned of a file of the tree by reading it whole."""
        with self._guard:
            self._remember(_fingerprinted(entry, xattrs, digest))

    def _remembered(self, entry: Entry) -> Entry | None:
        known = self._fingerprinted.get(entry.path)
        if known is None and self._memory is not None:
            digest = self._memory.lookup(entry.path, self._statuses[entry.path])
            if digest is not None:
                known = self._fingerprinted[entry.path] = _fingerprinted(entry, (), digest)
        return known

    def _remember(self, entry: Entry) -> Entry:
        assert entry.digest is not None
        self._fingerprinted[entry.path] = entry
        if self._memory is not None and not entry.xattrs:  # the memory holds digests alone
            self._memory.record(entry.path, self._statuses[entry.path], entry.digest)
        return entry

    def _fingerprint(self, entry: Entry) -> Entry:
        return self._remembered(entry) or self._remember(self._read(entry))

    def _read(self, entry: Entry) -> Entry:
        descriptor = self._descriptor(entry.path)
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
            digest = Digest(f"sha256:{running.hexdigest()}")
            xattrs = _xattrs(descriptor)
        finally:
            os.close(descriptor)
        return _fingerprinted(entry, xattrs, digest)

    def close(self) -> None:
        """Let go of open directories; idempotent. Files can be read afterwards all the same."""
        with self._guard:
            for descriptor in self._directories.values():
                os.close(descriptor)
            self._directories.clear()
            self._recent = _NONE_OPEN

    def _directory(self, path: str) -> int:
        """A descriptor of the directory, opened component by component; the last ones used are kept open."""
        if path == self._recent[0]:
            return self._recent[1]
        known = self._directories.pop(path, None)
        if known is None and path:
            above, _, name = path.rpartition("/")
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            known = os.open(name, flags, dir_fd=self._directory(above))
        elif known is None:
            known = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._directories[path] = known
        if len(self._directories) > _KEPT_DIRECTORIES:
            os.close(self._directories.pop(next(iter(self._directories))))
        self._recent = path, known
        return known

    def _descriptor(self, path: str) -> int:
        parent, _, name = path.rpartition("/")
        try:
            with self._guard:  # nobody closes the directory before the file is open
                descriptor = os.open(name, _FILE_FLAGS, dir_fd=self._directory(parent))
        except OSError as error:
            raise BuildError(f"cannot read {path!r} in the build context: {error.strerror}") from error
        if not _is_unchanged(os.fstat(descriptor), self._statuses[path]):
            os.close(descriptor)
            raise self._changed(path)
        return descriptor

    def _changed(self, path: str) -> BuildError:
        return BuildError(f"{path!r} changed while the build was reading it", hint="build again when it is at rest")

    def _walk(self, directory: str, prefix: str, entries: list[Entry]) -> None:
        with os.scandir(directory) as scan:
            children = sorted(scan, key=_name_of)
        if not all(map(str.isascii, map(_name_of, children))):  # the order of bytes is not that of characters
            children.sort(key=lambda child: os.fsencode(child.name))
        for child in children:
            path = prefix + child.name
            excluded = self._filter is not None and self._filter.excludes(path)
            status = child.stat(follow_symlinks=False)
            is_directory = stat.S_ISDIR(status.st_mode)
            if excluded:
                if not is_directory or (self._filter is not None and self._filter.excludes_all_below(path)):
                    self.ignored.append(path)
                    continue
                below: list[Entry] = []
                self._other_statuses[path] = status
                self._walk(child.path, f"{path}/", below)
                if below:
                    entries.append(self._entry(path, child.path, status))
                    entries.extend(below)
                else:
                    self.ignored.append(path)
                continue
            if stat.S_ISSOCK(status.st_mode):
                continue
            entries.append(self._entry(path, child.path, status))
            if path not in self._statuses:
                self._other_statuses[path] = status
            if is_directory:
                self._walk(child.path, f"{path}/", entries)

    def _entry(self, path: str, location: str, status: os.stat_result) -> Entry:
        mode = status.st_mode
        permissions = stat.S_IMODE(mode)
        if stat.S_ISREG(mode):
            if status.st_nlink > 1:
                first = self._inodes.setdefault((status.st_dev, status.st_ino), path)
                if first != path:
                    return Entry(path, EntryType.HARDLINK, link=first, mtime_ns=status.st_mtime_ns)
            self._statuses[path] = status
            return Entry(path, EntryType.FILE, permissions, 0, 0, status.st_size, status.st_mtime_ns)
        if stat.S_ISDIR(mode):
            return Entry(path, EntryType.DIRECTORY, permissions, 0, 0, 0, status.st_mtime_ns)
        if stat.S_ISLNK(mode):
            target = os.readlink(location)
            return Entry(path, EntryType.SYMLINK, mode=0o777, link=target, mtime_ns=status.st_mtime_ns)
        if stat.S_ISFIFO(mode):
            return Entry(path, EntryType.FIFO, mode=permissions, mtime_ns=status.st_mtime_ns)
        kind = EntryType.CHAR_DEVICE if stat.S_ISCHR(mode) else EntryType.BLOCK_DEVICE
        device = (os.major(status.st_rdev), os.minor(status.st_rdev))
        return Entry(path, kind, mode=permissions, mtime_ns=status.st_mtime_ns, device=device)


def _name_of(child: os.DirEntry[str]) -> str:
    return child.name


def _is_unchanged(found: os.stat_result, walked: os.stat_result) -> bool:
    """Whether what was opened is the file that the walk saw, with the content that it had then."""
    return (
        stat.S_ISREG(found.st_mode)
        and found.st_ino == walked.st_ino
        and found.st_ctime_ns == walked.st_ctime_ns
        and found.st_mtime_ns == walked.st_mtime_ns
        and found.st_size == walked.st_size
        and found.st_dev == walked.st_dev
    )


def _fingerprinted(entry: Entry, xattrs: Xattrs, digest: Digest) -> Entry:
    """The entry of a file, with what only its content tells."""
    path, kind, mode, uid, gid, size, mtime_ns, link, _, device, _, offset = entry
    return Entry(path, kind, mode, uid, gid, size, mtime_ns, link, xattrs, device, digest, offset)


def _xattrs(descriptor: int) -> Xattrs:
    try:
        names = os.listxattr(descriptor)
    except OSError:  # the file system has none
        return ()
    if not names:
        return ()
    kept = sorted(name for name in names if name.startswith(_KEPT_XATTRS))
    return tuple((name, os.getxattr(descriptor, name)) for name in kept)
