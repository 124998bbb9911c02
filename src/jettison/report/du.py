"""What the store takes on disk: each image with what it shares, and all else, adding up to the whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from jettison.model.digest import Digest
from jettison.report.table import align
from jettison.report.units import human_size
from jettison.store import DiskUsage

_DIGITS = 3
_IMAGES = "images"


def du_text(usage: DiskUsage, names: Mapping[Digest, str], place: str) -> str:
    """Two tables: images, the largest first, and everything."""
    images = [
        (names.get(one.image_id, "<none>"), one.image_id.short, *map(_size, (one.unique_bytes, one.shared_bytes)))
        for one in usage.images
    ]
    parts = [(name, _size(size_bytes)) for name, size_bytes in _parts(usage)]
    text = align([("IMAGE", "IMAGE ID", "UNIQUE", "SHARED"), *images]) + "\n" if images else ""
    table = align([("WHAT", "SIZE"), *parts, ("total", _size(usage.total_bytes))])
    return f"{text}{table}in {place}\n"


def du_json(usage: DiskUsage, names: Mapping[Digest, str], place: str) -> str:
    """One object, sizes in bytes."""
    document = {
        "store": place,
        "total": usage.total_bytes,
        "images": [
            {
                "id": one.image_id,
                "name": names.get(one.image_id),
                "unique": one.unique_bytes,
                "shared": one.shared_bytes,
            }
            for one in usage.images
        ],
        "parts": dict(_parts(usage, every=True)),
    }
    return json.dumps(document, indent=2) + "\n"


def _parts(usage: DiskUsage, *, every: bool = False) -> Iterator[tuple[str, int]]:
    """Names and bytes that add up to the whole."""
    parts = [
        ("images, unique", sum(one.unique_bytes for one in usage.images)),
        ("images, shared", usage.shared_bytes),
        ("layers in use by no image", usage.held_bytes),
        *((row.kind, row.size_bytes) for row in usage.rows if row.kind != _IMAGES),
    ]
    return ((name, size_bytes) for name, size_bytes in parts if size_bytes or every)


def _size(size_bytes: int) -> str:
    return human_size(size_bytes, _DIGITS)
