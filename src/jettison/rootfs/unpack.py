"""Unpacking one layer into one directory, for overlayfs to stack or onto a root that is there already.

The archive is hostile: every directory on the way is opened by itself relative to its parent, no symbolic link is
followed, files are made new and never written through, so nothing outside of the directory is read or changed. Owners
are set before modes, modes before extended attributes (chown takes set-user-id bits and file capabilities away), times
last; directories get theirs at the end, the deepest first. The directory belongs to the unpacker alone while it works.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from jettison.errors import IntegrityError, StorageError
from jettison.frozen import dataclass
from jettison.hints import Self
from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.layer_table import IMPLIED_MODE
from jettison.layer.stream import CHUNK_BYTES, NOTHING, Readable, Sink, Source
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree
from jettison.rootfs.metadata import Dresser, Omission, Privileges, RefusedOwnerError
from jettison.rootfs.open_directories import FLAGS, OpenDirectories
from jettison.rootfs.overlay import OPAQUE_VALUE, OverlayStyle, is_whiteout

_HOLE_BYTES = 64 * 1024
_HOLE = bytes(_HOLE_BYTES)
_MIN_SPARSE_BYTES = 1024 * 1024
"""Zeros in smaller files are written as they are: looking for them costs more than it saves."""
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NODE_TYPES = {
    EntryType.CHAR_DEVICE: stat.S_IFCHR,
    EntryType.BLOCK_DEVICE: stat.S_IFBLK,
    EntryType.FIFO: stat.S_IFIFO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What came out of unpacking a layer."""

    index: LayerIndex
    omissions: tuple[Omission, ...]


def unpack_layer(
    stream: Readable,
    directory: Path | int,
    *,
    style: OverlayStyle | None = OverlayStyle.TRUSTED,
    privileges: Privileges | None = None,
    lower: Tree | None = None,
    tap: Sink | None = None,
) -> Unpacked:
    """Unpack a layer's uncompressed tar and index it in the same pass; see :class:`Unpacker` and ``index_layer``."""
    with Unpacker(directory, style=style, privileges=privileges, lower=lower) as unpacker:
        index = index_layer(stream, on_member=unpacker.add, tap=tap)
        return Unpacked(index=index, omissions=unpacker.finish())


def unpack_indexed(
    stream: Readable, index: LayerIndex, directory: Path | int, *, style: OverlayStyle, lower: Tree
) -> tuple[Omission, ...]:
    """Unpack a layer whose index is known already: nothing is parsed and hashed again. The stream need not be read to
    its end. See :class:`Unpacker`.
    """
    if any(entry.offset < 0 for entry in index.entries):  # sparse files are told of by their headers
        return unpack_layer(stream, directory, style=style, lower=lower).omissions
    from jettison.layer.tar_content import Content

    source = Source(stream)
    with Unpacker(directory, style=style, lower=lower) as unpacker:
        for entry in index.entries:
            content: Readable = NOTHING
            if entry.type is EntryType.FILE and entry.size:
                source.skip(max(entry.offset - source.position, 0), f"what comes before /{entry.path}")
                content = Content(source, entry.size, entry.path, hashed=False)
            unpacker.add(entry, content)
        return unpacker.finish()


