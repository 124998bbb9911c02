"""Layers on this machine: found in the store, or brought there from an image source when somebody needs their files.

A layer is brought once, whatever number of vertices and processes want it. What asks for a layer says how much of it:
its index (to plan), a file (to copy), its unpacked tree (to run in). Nothing more than that is done.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack

from jettison.engine.slices import Content, open_entry
from jettison.engine.tree_files import TreeFiles
from jettison.errors import IntegrityError, NotFoundError
from jettison.frozen import dataclass
from jettison.hints import BinaryIO
from jettison.layer.index import LayerIndex
from jettison.layer.index_format import index_parts, parse_columns, parse_index
from jettison.layer.merge import apply_layer, merge_layers
from jettison.layer.stream import Readable
from jettison.model.digest import Digest
from jettison.model.entry import Entry
from jettison.model.image_source import ImageSource
from jettison.model.tree import Tree
from jettison.pools import Future, ThreadPoolExecutor
from jettison.solve.events import SpanKind
from jettison.solve.spans import Spans, untimed
from jettison.store.layers import Encoding
from jettison.store.store import Store

Progress = Callable[[str, int, int | None], None]
"""Called with a part to name (``sha256:1a2b…``), bytes done and bytes in all."""

_PARALLEL_LAYERS = 3
"""Docker's number of concurrent downloads."""

_CHUNK_BYTES = 1 << 18

_KEPT_TREES = 40
"""Each holds a reference for each file of the image: with a large base and many steps, all of them are too many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOrigin:
    """Where a layer can be had from."""

    image: Callable[[], ImageSource]
    """Opens the image that the layer belongs to, as often as it is called."""
    position: int
    """Of the layer in the image."""
    keep_blob: bool
    """Whether the compressed blob is kept as it comes: an image from a registry is pushed back unchanged."""


class Layers:
    """The layers of one build or run. Safe to use from several threads."""

    def __init__(self, store: Store, spans: Spans = untimed) -> None:
        self._store = store
        self.spans = spans
        self.mounts: Callable[[LayerIndex], bool] = lambda index: False
        """Whether roots may have this layer mounted: whoever opens the sandbox says how that is found out."""
        self.begun_images: dict[Digest, Future[bytes | None]] = {}
        """The images of layers to be mounted that somebody began to make; see ``engine/images_ahead.py``."""
        self._origins: dict[Digest, LayerOrigin] = {}
        self._indexes: dict[Digest, LayerIndex] = {}
        self._here: set[Digest] = set()
        """The layers that were found on this machine, which whoever asked keeps from pruning."""
        self._merged: dict[tuple[Digest, ...], Tree] = {}
        """The newest trees: a step stands on the one before it, and no more than a few stages are built at once."""
        self._guard = threading.Lock()
        self._tars: dict[Digest, int] = {}

    def offer(self, diff_ids: Sequence[Digest], image: Callable[[], ImageSource], *, keep_blobs: bool) -> None:
        """Remember that ``image`` opens an image of these layers; nothing is opened or read before it is needed."""
        for position, diff_id in enumerate(diff_ids):
            origin = LayerOrigin(image=image, position=position, keep_blob=keep_blobs)
            self._origins.setdefault(diff_id, origin)

    def bring(
        self,
        diff_ids: Iterable[Digest],
        progress: Progress,
        on_index: Callable[[LayerIndex], object] = lambda index: None,
    ) -> None:
        """Have the layers on this machine, several at a time. Raises what the source raises.

        ``on_index`` is shown the index of a layer that was missing before the layer is in the store, from any thread.
        """
        asked = [diff_id for diff_id in dict.fromkeys(diff_ids) if diff_id not in self._here]
        missing = [diff_id for diff_id in asked if not self._store.layers.has(diff_id)]
        self._bring_missing(missing, progress, on_index)
        self._here.update(asked)

    def _bring_missing(
        self, missing: Sequence[Digest], progress: Progress, on_index: Callable[[LayerIndex], object]
    ) -> None:
        if len(missing) < 2:
            for diff_id in missing:
                self._bring_one(diff_id, progress, on_index)
            return
        with ThreadPoolExecutor(_PARALLEL_LAYERS, thread_name_prefix="layer") as pool:
            for future in [pool.submit(self._bring_one, diff_id, progress, on_index) for diff_id in missing]:
                future.result()

    def index(self, diff_id: Digest) -> LayerIndex:
        """The index of a layer that is on this machine."""
        with self._guard:
            known = self._indexes.get(diff_id)
        if known is not None:
            return known
        index = parse_index(self._index_bytes(diff_id))
        with self._guard:
            self._indexes[diff_id] = index
        return index

    def columns(self, diff_id: Digest) -> LayerIndex:
        """The same for those who look through it once: its entries are made as they are looked at."""
        return parse_columns(self._index_bytes(diff_id))

    def merged(self, diff_ids: tuple[Digest, ...]) -> Tree:
        """What a container of these layers would see; they are on this machine."""
        with self._guard:
            known = self._merged.get(diff_ids)
            below = self._merged.get(diff_ids[:-1])
        if known is None:
            if below is not None and diff_ids:
                known = apply_layer(below, self.index(diff_ids[-1]).entries, len(diff_ids) - 1)
            else:
                known = merge_layers([self.index(diff_id) for diff_id in diff_ids])
            with self._guard:
                self._merged[diff_ids] = known
                if len(self._merged) > _KEPT_TREES:
                    del self._merged[next(iter(self._merged))]
        return known

    def add(self, index: LayerIndex) -> None:
        """Keep the index of a layer whose tar is in the store already."""
        self._store.layers.put_index(index.diff_id, *index_parts(index), size_bytes=index.content_bytes)
        with self._guard:
            self._indexes[index.diff_id] = index

    def open_file(self, diff_id: Digest, entry: Entry) -> Content:
        """The content of a FILE entry of the layer's index."""
        with self._guard:
            descriptor = self._tars.get(diff_id)
            if descriptor is None and self._store.blobs.has(diff_id):
                descriptor = os.open(self._store.blobs.path(diff_id), os.O_RDONLY | os.O_CLOEXEC)
                self._tars[diff_id] = descriptor
        if descriptor is not None:
            return open_entry(descriptor, entry)
        tree = self._store.layers.tree(diff_id)
        if tree is None:
            raise NotFoundError(f"layer {diff_id} is not on this machine", hint="build again")
        return (tree / entry.path).open("rb")

    def drop_damaged(self, diff_ids: Iterable[Digest]) -> tuple[Digest, ...]:
        """Read the tars of the layers whole, and remove those that are not what their name says; which they were.

        For whoever found something wrong in one of them: the next build then makes or fetches it anew.
        """
        return tuple(diff_id for diff_id in dict.fromkeys(diff_ids) if not self._is_intact(diff_id))

    def close(self) -> None:
        """Let go of open files."""
        with self._guard:
            for descriptor in self._tars.values():
                os.close(descriptor)
            self._tars.clear()

    def _index_bytes(self, diff_id: Digest) -> bytes:
        data = self._store.layers.index_bytes(diff_id)
        if data is None:
            raise NotFoundError(f"layer {diff_id} is not on this machine", hint="jettison pull the image again")
        return data

    def _is_intact(self, diff_id: Digest) -> bool:
        if not self._store.blobs.has(diff_id):
            return True
        try:
            with self._store.blobs.open_verified(diff_id) as tar:
                while tar.read(_CHUNK_BYTES):
                    pass
        except IntegrityError:  # and the store has removed it
            self._here.discard(diff_id)
            return False
        return True

    def _bring_one(self, diff_id: Digest, progress: Progress, on_index: Callable[[LayerIndex], object]) -> None:
        with self._store.lock(f"bring {diff_id}"):
            if self._store.layers.has(diff_id):
                return
            origin = self._origins.get(diff_id)
            if origin is None:
                raise NotFoundError(
                    f"layer {diff_id} is not on this machine, and no source for it is known",
                    hint="pull or load its image again",
                )
            from jettison.engine.read_ahead import index_ahead

            image = origin.image()
            descriptor = image.manifest.layers[origin.position]
            with self.spans(SpanKind.PULL, descriptor.digest.short), ExitStack() as stack:
                stream: BinaryIO = stack.enter_context(image.open_blob(descriptor))
                watched = Watched(stream, descriptor.digest.short, descriptor.size, progress)
                tar = stack.enter_context(self._store.blobs.writer(hashed=False))
                if origin.keep_blob and descriptor.digest != diff_id:
                    blob = stack.enter_context(self._store.blobs.writer(hashed=False))  # the image verifies it
                    watched.tap = blob.write
                # Of a layer that lies there as it is, the blob is the tar, which was verified then.
                is_tar = descriptor.digest == diff_id and diff_id.algorithm == "sha256"
                index, codec = index_ahead(watched, tap=tar.write, blob_digest=diff_id if is_tar else None)
                if index.diff_id != diff_id:
                    raise IntegrityError(
                        f"layer {descriptor.digest}: uncompressed it is {index.diff_id}, the image says {diff_id}",
                        hint="the image is damaged where it comes from; pull another tag or digest",
                    )
                on_index(index)
                if watched.tap is not None:
                    blob.commit(descriptor.digest)
                tar.commit(diff_id)
            self.add(index)
            if descriptor.digest != diff_id:
                self._store.layers.record_encoding(
                    Encoding(
                        diff_id=diff_id,
                        digest=descriptor.digest,
                        media_type=descriptor.media_type,
                        size=descriptor.size,
                        codec=codec,
                    )
                )


