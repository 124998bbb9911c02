"""Making a root file system, or what was written over one, the same whenever and wherever it is made.

Removes what belongs to the making and not to the image, and gives nothing a time later than the newest package.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path

from jettison.base.payload import is_kept
from jettison.patterns import late_pattern

_NS = 10**9

_REMOVED = late_pattern(
    r"""
    (?: var/lib/dpkg/.*-old | var/lib/dpkg/(?:lock(?:-frontend)?|triggers/Lock)
      | var/lib/apt/lists/.+ | var/lib/apt/extended_states-old | var/lib/apt/mirrors/.+
      | var/cache/apt/.+ | var/cache/debconf/.*-old | var/cache/ldconfig/.+ | var/cache/man/.+
      | var/lib/dbus/machine-id | var/lib/systemd/random-seed
      | etc/(?:passwd|group|shadow|gshadow|subuid|subgid)- | etc/\.pwd\.lock | etc/(?:hostname|resolv\.conf)
      | dev/.+ | run/.+ | tmp/.+ | var/tmp/.+ | proc/.+ | sys/.+
      | (?:root|home/[^/]+)/\.(?:bash_history|wget-hsts|rnd)
      | etc/(?:apt/apt\.conf\.d|dpkg/dpkg\.cfg\.d)/99mmdebstrap | etc/apt/sources\.list\.d/0000.* )
    """,
    re.VERBOSE,
)
"""Whole image paths; a folder that matches goes with all that is in it."""

_LOG = late_pattern(r"var/log/.+")
_EMPTIED = frozenset({"etc/machine-id"})


def tidy(root: Path, epoch: int) -> None:
    """Tidy the folder ``root``, which is nobody else's; needs the right to change any file in it."""
    _tidy_folder(root, "", epoch * _NS)
    _clamp(root, root.lstat(), epoch * _NS)


def _tidy_folder(folder: Path, prefix: str, limit_ns: int) -> None:
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        path = prefix + entry.name
        info = entry.stat(follow_symlinks=False)
        is_folder = stat.S_ISDIR(info.st_mode)
        if _REMOVED.fullmatch(path) or not _stays(path, info):
            if not is_folder:
                Path(entry.path).unlink()
                continue
            if _REMOVED.fullmatch(path):
                shutil.rmtree(entry.path)
                continue
        if is_folder:
            _tidy_folder(Path(entry.path), path + "/", limit_ns)
            if not is_kept(path) and not os.listdir(entry.path):
                Path(entry.path).rmdir()
                continue
        elif path in _EMPTIED and stat.S_ISREG(info.st_mode):
            os.truncate(entry.path, 0)
            info = entry.stat(follow_symlinks=False)
        _clamp(Path(entry.path), info, limit_ns)


def _stays(path: str, info: os.stat_result) -> bool:
    """Whether a file belongs into the image: not documentation, not a log. Whiteouts (devices 0/0) stay."""
    if stat.S_ISCHR(info.st_mode):
        return info.st_rdev == 0
    if stat.S_ISREG(info.st_mode) and info.st_size and _LOG.fullmatch(path):
        return False
    return is_kept(path, is_link=stat.S_ISLNK(info.st_mode))


def _clamp(path: Path, info: os.stat_result, limit_ns: int) -> None:
    now = path.lstat() if stat.S_ISDIR(info.st_mode) else info
    if now.st_mtime_ns > limit_ns:
        os.utime(path, ns=(limit_ns, limit_ns), follow_symlinks=False)
