"""One file of a layer, as its index tells it.

An image path has one representation everywhere: a ``str`` relative to the root, without leading, trailing or doubled
slashes and without ``.`` and ``..``; the root itself is ``""``. Bytes that are not UTF-8 travel as surrogate escapes
(PEP 383), so that ``path.encode("utf-8", "surrogateescape")`` is the name on disk.
"""

from __future__ import annotations

from jettison.enums import StrEnum
from jettison.model.digest import Digest
from jettison.tuples import NamedTuple


class EntryType(StrEnum):
    """What an entry is. Values are one letter: an index holds a hundred thousand of them."""

    FILE = "f"
    DIRECTORY = "d"
    SYMLINK = "l"
    HARDLINK = "h"
    CHAR_DEVICE = "c"
    BLOCK_DEVICE = "b"
    FIFO = "p"
    WHITEOUT = "w"
    """The path is deleted from the layers below (OCI layer.md: ``.wh.NAME``); ``path`` is the deleted path."""
    OPAQUE = "o"
    """The children of the directory ``path`` from the layers below are hidden (``.wh..wh..opq``)."""


# Python 3.11 looks members up by a property written in Python, which takes ten times as long as a plain attribute, and
# they are looked up for every file of every layer. To go with 3.11.
for _kind in EntryType:
    type.__setattr__(EntryType, _kind.name, _kind)


class Entry(NamedTuple):
    """One file of a layer. A NamedTuple because a hundred thousand are made."""

    path: str
    type: EntryType
    mode: int = 0
    """Permission bits with setuid, setgid and sticky: ``0o7777`` at most."""
    uid: int = 0
    gid: int = 0
    size: int = 0
    """Bytes of content; 0 for everything but files."""
    mtime_ns: int = 0
    link: str = ""
    """Symbolic link: the target as written. Hard link: the image path of the file that it is another name of."""
    xattrs: tuple[tuple[str, bytes], ...] = ()
    """Sorted by name; file capabilities are ``security.capability``."""
    device: tuple[int, int] = (0, 0)
    """Major and minor number of a device node."""
    digest: Digest | None = None
    """sha256 of the content; files only."""
    offset: int = 0
    """Where the content begins in the uncompressed layer tar; files only."""

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The path of the directory that holds this entry; ``""`` for the root and what lies in it."""
        return self.path.rpartition("/")[0]


def parse_image_path(text: str) -> str:
    """The one representation of a path that a user, a Dockerfile or an archive wrote; ``..`` stops at the root."""
    if text[:1] not in ("/", ".") and text[-1:] != "/" and "//" not in text and "/." not in text:
        return text  # as most are
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
