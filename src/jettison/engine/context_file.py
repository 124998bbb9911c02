"""Packing one file of a build context; where its digest is not known, in the one pass that also tells that."""

from __future__ import annotations

from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry
from jettison.sources.local import LocalContext

SMALL_BYTES = 1 << 16
"""Files up to this size are read at once: each call costs more than their bytes."""


def write_from(context: LocalContext, writer: LayerWriter, entry: Entry, source: Entry) -> None:
    """Pack ``source`` of the context as ``entry``, and have the context know its digest."""
    if source.size <= SMALL_BYTES:
        xattrs, data = context.read_small(source)
        path, _, mode, uid, gid, size, mtime_ns, _, known, _, expected, _ = entry
        sha256 = writer.add_small(path, mode, uid, gid, size, mtime_ns, xattrs or known, data, expected)
    else:
        xattrs, content = context.open_unread(source)
        with content:
            written = writer.add(entry._replace(xattrs=xattrs), content)
        assert written.digest is not None
        sha256 = bytes.fromhex(written.digest.hex)
    if source.digest is None:
        context.learn(source, xattrs, sha256)
