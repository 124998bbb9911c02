"""Packing directories into layers: plain trees, and the upper directories that overlayfs leaves after a RUN.

The order is that of a walk with siblings in byte order, so that equal directories give equal bytes. Hard links are
kept among the files packed together. Sockets are left out, as docker does: they mean nothing without their process.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

from jettison.errors import IntegrityError, StorageError
from jettison.hints import Protocol
from jettison.layer.index import LayerIndex
from jettison.layer.stream import CHUNK_BYTES, Readable, Sink
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.pools import Executor
from jettison.rootfs.metadata import HOST_ATTRIBUTES
from jettison.rootfs.open_directories import FLAGS
from jettison.rootfs.overlay import OPAQUE_VALUE, OverlayStyle, is_overlay_attribute, is_whiteout

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_TYPES = {
    stat.S_IFREG: EntryType.FILE,
    stat.S_IFDIR: EntryType.DIRECTORY,
    stat.S_IFLNK: EntryType.SYMLINK,
    stat.S_IFCHR: EntryType.CHAR_DEVICE,
    stat.S_IFBLK: EntryType.BLOCK_DEVICE,
    stat.S_IFIFO: EntryType.FIFO,
}
_DEVICES = (EntryType.CHAR_DEVICE, EntryType.BLOCK_DEVICE)


def pack_directory(directory: Path, sink: Sink) -> LayerIndex:
    """Pack all that is in ``directory``, itself not included."""
    return _Packer(LayerWriter(sink)).pack(directory)


def pack_upper(
    directory: Path,
    sink: Sink,
    *,
    style: OverlayStyle = OverlayStyle.TRUSTED,
    lower: Tree | None = None,
    executor: Executor | None = None,
) -> LayerIndex:
    """Pack an overlayfs upper directory: the layer that does to ``lower`` what was done in the mount.

    Where ``lower`` is given, what says nothing is left out: deletions of what is not there, files and directories that
    were copied up and then left as they were (``chown`` to the owner that they had). Raises :class:`IntegrityError` for
    what only a mount with redirected directories or metadata-only copies leaves behind. ``executor`` is that of
    :class:`LayerWriter`.
    """
    return _UpperPacker(LayerWriter(sink, executor), style, lower).pack(directory)


class _OpenDirectory:
    """A directory that is being packed, and the names in it that are left, the next one last."""

    __slots__ = ("fd", "names", "prefix")

    def __init__(self, fd: int, prefix: str) -> None:
        self.fd = fd
        self.prefix = prefix
        self.names = sorted(os.listdir(fd), key=os.fsencode, reverse=True)


class _Writer(Protocol):
    """What a packer writes to."""

    def add(self, entry: Entry, content: Readable | bytes | None = None) -> Entry:
        """Append one entry."""

    def finish(self) -> LayerIndex:
        """The end of the layer."""


class _Packer:
    """Walks a directory and writes what it finds."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer
        self._first_names: dict[tuple[int, int], str] = {}
        """(device, inode) of files with several names -> the path packed first."""

    def pack(self, directory: Path) -> LayerIndex:
        """Pack the whole directory; not by recursion, since a command may have nested directories without end."""
        stack = [_OpenDirectory(os.open(directory, FLAGS), "")]
        try:
            while stack:
                current = stack[-1]
                if not current.names:
                    os.close(stack.pop().fd)
                    continue
                name = current.names.pop()
                path = current.prefix + name
                try:
                    fd = self._pack_child(current.fd, name, path)
                    if fd is not None:
                        stack.append(_OpenDirectory(fd, f"{path}/"))
                except OSError as error:
                    raise StorageError(f"cannot pack /{path}: {error.strerror}") from error
        finally:
            for opened in stack:
                os.close(opened.fd)
        return self._writer.finish()

    def _pack_child(self, parent: int, name: str, path: str) -> int | None:
        """Pack one file, but for what is in it; returns the descriptor of a directory."""
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
        kind = _TYPES.get(stat.S_IFMT(status.st_mode))
        if kind is EntryType.FILE:
            self._pack_file(parent, name, path, status)
        elif kind is EntryType.DIRECTORY:
            fd = os.open(name, FLAGS, dir_fd=parent)
            try:
                self._add_directory(fd, path, status)
            except BaseException:
                os.close(fd)
                raise
            return fd
        elif kind is not None:
            self._pack_node(parent, name, path, status, kind)
        return None

    def _pack_file(self, parent: int, name: str, path: str, status: os.stat_result) -> None:
        entry = _entry(path, EntryType.FILE, status)
        if status.st_nlink > 1:
            inode = (status.st_dev, status.st_ino)
            first = self._first_names.setdefault(inode, path)
            if first != path:
                self._writer.add(entry._replace(type=EntryType.HARDLINK, link=first))
                return
        fd = os.open(name, _READ, dir_fd=parent)
        try:
            entry = entry._replace(size=status.st_size, xattrs=self._attributes(fd, path))
            if self._says_nothing(entry, fd):
                self._first_names.pop((status.st_dev, status.st_ino), None)
            elif status.st_size < CHUNK_BYTES:
                self._writer.add(entry, _read_small(fd, status.st_size))
            else:
                with open(fd, "rb", buffering=0, closefd=False) as file:
                    self._writer.add(entry, file)
        finally:
            os.close(fd)

    def _add_directory(self, fd: int, path: str, status: os.stat_result) -> None:
        self._writer.add(_entry(path, EntryType.DIRECTORY, status)._replace(xattrs=self._attributes(fd, path)))

    def _pack_node(self, parent: int, name: str, path: str, status: os.stat_result, kind: EntryType) -> None:
        entry = _entry(path, kind, status)
        if kind is EntryType.SYMLINK:
            entry = entry._replace(link=os.readlink(name, dir_fd=parent))
        elif kind in _DEVICES:
            entry = entry._replace(device=(os.major(status.st_rdev), os.minor(status.st_rdev)))
        entry = entry._replace(xattrs=self._attributes(f"/proc/self/fd/{parent}/{name}", path))
        if not self._says_nothing(entry, None):
            self._writer.add(entry)

    def _says_nothing(self, entry: Entry, fd: int | None) -> bool:
        """Whether the layer means the same without the entry; ``fd``, at its beginning, has the content of a file."""
        return False

    def _attributes(self, file: int | str, path: str) -> tuple[tuple[str, bytes], ...]:
        """The extended attributes that belong to the image."""
        follow = isinstance(file, int)
        try:
            names = os.listxattr(file, follow_symlinks=follow)
        except OSError as error:
            if error.errno == errno.ENOTSUP:
                return ()
            raise
        if not names:
            return ()
        found = {name: os.getxattr(file, name, follow_symlinks=follow) for name in names}
        return tuple((name, value) for name, value in sorted(found.items()) if self._is_kept(name, value, path))

    def _is_kept(self, name: str, value: bytes, path: str) -> bool:
        return name not in HOST_ATTRIBUTES and not is_overlay_attribute(name)


