"""The rows of ``images`` and ``history``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jettison.model.config import HistoryEntry
from jettison.model.digest import Digest
from jettison.report.listing import Listing, Row
from jettison.report.moments import UNKNOWN, long_form, parse_moment, rfc3339, since
from jettison.report.table import ellipsis
from jettison.report.units import human_size

NONE = "<none>"
MISSING = "<missing>"

_SIZE_DIGITS = 3
_CREATED_BY_LENGTH = 45

IMAGES = Listing(
    headers={
        "Repository": "REPOSITORY",
        "Tag": "TAG",
        "Digest": "DIGEST",
        "Platform": "PLATFORM",
        "ID": "IMAGE ID",
        "CreatedSince": "CREATED",
        "CreatedAt": "CREATED AT",
        "Size": "SIZE",
        "Containers": "CONTAINERS",
        "SharedSize": "SHARED SIZE",
        "UniqueSize": "UNIQUE SIZE",
        "VirtualSize": "SIZE",
    },
    columns=("Repository", "Tag", "ID", "CreatedSince", "Size"),
)
IMAGES_WITH_DIGESTS = ("Repository", "Tag", "Digest", "ID", "CreatedSince", "Size")

IMAGES_WITH_SHARES = ("Repository", "Tag", "ID", "CreatedSince", "Size", "SharedSize", "UniqueSize", "Containers")

HISTORY = Listing(
    headers={
        "ID": "IMAGE",
        "CreatedSince": "CREATED",
        "CreatedAt": "CREATED AT",
        "CreatedBy": "CREATED BY",
        "Size": "SIZE",
        "Comment": "COMMENT",
    },
    columns=("ID", "CreatedSince", "CreatedBy", "Size", "Comment"),
)


def image_row(
    *,
    image_id: Digest,
    repository: str,
    tag: str,
    digest: str,
    platform: str = "",
    created: str | None,
    size_bytes: int | None,
    shared_bytes: int | None = None,
    containers: int | None = None,
    now: float,
    truncate: bool = True,
) -> Row:
    """One line of ``images``: one name of one image; empty names are shown as ``<none>``.

    ``shared_bytes`` is the part of its size that other images have too.
    """
    moment = parse_moment(created)
    size = _image_size(size_bytes)
    unique_bytes = None if size_bytes is None or shared_bytes is None else size_bytes - shared_bytes
    return {
        "Repository": repository or NONE,
        "Tag": tag or NONE,
        "Digest": digest or NONE,
        "Platform": platform or UNKNOWN,
        "ID": image_id.short if truncate else image_id,
        "CreatedSince": since(moment, now),
        "CreatedAt": long_form(moment),
        "Size": size,
        "Containers": UNKNOWN if containers is None else str(containers),
        "SharedSize": UNKNOWN if unique_bytes is None else _image_size(shared_bytes),
        "UniqueSize": _image_size(unique_bytes),
        "VirtualSize": size,
    }


def _image_size(size_bytes: int | None) -> str:
    return UNKNOWN if size_bytes is None else human_size(size_bytes, _SIZE_DIGITS)


def history_rows(
    image_id: Digest,
    entries: Sequence[HistoryEntry],
    layer_sizes: Sequence[int | None],
    *,
    now: float,
    human: bool = True,
    truncate: bool = True,
) -> Iterator[Row]:
    """The lines of ``history``, the newest instruction first. ``layer_sizes`` has one size a layer, lowest first."""
    sizes = iter(layer_sizes)
    sized = [(entry, 0 if entry.empty_layer else next(sizes, None)) for entry in entries]
    for number, (entry, size_bytes) in enumerate(reversed(sized)):
        moment = parse_moment(entry.created)
        created_by = entry.created_by.replace("\t", " ")
        yield {
            "ID": (image_id.short if truncate else image_id) if number == 0 else MISSING,
            "CreatedSince": since(moment, now) if human else rfc3339(moment),
            "CreatedAt": rfc3339(moment),
            "CreatedBy": ellipsis(created_by, _CREATED_BY_LENGTH) if truncate else created_by,
            "Size": _history_size(size_bytes, human=human),
            "Comment": entry.comment,
        }


def _history_size(size_bytes: int | None, *, human: bool) -> str:
    if size_bytes is None:
        return UNKNOWN
    return human_size(size_bytes, _SIZE_DIGITS) if human else str(size_bytes)
