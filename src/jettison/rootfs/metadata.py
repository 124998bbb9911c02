"""Owner, mode, extended attributes and times of unpacked files, set in the one order that keeps them all.

Chown takes set-user-id bits and file capabilities away, and every change touches times: owners come first, times last.
"""

from __future__ import annotations

import errno
import os

from jettison.frozen import dataclass
from jettison.model.entry import Entry, EntryType
from jettison.rootfs.overlay import is_overlay_attribute

HOST_ATTRIBUTES = frozenset({"security.selinux", "security.ima", "security.evm"})
"""What the kernel of this machine puts on files for itself."""
_REFUSED = frozenset({errno.ENOTSUP, errno.EPERM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Privileges:
    """What the unpacking process may do. Root may do everything; a user without a range of ids only little."""

    owners: bool = True
    """Set owners; otherwise everything belongs to the process."""
    devices: bool = True
    """Make device nodes; otherwise they are left out and reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """Something of a layer that could not be made here."""

    path: str
    what: str
    """Ready to print: ``device node``, ``extended attribute security.selinux``."""


class Dresser:
    """Gives files the metadata of their entries; ``omissions`` gathers what the file system refused."""

    __slots__ = ("_given_owner", "_owners", "omissions")

    def __init__(self, *, owners: bool, given_owner: tuple[int, int] | None) -> None:
        self._owners = owners
        self._given_owner = given_owner
        self.omissions: list[Omission] = []

    def dress_new_file(self, fd: int, entry: Entry) -> None:
        """For a file that was only just made; it has ``given_owner`` already, where that is known."""
        if self._owners and (entry.uid, entry.gid) != self._given_owner:
            self._own(fd, entry)
        os.fchmod(fd, entry.mode)
        if entry.xattrs:
            self._set_attributes(fd, entry)
        os.utime(fd, ns=(entry.mtime_ns, entry.mtime_ns))

    def dress_directory(self, fd: int, entry: Entry) -> None:
        """For a directory that may have had other metadata before."""
        if self._owners:
            self._own(fd, entry)
        os.fchmod(fd, entry.mode)
        wanted = dict(entry.xattrs)
        for name in _attribute_names(fd):
            if name not in wanted and name not in HOST_ATTRIBUTES and not is_overlay_attribute(name):
                os.removexattr(fd, name)
        self._set_attributes(fd, entry)
        os.utime(fd, ns=(entry.mtime_ns, entry.mtime_ns))

    def dress_node(self, parent: int, entry: Entry) -> None:
        """For what cannot be opened, links, devices and fifos, just made in ``parent``: nobody else could swap it."""
        name = entry.name
        if self._owners:
            try:
                os.chown(name, entry.uid, entry.gid, dir_fd=parent, follow_symlinks=False)
            except OSError as error:
                raise _refused(error, entry) from None
        if entry.type is not EntryType.SYMLINK:
            os.chmod(name, entry.mode, dir_fd=parent)
        if entry.xattrs:
            self._set_attributes(f"/proc/self/fd/{parent}/{name}", entry)
        os.utime(name, ns=(entry.mtime_ns, entry.mtime_ns), dir_fd=parent, follow_symlinks=False)

    def _own(self, fd: int, entry: Entry) -> None:
        try:
            os.fchown(fd, entry.uid, entry.gid)
        except OSError as error:
            raise _refused(error, entry) from None

    def _set_attributes(self, file: int | str, entry: Entry) -> None:
        for name, value in entry.xattrs:
            try:
                if is_overlay_attribute(name):
                    raise PermissionError(errno.EPERM, "overlayfs would take it for its own")
                os.setxattr(file, name, value, follow_symlinks=isinstance(file, int))
            except OSError as error:
                if error.errno not in _REFUSED:
                    raise
                self.omissions.append(Omission(path=entry.path, what=f"extended attribute {name}"))


class RefusedOwnerError(OSError):
    """This process cannot give a file to its owner: it is not root, or root of a namespace that has no such user."""


def _refused(error: OSError, entry: Entry) -> OSError:
    if error.errno not in (errno.EPERM, errno.EINVAL):
        return error
    return RefusedOwnerError(error.errno, f"it cannot be given to its owner {entry.uid}:{entry.gid}")


def _attribute_names(fd: int) -> list[str]:
    try:
        return os.listxattr(fd)
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return []
        raise