class _UpperPacker(_Packer):
    """Reads overlayfs's marks: devices 0:0 are deletions, attributes make directories opaque."""

    def __init__(self, writer: LayerWriter, style: OverlayStyle, lower: Tree | None) -> None:
        self._parents = _ParentsOnDemand(writer)
        super().__init__(self._parents)
        self._style = style
        self._lower = lower
        self._opaque: set[str] = set()

    def _add_directory(self, fd: int, path: str, status: os.stat_result) -> None:
        entry = _entry(path, EntryType.DIRECTORY, status)._replace(xattrs=self._attributes(fd, path))
        if path in self._opaque or not self._says_nothing(entry, None):
            self._writer.add(entry)
        else:
            self._parents.hold(entry)
        if path in self._opaque and (self._lower is None or _is_directory(self._lower.get(path))):
            self._writer.add(Entry(path=path, type=EntryType.OPAQUE))

    def _says_nothing(self, entry: Entry, fd: int | None) -> bool:
        """See :meth:`_Packer._says_nothing`: it is what ``lower`` has there."""
        below = None if self._lower is None else self._lower.get(entry.path)
        if self._lower is None or below is None or (self._opaque and self._is_hidden(entry.path)):
            return False
        below = self._lower.content(below)
        if _told(entry) != _told(below):
            return False
        return fd is None or (below.digest is not None and _digest(fd) == below.digest)

    def _is_hidden(self, path: str) -> bool:
        """Whether an opaque directory on the way hides what ``lower`` has there."""
        return any(path.startswith(f"{opaque}/") for opaque in self._opaque)

    def _pack_node(self, parent: int, name: str, path: str, status: os.stat_result, kind: EntryType) -> None:
        if not is_whiteout(status):
            super()._pack_node(parent, name, path, status, kind)
        elif self._lower is None or path in self._lower.entries:
            self._writer.add(Entry(path=path, type=EntryType.WHITEOUT))

    def _is_kept(self, name: str, value: bytes, path: str) -> bool:
        if name.startswith(self._style):
            mark = name.removeprefix(self._style)
            if mark == "opaque" and value == OPAQUE_VALUE:
                self._opaque.add(path)
            elif mark in _FOREIGN_MARKS:
                raise IntegrityError(
                    f"/{path}: overlayfs has marked it with {name}, which means that its data lies elsewhere",
                    hint="the directory was mounted with other options than redirect_dir=off,metacopy=off",
                )
        return super()._is_kept(name, value, path)


