"""The contents of some files of a layer, kept while the layer passes by; the others are gone afterwards."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from jettison.engine.slices import Content, Slice
from jettison.hints import BinaryIO, Self
from jettison.layer.index import OnMember
from jettison.layer.stream import CHUNK_BYTES
from jettison.layer.tar_content import Content as MemberContent
from jettison.model.entry import Entry, EntryType
from jettison.store.faults import storage_faults

Keep = Callable[[Entry], bool]
"""Whether the content of a FILE entry is to be read again; its digest is not known yet."""


class KeptFiles:
    """The contents of some files of one layer, one after the other in a file without a name."""

    def __init__(self, spool_dir: Path) -> None:
        self._spool_dir = spool_dir
        self._file: BinaryIO | None = None
        self._places: dict[int, int] = {}
        """Offset of the content in the layer -> offset in the file."""
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def taking(self, keep: Keep) -> OnMember:
        """What the index of the layer is made with, so that the files are kept that ``keep`` names."""

        def look(entry: Entry, content: MemberContent) -> None:
            if entry.type is EntryType.FILE and keep(entry):
                self._take(entry, content)

        return look

    def open(self, entry: Entry) -> Content | None:
        """What was kept of a member; None where it was not."""
        place = self._places.get(entry.offset)
        if place is None or self._file is None:
            return None
        return Slice(self._file.fileno(), place, entry.size)

    def hand_over(self) -> tuple[dict[int, int], list[int]]:
        """What another process needs to read them: where they are, and the descriptor of the file, if there is one."""
        return self._places, [] if self._file is None else [os.dup(self._file.fileno())]

    def take_over(self, places: dict[int, int], descriptors: Sequence[int]) -> None:
        """Hold what :meth:`hand_over` told in another process, in place of what was held."""
        self._places = places
        for descriptor in descriptors:
            self._file = os.fdopen(descriptor, "r+b", buffering=0)

    def _take(self, entry: Entry, content: MemberContent) -> None:
        self._places[entry.offset] = self._end
        while data := content.read(CHUNK_BYTES):
            with storage_faults("keep files in", self._spool_dir):
                if self._file is None:
                    self._file = tempfile.TemporaryFile(dir=self._spool_dir, buffering=0)  # noqa: SIM115
                write_whole(self._file.fileno(), data)
            self._end += len(data)


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of the bytes to an open file."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