class LayerFiles(TreeFiles):
    """The files of a stack of layers, as an input of a copy."""

    def __init__(self, layers: Layers, diff_ids: tuple[Digest, ...]) -> None:
        self._diff_ids = diff_ids
        super().__init__(layers.merged(diff_ids), lambda number, entry: layers.open_file(diff_ids[number], entry))

    def fingerprint(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries as they are: an index holds every digest."""
        return list(entries)

    def layer_of(self, entry: Entry) -> Digest:
        """The layer that a file of the tree lies in."""
        return self._diff_ids[self.tree.layer_numbers[entry.path]]


def damage_told(error: IntegrityError, damaged: Sequence[Digest]) -> IntegrityError:
    """The error, said of the layers of the store that were found damaged, and removed."""
    names = ", ".join(map(str, damaged))
    return IntegrityError(
        f"{error.message}: the store had a damaged copy of layer {names}",
        hint="it was removed; try again, and it is made or fetched anew",
    )


class Watched:
    """A stream whose reading is told to a progress display, and optionally copied."""

    def __init__(self, stream: Readable, part: str, total: int | None, progress: Progress) -> None:
        self._stream = stream
        self._part = part
        self._total = total
        self._progress = progress
        self._done = 0
        self.tap: Callable[[bytes], object] | None = None

    def read(self, size: int = -1, /) -> bytes:
        """Read on, telling how far."""
        data = self._stream.read(size)
        if data:
            if self.tap is not None:
                self.tap(data)
            self._done += len(data)
            self._progress(self._part, self._done, self._total)
        return data

    def drain(self) -> None:
        """Read to the end, so that the whole of the stream is verified and copied."""
        while self.read(_CHUNK_BYTES):
            pass