class _ParentsOnDemand:
    """Writes directories that say nothing themselves only before something in them."""

    def __init__(self, writer: LayerWriter) -> None:
        self._writer = writer
        self._held: list[Entry] = []
        """Each in the one before it."""

    def hold(self, entry: Entry) -> None:
        """Write the directory when something in it is added."""
        self._leave(entry.path)
        self._held.append(entry)

    def add(self, entry: Entry, content: Readable | bytes | None = None) -> Entry:
        """Append an entry, and before it the directories on the way to it."""
        self._leave(entry.path)
        for parent in self._held:
            self._writer.add(parent)
        self._held.clear()
        return self._writer.add(entry, content)

    def finish(self) -> LayerIndex:
        """See :meth:`LayerWriter.finish`."""
        return self._writer.finish()

    def _leave(self, path: str) -> None:
        """Forget the directories that ``path`` is not in: the walk has left them."""
        while self._held and not path.startswith(f"{self._held[-1].path}/"):
            self._held.pop()


_FOREIGN_MARKS = frozenset({"opaque", "redirect", "metacopy", "whiteout", "whiteouts"})


def _entry(path: str, kind: EntryType, status: os.stat_result) -> Entry:
    return Entry(
        path=path,
        type=kind,
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
        mtime_ns=status.st_mtime_ns,
    )


def _told(entry: Entry) -> tuple[object, ...]:
    """What an entry says of its file, but for the content."""
    kind = (entry.type, entry.mode, entry.uid, entry.gid, entry.mtime_ns)
    return (*kind, entry.size, entry.link, entry.device, entry.xattrs)


def _digest(fd: int) -> Digest:
    """The digest of an open file from here to its end; the descriptor is left where it was."""
    start = os.lseek(fd, 0, os.SEEK_CUR)
    with open(fd, "rb", buffering=0, closefd=False) as file:
        hashed = hashlib.file_digest(file, "sha256").hexdigest()
    os.lseek(fd, start, os.SEEK_SET)
    return Digest("sha256:" + hashed)


def _read_small(fd: int, size: int) -> bytes:
    """All of a file that should hold ``size`` bytes, and one more where it holds more."""
    data = os.read(fd, size + 1)
    while 0 < len(data) < size and (more := os.read(fd, size + 1 - len(data))):
        data += more
    return data


def _is_directory(entry: Entry | None) -> bool:
    return entry is not None and entry.type is EntryType.DIRECTORY
