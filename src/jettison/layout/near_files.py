"""Names of archives and layouts that are not there, and what may be meant by them."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from jettison.text.suggest import did_you_mean

ARCHIVE_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst", ".oci")


def is_file_name(text: str) -> bool:
    """Whether a name is one of an archive, as people call them."""
    return text.endswith(ARCHIVE_SUFFIXES)


def means_file(text: str) -> bool:
    """Whether a name that may be an image's in a registry means an archive all the same: what is before it is a folder,
    and no host.
    """
    folder, slash, _ = text.rpartition("/")
    if not is_file_name(text):
        return False
    return not slash or Path(folder).is_dir() or {".", ":"}.isdisjoint(text.partition("/")[0])


def near_file(text: str) -> str | None:
    """The hint for a place that is not there, with a tag or without: the nearest name in its folder; None for none."""
    folder, slash, name = text.rpartition("/")
    name = name.partition("@")[0].partition(":")[0]
    try:
        names = os.listdir(folder or slash or ".")
    except FileNotFoundError:
        return f"there is no folder {folder} either"
    except OSError:
        return None
    return did_you_mean(name, names, posixpath.join(folder or slash, ""))
