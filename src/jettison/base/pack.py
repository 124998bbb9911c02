"""Packing a folder, or an overlay's upper directory, into a layer."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from jettison.base.image import FinishedLayer
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry, EntryType


def pack(root: Path, tar: Path) -> FinishedLayer:
    """Write all that is in ``root``, itself excluded, into the file ``tar``; parents first, siblings in byte order."""
    first_names: dict[tuple[int, int], str] = {}
    with tar.open("xb") as out:
        writer = LayerWriter(out.write)
        for path, info in _walk(root, ""):
            full = root / path
            mode = info.st_mode
            key = (info.st_dev, info.st_ino)
            entry = Entry(
                path=path,
                type=EntryType.FILE,
                mode=stat.S_IMODE(mode),
                uid=info.st_uid,
                gid=info.st_gid,
                mtime_ns=info.st_mtime_ns,
                xattrs=_xattrs(full),
            )
            if not stat.S_ISDIR(mode) and info.st_nlink > 1 and key in first_names:
                writer.add(entry._replace(type=EntryType.HARDLINK, link=first_names[key]))
                continue
            first_names[key] = path
            if stat.S_ISREG(mode):
                with full.open("rb") as file:
                    writer.add(entry._replace(size=info.st_size), file)
            elif stat.S_ISDIR(mode):
                writer.add(entry._replace(type=EntryType.DIRECTORY))
                if _is_opaque(full):
                    writer.add(Entry(path=path, type=EntryType.OPAQUE))
            elif stat.S_ISLNK(mode):
                writer.add(entry._replace(type=EntryType.SYMLINK, link=os.readlink(full)))
            elif stat.S_ISCHR(mode) and info.st_rdev == 0:
                writer.add(Entry(path=path, type=EntryType.WHITEOUT))
        return FinishedLayer(index=writer.finish(), tar=tar)


def _walk(root: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(root / prefix) as found:
        entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
    for entry in entries:
        info = entry.stat(follow_symlinks=False)
        yield prefix + entry.name, info
        if stat.S_ISDIR(info.st_mode):
            yield from _walk(root, f"{prefix}{entry.name}/")


def _xattrs(path: Path) -> tuple[tuple[str, bytes], ...]:
    names = [name for name in os.listxattr(path, follow_symlinks=False) if not name.startswith("trusted.overlay.")]
    return tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in sorted(names))


def _is_opaque(path: Path) -> bool:
    try:
        return os.getxattr(path, "trusted.overlay.opaque") == b"y"
    except OSError:
        return False
