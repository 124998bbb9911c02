"""A comparison of two images as JSON, in the shape of ``docs/diff.schema.json``: keys may be added, none goes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from jettison.engine.image_diff import Counts, ImageDiff, ImageSummary
from jettison.hints import Any
from jettison.layer.compare import Change, Look
from jettison.model.entry import EntryType

_TYPES = {
    EntryType.FILE: "file",
    EntryType.DIRECTORY: "directory",
    EntryType.SYMLINK: "symlink",
    EntryType.HARDLINK: "file",
    EntryType.CHAR_DEVICE: "character device",
    EntryType.BLOCK_DEVICE: "block device",
    EntryType.FIFO: "fifo",
}


def diff_json(diff: ImageDiff) -> Iterator[str]:
    """The whole comparison as one object, part by part: there may be half a million changes, each on a line.

    ASCII, since names of files may be anything.
    """
    head = {
        "equal": diff.is_equal,
        "old": _summary(diff.old),
        "new": _summary(diff.new),
        "counts": _counts(diff.counts),
        "ignored": _counts(diff.ignored),
    }
    tail = {
        "instructions": [{"instruction": row.instruction, "counts": _counts(row.counts)} for row in diff.instructions],
        "packages": [
            {
                "ecosystem": row.ecosystem or None,
                "name": row.name or None,
                "old_versions": list(row.old_versions),
                "new_versions": list(row.new_versions),
                "counts": _counts(row.counts),
            }
            for row in diff.packages
        ],
        "config": [{"what": one.what, "old": one.old, "new": one.new} for one in diff.config],
        "incomplete": list(diff.gaps),
    }
    yield json.dumps(head, indent=2).removesuffix("\n}") + ',\n  "files": ['
    for number, change in enumerate(diff.changes):
        yield f"{',' if number else ''}\n    {json.dumps(_change(change))}"
    yield ("\n  ],\n" if diff.changes else "],\n") + json.dumps(tail, indent=2).removeprefix("{\n") + "\n"


def _summary(image: ImageSummary) -> dict[str, Any]:
    return {
        "name": image.name,
        "id": image.image_id,
        "size": image.size_bytes,
        "layers": image.layers,
        "platform": str(image.platform),
        "other_platforms": list(map(str, image.others)),
    }


def _counts(counts: Counts) -> dict[str, int]:
    return {
        "added": counts.added,
        "removed": counts.removed,
        "changed": counts.changed,
        "metadata": counts.metadata,
        "moved": counts.moved,
        "size": counts.size_bytes,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "path": f"/{change.path}",
        "size": change.size_bytes,
        "differs": [aspect.value for aspect in change.aspects],
        "old": _look(change.old),
        "new": _look(change.new),
    }


def _look(look: Look | None) -> dict[str, Any] | None:
    if look is None:
        return None
    entry = look.entry
    return {
        "path": f"/{entry.path}",
        "type": _TYPES[entry.type],
        "mode": f"{entry.mode:04o}",
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "mtime_ns": entry.mtime_ns,
        "digest": entry.digest,
        "link": entry.link or None,
        "names": [f"/{name}" for name in look.names],
    }
