"""What was written in a container, as one more layer over those of its image; read where it lies.

The container may be running, and what runs in it may be hostile: every folder on the way to a file is opened by itself,
and no link is followed, so that nothing outside of the container is read.
"""

from __future__ import annotations

import os
from pathlib import Path

from jettison.engine.slices import Content
from jettison.layer.index import LayerIndex
from jettison.layer.tar_write import LayerWriter
from jettison.model.entry import Entry
from jettison.model.tree import Tree
from jettison.store.faults import storage_faults

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class ContainerLayer:
    """The writable files of a container."""

    def __init__(self, folder: Path, lower: Tree) -> None:
        """``folder`` is the container's, ``lower`` the tree of its image. Reads all of its files once."""
        self._upper = folder / "upper"
        self.index = self._packed(lower)

    def open(self, entry: Entry) -> Content:
        """The content of a FILE of the index."""
        *folders, name = entry.path.split("/")
        with storage_faults("open", self._upper / entry.path):
            current = os.open(self._upper, _FOLDER)
            try:
                for folder in folders:
                    below = os.open(folder, _FOLDER, dir_fd=current)
                    os.close(current)
                    current = below
                return os.fdopen(os.open(name, _FILE, dir_fd=current), "rb")
            finally:
                os.close(current)

    def _packed(self, lower: Tree) -> LayerIndex:
        if not self._upper.is_dir():  # it was never started
            return LayerWriter(_nowhere).finish()
        from jettison.rootfs.pack import pack_upper

        return pack_upper(self._upper, _nowhere, lower=lower)


def _nowhere(data: bytes) -> None:
    """The bytes of the tar are of no use: its index is all that is wanted."""
