"""Whiteouts: names in a layer's tar that stand for deletions (OCI image-spec, layer.md, section Whiteouts)."""

from __future__ import annotations

from jettison.errors import IntegrityError
from jettison.model.entry import Entry, EntryType

PREFIX = ".wh."
_META_PREFIX = ".wh..wh."
"""Aufs' own bookkeeping; docker and containerd skip what is named so."""
_OPAQUE_NAME = ".wh..wh..opq"


def parse_whiteout(path: str) -> Entry | None:
    """The entry that a tar member named ``path`` stands for, where its last component starts with ``.wh.``.

    None for aufs' bookkeeping, which means nothing. Raises :class:`IntegrityError` for a name that deletes ``.`` or
    ``..``.
    """
    parent, _, name = path.rpartition("/")
    if name == _OPAQUE_NAME:
        return Entry(path=parent, type=EntryType.OPAQUE)
    if name.startswith(_META_PREFIX):
        return None
    deleted = name.removeprefix(PREFIX)
    if deleted in ("", ".", ".."):
        raise IntegrityError(f"corrupt layer: the whiteout {path!r} names no file")
    return Entry(path=f"{parent}/{deleted}" if parent else deleted, type=EntryType.WHITEOUT)


def whiteout_path(entry: Entry) -> str:
    """The name of the tar member that stands for a WHITEOUT or OPAQUE entry."""
    if entry.type is EntryType.OPAQUE:
        return f"{entry.path}/{_OPAQUE_NAME}" if entry.path else _OPAQUE_NAME
    parent, slash, name = entry.path.rpartition("/")
    return f"{parent}{slash}{PREFIX}{name}"


def is_whiteout_name(path: str) -> bool:
    """Whether a member of this name is a whiteout in a layer, and so cannot be a file of one."""
    return path.rpartition("/")[2].startswith(PREFIX)
