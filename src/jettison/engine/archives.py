"""Local archives that ADD unpacks: told apart from other files, and opened up as an input of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jettison.engine.slices import Content, open_entry
from jettison.errors import IntegrityError
from jettison.layer.decompress import Decompressed
from jettison.layer.index import index_layer
from jettison.layer.stream import Readable
from jettison.layer.tar_read import read_tar
from jettison.model.entry import Entry
from jettison.store.faults import storage_faults


def is_archive(content: Readable) -> bool:
    """Whether the content is a tar with at least one member, compressed or not (BuildKit's ``isArchivePath``)."""
    try:
        return next(iter(read_tar(Decompressed(content))), None) is not None
    except IntegrityError:
        return False


class Archive:
    """An archive, uncompressed into a file of its own, with the digests and places of all its members."""

    def __init__(self, content: Readable, path: Path) -> None:
        """Unpack ``content`` to ``path``, which the caller removes; :class:`IntegrityError` for corrupt ones."""
        with storage_faults("write", path), path.open("xb") as tar:
            index = index_layer(Decompressed(content), tap=tar.write)
        self.entries: Sequence[Entry] = index.entries
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def open(self, entry: Entry) -> Content:
        """The content of a member."""
        return open_entry(self._descriptor, entry)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
