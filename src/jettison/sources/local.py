"""A directory of this machine as a build context.

The directory is read once with ``stat`` alone; contents are opened when they are needed. Owners become 0:0, as in
BuildKit. Sockets are left out. Files are opened component by component without following links, so that a link which
appears while the build runs cannot lead outside the context.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from jettison.errors import BuildError, NotFoundError, StorageError, UsageError
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree, tree_of

_READ_BYTES = 1 << 20
_KEPT_XATTRS = ("security.capability", "user.")


class Signature(NamedTuple):
    """What ``stat`` says of a file; while it stays the same, so does the content (git's rule for young files applies)."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int


class Filter(Protocol):
    """Decides which files of the directory belong to the context (a ``.dockerignore``)."""

    def excludes(self, path: str) -> bool:
        """Whether this file or directory itself is left out."""

    def excludes_all_below(self, directory: str) -> bool:
        """Whether an excluded directory holds nothing that belongs to the context."""


class Fingerprint(NamedTuple):
    """What is remembered of a file's content: its digest and its extended attributes."""

    digest: Digest
    xattrs: tuple[tuple[str, bytes], ...] = ()


class LocalContext:
    """A directory, seen as a tree whose files have no digests until :meth:`fingerprint` gives them one."""

    def __init__(self, root: Path, files: Filter | None = None) -> None:
        if not root.exists():
            raise NotFoundError(
                f"the build context {str(root)!r} does not exist", hint="give a directory, or - for stdin"
            )
        if not root.is_dir():
            raise UsageError(
                f"the build context {str(root)!r} is not a directory", hint="give a directory, or - for stdin"
            )
        self.root = root
        self.signatures: dict[str, Signature] = {}
        self.ignored: list[str] = []
        """Excluded paths, directories standing for what is below them: for the hint when a COPY finds nothing."""
        self._filter = files
        self._inodes: dict[tuple[int, int], str] = {}
        self._known: dict[str, Fingerprint] = {}
        self._tree: Tree | None = None

    @property
    def tree(self) -> Tree:
        """The context's files; walked at the first use."""
        if self._tree is None:
            entries: list[Entry] = []
            try:
                self._walk(str(self.root), "", entries)
            except OSError as error:
                raise StorageError(f"cannot read the build context: {error}") from error
            self._tree = tree_of(entries)
        return self._tree

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a file; raises :class:`BuildError` where it is not what the walk saw."""
        return os.fdopen(self._descriptor(entry.path), "rb", buffering=0)

    def know(self, fingerprints: Mapping[str, Fingerprint]) -> None:
        """Take over what is remembered of files whose signatures have not changed."""
        self._known.update(fingerprints)

    def fingerprint(self, entries: Iterable[Entry]) -> tuple[list[Entry], dict[str, Fingerprint]]:
        """The entries with digests and extended attributes, and what had to be read for that."""
        done: list[Entry] = []
        read: dict[str, Fingerprint] = {}
        for entry in entries:
            if entry.type is not EntryType.FILE:
                done.append(entry)
                continue
            known = self._known.get(entry.path)
            if known is None:
                known = read[entry.path] = self._known[entry.path] = self._read(entry)
            done.append(entry._replace(digest=known.digest, xattrs=known.xattrs))
        return done, read

    def _read(self, entry: Entry) -> Fingerprint:
        descriptor = self._descriptor(entry.path)
        try:
            running = hashlib.sha256()
            left = entry.size
            while data := os.read(descriptor, _READ_BYTES):
                running.update(data)
                left -= len(data)
            if left:
                raise self._changed(entry.path)
            return Fingerprint(Digest(f"sha256:{running.hexdigest()}"), _xattrs(descriptor))
        finally:
            os.close(descriptor)

    def _descriptor(self, path: str) -> int:
        directory = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            *parents, name = path.split("/")
            for parent in parents:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                inner = os.open(parent, flags, dir_fd=directory)
                os.close(directory)
                directory = inner
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(name, flags, dir_fd=directory)
        except OSError as error:
            raise BuildError(f"cannot read {path!r} in the build context: {error.strerror}") from error
        finally:
            os.close(directory)
        found = os.fstat(descriptor)
        expected = self.signatures.get(path)
        if not stat.S_ISREG(found.st_mode) or (expected is not None and expected != _signature(found)):
            os.close(descriptor)
            raise self._changed(path)
        return descriptor

    def _changed(self, path: str) -> BuildError:
        return BuildError(f"{path!r} changed while the build was reading it", hint="build again when it is at rest")

    def _walk(self, directory: str, prefix: str, entries: list[Entry]) -> None:
        with os.scandir(directory) as scan:
            children = sorted(scan, key=lambda child: os.fsencode(child.name))
        for child in children:
            path = f"{prefix}{child.name}"
            excluded = self._filter is not None and self._filter.excludes(path)
            status = child.stat(follow_symlinks=False)
            is_directory = stat.S_ISDIR(status.st_mode)
            if excluded:
                if not is_directory or (self._filter is not None and self._filter.excludes_all_below(path)):
                    self.ignored.append(path)
                    continue
                below: list[Entry] = []
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
            self.signatures[path] = _signature(status)
            return Entry(path, EntryType.FILE, mode=permissions, size=status.st_size, mtime_ns=status.st_mtime_ns)
        if stat.S_ISDIR(mode):
            return Entry(path, EntryType.DIRECTORY, mode=permissions, mtime_ns=status.st_mtime_ns)
        if stat.S_ISLNK(mode):
            target = os.readlink(location)
            return Entry(path, EntryType.SYMLINK, mode=0o777, link=target, mtime_ns=status.st_mtime_ns)
        if stat.S_ISFIFO(mode):
            return Entry(path, EntryType.FIFO, mode=permissions, mtime_ns=status.st_mtime_ns)
        kind = EntryType.CHAR_DEVICE if stat.S_ISCHR(mode) else EntryType.BLOCK_DEVICE
        device = (os.major(status.st_rdev), os.minor(status.st_rdev))
        return Entry(path, kind, mode=permissions, mtime_ns=status.st_mtime_ns, device=device)


def _signature(status: os.stat_result) -> Signature:
    return Signature(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _xattrs(descriptor: int) -> tuple[tuple[str, bytes], ...]:
    try:
        names = os.listxattr(descriptor)
    except OSError:  # the file system has none
        return ()
    kept = sorted(name for name in names if name.startswith(_KEPT_XATTRS))
    return tuple((name, os.getxattr(descriptor, name)) for name in kept)
