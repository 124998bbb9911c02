"""Parts of a file that is open, as streams: the contents inside a tar."""

from __future__ import annotations

import os

from jettison.errors import IntegrityError


class Slice:
    """A part of a file, read without moving anybody's position."""

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self._descriptor = descriptor
        self._offset = offset
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end of the part."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = os.pread(self._descriptor, wanted, self._offset)
        if wanted and not data:
            raise IntegrityError("a layer in the store is shorter than its index says", hint="jettison prune --all")
        self._offset += len(data)
        self._left -= len(data)
        return data
