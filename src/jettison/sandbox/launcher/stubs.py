"""Mount points that are missing in the root: made before the command runs, gone without a trace afterwards.

The rule is BuildKit's (executor/stubs.go, recursive): what was missing, was made for a mount, and is still empty
afterwards is removed, and its parent keeps its times. /proc, /sys and /dev are not among them: as with BuildKit, a root
that lacks them has them from its first command on.

Making a file in a directory of a lower layer makes overlayfs copy that directory, and those above it, to the upper one.
Copies that ended as they began are taken out of the upper directory too, so that only the command's own changes stay.
"""

from __future__ import annotations

import os
import stat

from jettison.sandbox.launcher import paths

_OVERLAY_PREFIXES = ("trusted.overlay.", "user.overlay.")
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")


class Stubs:
    """The mount points made in one root. ``upper`` is None where nobody looks at it afterwards."""

    def __init__(self, root: int, upper: int | None) -> None:
        self._root = root
        self._upper = upper
        self._made: list[str] = []
        self._copied: dict[str, tuple[object, ...]] = {}

    def make(self, path: str, *, directory: bool) -> None:
        """Make what is missing of a canonical path, and remember it."""
        if paths.is_there(self._root, path):
            return
        parent = self._nearest_directory(path)
        self._remember_copies(parent)
        with _KeptTimes(self._root, parent):
            self._made += paths.make_missing(self._root, path, directory=directory)

    def remove(self) -> None:
        """Remove what was made and is still empty; the root must still be mounted."""
        for path in reversed(self._made):
            parent, name = paths.parent_and_name(path)
            try:
                with _KeptTimes(self._root, parent) as directory:
                    found = os.stat(name, dir_fd=directory, follow_symlinks=False)
                    if stat.S_ISDIR(found.st_mode):
                        os.rmdir(name, dir_fd=directory)
                    elif found.st_size == 0:
                        os.unlink(name, dir_fd=directory)
            except OSError:
                continue  # the command moved, filled or replaced it: now it is the command's

    def forget_copies(self) -> None:
        """Take directories that were only copied out of the upper directory; the root must be unmounted."""
        if self._upper is None:
            return
        for path in sorted(self._copied, key=lambda path: path.count("/"), reverse=True):
            parent, name = paths.parent_and_name(path)
            try:
                directory = paths.open_exactly(self._upper, path, os.O_RDONLY | os.O_DIRECTORY)
            except OSError:
                continue
            try:
                if _state(directory) != self._copied[path] or _is_opaque(directory):
                    continue
            finally:
                os.close(directory)
            try:
                with _KeptTimes(self._upper, parent) as above:
                    os.rmdir(name, dir_fd=above)
            except OSError:
                continue  # not empty: the command changed something below

    def _nearest_directory(self, path: str) -> str:
        """The deepest existing ancestor of a canonical path."""
        while path:
            path = path.rpartition("/")[0]
            try:
                os.close(paths.open_exactly(self._root, path, os.O_PATH))
            except (FileNotFoundError, NotADirectoryError):
                continue
            return path
        return ""

    def _remember_copies(self, path: str) -> None:
        """Remember how a directory and its ancestors are, where the upper directory does not hold them yet."""
        while path and self._upper is not None and path not in self._copied:
            try:
                os.close(paths.open_exactly(self._upper, path, os.O_PATH))
                return
            except OSError:
                pass
            directory = paths.open_exactly(self._root, path, os.O_RDONLY | os.O_DIRECTORY)
            self._copied[path] = _state(directory)
            os.close(directory)
            path = path.rpartition("/")[0]


class _KeptTimes:
    """A directory, opened, that has the same times afterwards."""

    def __init__(self, root: int, path: str) -> None:
        self._descriptor = paths.open_exactly(root, path, os.O_RDONLY | os.O_DIRECTORY)
        before = os.fstat(self._descriptor)
        self._times = (before.st_atime_ns, before.st_mtime_ns)

    def __enter__(self) -> int:
        return self._descriptor

    def __exit__(self, *_: object) -> None:
        os.utime(self._descriptor, ns=self._times)
        os.close(self._descriptor)


def _state(directory: int) -> tuple[object, ...]:
    """All that a layer would tell of a directory itself."""
    status = os.fstat(directory)
    try:
        names = sorted(name for name in os.listxattr(directory) if not name.startswith(_OVERLAY_PREFIXES))
        attributes = tuple((name, os.getxattr(directory, name)) for name in names)
    except OSError:
        attributes = ()
    return (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, attributes)


def _is_opaque(directory: int) -> bool:
    for name in _OPAQUE:
        try:
            os.getxattr(directory, name)
        except OSError:
            continue
        return True
    return False
