"""Working directories as BuildKit normalizes them (``util/system/path.go``): Linux's, and those of Windows images."""

from __future__ import annotations

import posixpath

from jettison.errors import BuildError

WINDOWS = "windows"


def working_directory(current: str, path: str, system: str) -> str:
    """Where ``WORKDIR path`` leads; raises :class:`BuildError`.

    An absolute path stays as it is written; a relative one goes on from ``current`` and is cleaned. A path of Windows
    loses its drive, which can only be C:, and gets backslashes.
    """
    if system == WINDOWS:
        current, path = _without_drive(current), _without_drive(path)
    path = path or current or "/"
    if not path.startswith("/"):
        path = clean_path(posixpath.join("/", current, path))
    return path.replace("/", "\\") if system == WINDOWS else path


def clean_path(path: str) -> str:
    """Go's ``path.Clean`` of an absolute path: without double slashes, ``.`` and ``..``."""
    return "/" + posixpath.normpath(path).lstrip("/")


def with_slashes(path: str, system: str) -> str:
    """A working directory as an image path."""
    return path.replace("\\", "/") if system == WINDOWS else path


def _without_drive(path: str) -> str:
    text = path.replace("\\", "/")
    drive, colon, rest = text.partition(":")
    if text.startswith("//"):
        raise BuildError(f"UNC paths are not supported: {path}")
    if colon and not rest:
        raise BuildError(f"no relative path specified in {path!r}")
    if colon and drive.lower() != "c":
        raise BuildError("the specified path is not on the system drive (C:)", hint=f"{path} can only be on C:")
    text = rest if colon else text
    return posixpath.normpath(text) if text else ""
