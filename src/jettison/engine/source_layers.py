"""The layers of an image that lies outside of the store, each read once to make its index; nothing is stored.

What is to be read again afterwards is kept while its layer passes by (``keep``), in a file without a name. Anything
else is read from where the image lies a second time: at once where the layer lies there uncompressed, by decompressing
it again up to the place where it does not.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from jettison.engine.layers import Progress, Watched
from jettison.engine.read_ahead import index_ahead
from jettison.engine.slices import Content, Slice
from jettison.errors import IntegrityError
from jettison.layer.content import find_content, open_content
from jettison.layer.decompress import Decompressed
from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.stream import CHUNK_BYTES, Readable
from jettison.layer.tar_content import Content as MemberContent
from jettison.layout.image import LayoutImage
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.image_source import ImageSource, layers_of
from jettison.model.oci import Descriptor
from jettison.pools import ThreadPoolExecutor
from jettison.store.faults import storage_faults

Keep = Callable[[Entry], bool]
"""Whether the content of a FILE entry is to be read again; its digest is not known yet."""

_PARALLEL_LAYERS = 3
"""Each takes up to three threads where something is to be waited for, or to be decompressed."""


def keep_nothing(entry: Entry) -> bool:
    """Nothing is going to be read again."""
    return False


class SourceLayers:
    """The indexes of an image's layers, and the contents of their files. Close it after use."""

    def __init__(self, image: ImageSource, spool_dir: Path, *, keep: Keep, progress: Progress) -> None:
        """Read every layer, several at a time. Raises :class:`IntegrityError` where one is not what the config says."""
        self._image = image
        self._spool_dir = spool_dir
        self._keep = keep
        self._progress = progress
        self._stack = ExitStack()
        self._layers = list(layers_of(image))
        self._kept: dict[Digest, _Kept] = {}
        try:
            self.indexes = self._index_all()
        except BaseException:
            self.close()
            raise

    def open(self, number: int, entry: Entry) -> Content:
        """The content of a FILE entry of the layer at that position."""
        descriptor, diff_id = self._layers[number]
        kept = self._kept[diff_id].open(entry)
        if kept is not None:
            return kept
        if isinstance(self._image, LayoutImage) and descriptor.digest == diff_id:
            stream = self._image.open_raw(diff_id)
            return _Opened(stream, open_content(stream, entry))
        stream = self._image.open_blob(descriptor)
        try:
            return _Opened(stream, find_content(Decompressed(stream), entry))
        except BaseException:
            stream.close()
            raise

    def close(self) -> None:
        """Let go of what was kept."""
        self._stack.close()

    def _index_all(self) -> tuple[LayerIndex, ...]:
        distinct = {diff_id: descriptor for descriptor, diff_id in self._layers}
        self._kept = {diff_id: self._stack.enter_context(_Kept(self._spool_dir)) for diff_id in distinct}
        with ThreadPoolExecutor(_PARALLEL_LAYERS, thread_name_prefix="layer") as pool:
            try:
                made = dict(zip(distinct, pool.map(self._index, distinct.values(), distinct), strict=True))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return tuple(made[diff_id] for _, diff_id in self._layers)

    def _index(self, descriptor: Descriptor, diff_id: Digest) -> LayerIndex:
        kept = self._kept[diff_id]

        def look(entry: Entry, content: MemberContent) -> None:
            if entry.type is EntryType.FILE and self._keep(entry):
                kept.take(entry, content)

        image = self._image
        if isinstance(image, LayoutImage) and descriptor.digest == diff_id:
            # Its index verifies it: once is enough. And reading a file is too little for a thread of its own.
            with image.open_raw(diff_id) as stream:
                index = index_layer(self._watched(stream, descriptor), on_member=look)
        else:
            with image.open_blob(descriptor) as stream:
                index, _ = index_ahead(self._watched(stream, descriptor), on_member=look)
        if index.diff_id != diff_id:
            raise IntegrityError(
                f"layer {descriptor.digest}: uncompressed it is {index.diff_id}, the image says {diff_id}",
                hint="the image is damaged where it comes from",
            )
        return index

    def _watched(self, stream: BinaryIO, descriptor: Descriptor) -> Watched:
        return Watched(stream, descriptor.digest.short, descriptor.size, self._progress)


class _Kept:
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

    def take(self, entry: Entry, content: MemberContent) -> None:
        """Keep the content of a member that passes by."""
        self._places[entry.offset] = self._end
        while data := content.read(CHUNK_BYTES):
            with storage_faults("keep files in", self._spool_dir):
                if self._file is None:
                    self._file = tempfile.TemporaryFile(dir=self._spool_dir, buffering=0)  # noqa: SIM115
                write_whole(self._file.fileno(), data)
            self._end += len(data)

    def open(self, entry: Entry) -> Content | None:
        """What was kept of a member; None where it was not."""
        place = self._places.get(entry.offset)
        if place is None or self._file is None:
            return None
        return Slice(self._file.fileno(), place, entry.size)


class _Opened:
    """A content, and the stream behind it that is closed with it."""

    def __init__(self, stream: BinaryIO, content: Readable) -> None:
        self._stream = stream
        self._content = content

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; none at the end of the file."""
        return self._content.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._stream.close()


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all of the bytes to an open file."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