class Unpacker:
    """Makes the entries of one layer in ``directory``, a path or a descriptor, which exists.

    With a ``style`` the directory is for overlayfs to stack and starts empty: deletions become whiteout devices and
    opaque attributes. Without, it is a root that holds the layers below: deletions are carried out. ``lower`` is the
    tree below, asked for the metadata of directories that the layer does not name.
    """

    def __init__(
        self,
        directory: Path | int,
        *,
        style: OverlayStyle | None,
        privileges: Privileges | None = None,
        lower: Tree | None = None,
    ) -> None:
        self._style = style
        self._privileges = privileges or Privileges()
        self._lower = lower
        self._root = os.dup(directory) if isinstance(directory, int) else os.open(directory, FLAGS)
        self._open = OpenDirectories(self._root, self)
        self._directories: dict[str, Entry] = {}
        """Directories of the layer, named or implied, whose metadata waits for the end."""
        self._passed: dict[str, int] = {}
        """Directories of the layers below that are only passed through -> mtime_ns, to be restored."""
        self._made: set[str] = set()
        """What the layer has made here but directories."""
        self._whiteouts: list[str] = []
        self._opaque: set[str] = set()
        root = os.fstat(self._root)
        plain = style is not None and not root.st_mode & stat.S_ISGID
        # New files belong to us without chown, unless directories may hand down their group.
        given_owner = (os.geteuid(), os.getegid()) if plain else None
        self._dresser = Dresser(owners=self._privileges.owners, given_owner=given_owner)
        if style is None:
            self._passed[""] = root.st_mtime_ns
        else:
            self._directories[""] = self._implied_directory("")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()
        os.close(self._root)

    def add(self, entry: Entry, content: Readable) -> None:
        """Make one entry; what stands in its place goes. ``content`` is read only for a FILE.

        Raises :class:`IntegrityError` for what no layer should hold, :class:`StorageError` where the disk refuses.
        """
        self._open.trim()
        try:
            self._add(entry, content)
        except OSError as error:
            raise _storage_error(entry.path, error) from error

    def finish(self) -> tuple[Omission, ...]:
        """Give the directories their metadata; returns what could not be made."""
        self._remove_idle_whiteouts()
        for path in sorted(self._directories.keys() | self._passed.keys(), key=_depth, reverse=True):
            self._open.trim()
            try:
                fd = self._open.get(path)
                if (entry := self._directories.get(path)) is not None:
                    self._dresser.dress_directory(fd, entry)
                else:
                    os.utime(fd, ns=(self._passed[path], self._passed[path]))
            except OSError as error:
                raise _storage_error(path, error) from error
        return tuple(self._dresser.omissions)

    def make_directory(self, parent: int, name: str, path: str) -> None:
        """Make a directory that the layer implies; see :class:`Directories`."""
        self._make_directory(parent, name, path)
        self._directories[path] = self._implied_directory(path)

    def passed_through(self, path: str, fd: int) -> None:
        """Remember when a directory that is not the layer's own was changed; see :class:`Directories`."""
        if self._style is None and path not in self._directories and path not in self._passed:
            self._passed[path] = os.fstat(fd).st_mtime_ns

    def _implied_directory(self, path: str) -> Entry:
        known = self._lower.get(path) if self._lower is not None else None
        if known is not None and known.type is EntryType.DIRECTORY:
            return known
        return Entry(path=path, type=EntryType.DIRECTORY, mode=IMPLIED_MODE)

    def _add(self, entry: Entry, content: Readable) -> None:
        kind = entry.type
        if kind is EntryType.WHITEOUT:
            if self._style is None:
                self._hide(entry.path)
            else:
                self._add_whiteout(entry.path)
        elif kind is EntryType.OPAQUE:
            self._add_opaque(entry.path)
        elif kind is EntryType.DIRECTORY:
            self._add_directory(entry)
        else:
            parent = self._open.get(entry.parent)
            if kind is EntryType.FILE:
                self._add_file(parent, entry, content)
            elif kind is EntryType.SYMLINK:
                self._make(parent, entry, lambda name: os.symlink(entry.link, name, dir_fd=parent))
                self._dresser.dress_node(parent, entry)
            elif kind is EntryType.HARDLINK:
                self._add_hard_link(parent, entry)
            else:
                self._add_node(parent, entry)
            self._made.add(entry.path)

    def _add_file(self, parent: int, entry: Entry, content: Readable) -> None:
        name = entry.name
        try:
            fd = os.open(name, _NEW_FILE, 0o600, dir_fd=parent)
        except FileExistsError:
            self._remove(parent, name, entry.path)
            fd = os.open(name, _NEW_FILE, 0o600, dir_fd=parent)
        try:
            if entry.size < _MIN_SPARSE_BYTES:
                _write_all(fd, content.read())
            else:
                _write_sparse(fd, content, entry.size)
            self._dresser.dress_new_file(fd, entry)
        finally:
            os.close(fd)

    def _add_directory(self, entry: Entry) -> None:
        path = entry.path
        if path:
            parent = self._open.get(entry.parent)
            found = _lstat(parent, entry.name)
            if found is None or not stat.S_ISDIR(found.st_mode):
                self._make_directory(parent, entry.name, path)
        self._directories[path] = entry

    def _make_directory(self, parent: int, name: str, path: str) -> None:
        """Make an empty directory, instead of what is no directory; over a whiteout, one that hides what is below."""
        try:
            os.mkdir(name, 0o700, dir_fd=parent)
        except FileExistsError:
            hides = self._style is not None and is_whiteout(os.stat(name, dir_fd=parent, follow_symlinks=False))
            self._remove(parent, name, path)
            os.mkdir(name, 0o700, dir_fd=parent)
            if hides:
                fd = os.open(name, FLAGS, dir_fd=parent)
                try:
                    self._mark_opaque(fd, path)
                finally:
                    os.close(fd)

    def _add_hard_link(self, parent: int, entry: Entry) -> None:
        target_parent, _, target_name = entry.link.rpartition("/")
        try:
            source = self._open.get(target_parent, make=False)
            found = os.stat(target_name, dir_fd=source, follow_symlinks=False)
        except OSError:
            found = None
        if found is None or entry.link == entry.path or stat.S_ISDIR(found.st_mode) or is_whiteout(found):
            raise IntegrityError(
                f"corrupt layer: /{entry.path} is a hard link to /{entry.link}, which is no file that came before it"
            )

        def link(name: str) -> None:
            os.link(target_name, name, src_dir_fd=source, dst_dir_fd=parent, follow_symlinks=False)

        self._make(parent, entry, link)

    def _add_node(self, parent: int, entry: Entry) -> None:
        if entry.type is not EntryType.FIFO and not self._privileges.devices:
            self._dresser.omissions.append(Omission(path=entry.path, what="device node"))
            return
        if self._style is not None and entry.type is EntryType.CHAR_DEVICE and entry.device == (0, 0):
            raise IntegrityError(f"corrupt layer: /{entry.path} is a device 0:0, which means a deletion to overlayfs")
        mode = _NODE_TYPES[entry.type] | stat.S_IRUSR | stat.S_IWUSR
        device = os.makedev(*entry.device)
        self._make(parent, entry, lambda name: os.mknod(name, mode, device, dir_fd=parent))
        self._dresser.dress_node(parent, entry)

    def _make(self, parent: int, entry: Entry, make: Callable[[str], object]) -> None:
        """Call ``make`` with the name; where something is in the way, remove it and call again."""
        try:
            make(entry.name)
        except FileExistsError:
            self._remove(parent, entry.name, entry.path)
            make(entry.name)

    def _add_whiteout(self, path: str) -> None:
        """Hide ``path`` of the layers below from overlayfs; a directory of this layer in its place becomes opaque."""
        parent, name = self._open.get(path.rpartition("/")[0]), path.rpartition("/")[2]
        found = _lstat(parent, name)
        if found is not None and stat.S_ISDIR(found.st_mode):
            self._mark_opaque(self._open.get(path), path)
        elif found is None and (self._lower is None or path in self._lower.entries):
            os.mknod(name, stat.S_IFCHR, 0, dir_fd=parent)
            self._whiteouts.append(path)

    def _add_opaque(self, path: str) -> None:
        if self._style is None:
            self._hide_children(path)
        elif path:
            self._mark_opaque(self._open.get(path), path)
        else:
            raise IntegrityError("corrupt layer: it hides the whole root below it, which no overlay can do")

    def _mark_opaque(self, fd: int, path: str) -> None:
        if self._style is not None:
            os.setxattr(fd, self._style.opaque, OPAQUE_VALUE)
            self._opaque.add(path)

    def _remove_idle_whiteouts(self) -> None:
        """Remove whiteouts where nothing is below: overlayfs lists them there, as files that cannot be opened."""
        for path in self._whiteouts:
            parts = path.split("/")
            if self._opaque.isdisjoint("/".join(parts[:count]) for count in range(1, len(parts))):
                continue
            parent = self._open.get("/".join(parts[:-1]))
            found = _lstat(parent, parts[-1])
            if found is not None and is_whiteout(found):
                os.unlink(parts[-1], dir_fd=parent)
            self._open.trim()

    def _hide(self, path: str) -> None:
        """Delete what the layers below have at ``path``, and keep what this layer has made there."""
        self._open.trim()
        above, _, name = path.rpartition("/")
        try:
            parent = self._open.get(above, make=False)
        except OSError:
            return
        found = _lstat(parent, name)
        if found is None or path in self._made:
            return
        if path in self._directories:
            self._hide_children(path)
        elif path in self._passed:
            self._hide_children(path)
            self._directories[path] = Entry(path=path, type=EntryType.DIRECTORY, mode=IMPLIED_MODE)
        else:
            self._remove(parent, name, path)

    def _hide_children(self, path: str) -> None:
        for name in os.listdir(self._open.get(path)):
            self._hide(f"{path}/{name}" if path else name)

    def _remove(self, parent: int, name: str, path: str) -> None:
        """Remove what stands at ``path``, and forget it."""
        found = _lstat(parent, name)
        if found is not None and stat.S_ISDIR(found.st_mode):
            self._open.forget(path)
            below = f"{path}/"
            for table in (self._directories, self._passed):
                for known in [known for known in table if known == path or known.startswith(below)]:
                    del table[known]
            self._made = {known for known in self._made if not known.startswith(below)}
        from jettison.rootfs.remove import remove_path

        self._made.discard(path)
        remove_path(parent, name)


def _write_all(fd: int, data: bytes) -> None:
    written = os.write(fd, data) if data else 0
    while written < len(data):
        written += os.write(fd, data[written:])


def _write_sparse(fd: int, content: Readable, size: int) -> None:
    """Write a large file, runs of zeros as holes."""
    while chunk := content.read(CHUNK_BYTES):
        start = 0
        for at in range(0, len(chunk), _HOLE_BYTES):
            if chunk[at] == 0 and chunk.startswith(_HOLE, at):
                _write_all(fd, chunk[start:at])
                os.lseek(fd, _HOLE_BYTES, os.SEEK_CUR)
                start = at + _HOLE_BYTES
        _write_all(fd, chunk[start:])
    os.ftruncate(fd, size)


def _lstat(parent: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _depth(path: str) -> tuple[int, str]:
    return (path.count("/") + 1 if path else 0), path


def _storage_error(path: str, error: OSError) -> StorageError:
    hint = "free some space and try again" if error.errno in {errno.ENOSPC, errno.EDQUOT} else None
    if isinstance(error, RefusedOwnerError):
        hint = "only root of the machine may do that"
    return StorageError(f"cannot unpack /{path}: {error.strerror}", hint=hint)
