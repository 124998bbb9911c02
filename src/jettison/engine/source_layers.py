"""The layers of an image that lies outside of the store, each read once to make its index; nothing is stored.

Where the image lies in files, several processes do that: hashing would leave the interpreter's lock to others, but not
often enough. What comes from a registry is waited for, which threads do as well.

A file of a layer that lies somewhere uncompressed is read from there. Of any other layer, what is to be read again is
kept while it passes by (``keep``), in a file without a name; for anything else it is decompressed again up to there.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType

from jettison.engine.equal_contents import Summed, hash_contents, may_be_equal, put_digests
from jettison.engine.forked_jobs import Answer, Do, Tell, can_fork, do_forked
from jettison.engine.kept_files import Keep, KeptFiles
from jettison.engine.layers import Progress, Watched
from jettison.engine.passing_layers import PassedLayer
from jettison.engine.read_ahead import index_ahead
from jettison.engine.slices import Content, StreamSlice
from jettison.errors import IntegrityError
from jettison.hints import BinaryIO, Self, TypeVar
from jettison.layer.content import find_content, open_content
from jettison.layer.decompress import Decompressed
from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.index_format import parse_columns, write_index
from jettison.layer.stream import CHUNK_BYTES, Readable
from jettison.layout.image import LayoutImage
from jettison.model.digest import Digest
from jettison.model.entry import Entry
from jettison.model.image_source import ImageSource, layers_of
from jettison.model.oci import Descriptor
from jettison.pools import ThreadPoolExecutor

_T = TypeVar("_T")

_DAMAGED = "the image is damaged where it comes from"

_PARALLEL_LAYERS = 3
"""Each takes up to three threads where something is to be waited for, or to be decompressed."""
_MUCH_BYTES = 64 << 20
"""What is less is indexed before processes were worth while."""
_TOLD_BYTES = 4 * CHUNK_BYTES
"""About so often a process tells how far it has come."""


def keep_nothing(entry: Entry) -> bool:
    """Nothing is going to be read again."""
    return False


class SourceLayers:
    """The indexes of an image's layers, and the contents of their files. Close it after use."""

    def __init__(
        self,
        image: ImageSource,
        spool_dir: Path,
        *,
        keep: Keep,
        progress: Progress,
        passed: Mapping[Digest, PassedLayer],
        compares_digests_only: bool,
    ) -> None:
        """Read every layer but those that ``passed``, several at a time.

        ``compares_digests_only`` promises that nobody asks more of a digest than whether another file of the image has
        the same: then it is left out where none has, if the layers can be read from any place. Raises
        :class:`IntegrityError` where one is not what the config says.
        """
        self._image = image
        self._spool_dir = spool_dir
        self._keep = keep
        self._progress = progress
        self._stack = ExitStack()
        self._layers = list(layers_of(image))
        self._passed = passed
        self._kept: dict[Digest, KeptFiles] = {}
        self._is_summed = (
            compares_digests_only
            and isinstance(image, LayoutImage)
            and not passed
            and all(descriptor.digest == diff_id for descriptor, diff_id in self._layers)
        )
        """Whether large files get a checksum first, and a digest where several have the same."""
        try:
            self.indexes = self._index_all()
        except BaseException:
            self.close()
            raise

    def open(self, number: int, entry: Entry) -> Content:
        """The content of a FILE entry of the layer at that position.

        Raises :class:`IntegrityError` for one of a layer that passed by, where nobody said that it would be read.
        """
        descriptor, diff_id = self._layers[number]
        kept = self._kept[diff_id].open(entry)
        if kept is not None:
            return kept
        if diff_id in self._passed:
            raise IntegrityError(
                f"/{entry.path} cannot be read any more: it passed by on standard input",
                hint="save the image to a file, and name that",
            )
        if (stream := self._open_tar(descriptor, diff_id)) is not None:
            if entry.offset >= 0:
                return StreamSlice(stream, entry.offset, entry.size)
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
        distinct = {diff_id: descriptor for descriptor, diff_id in self._layers if diff_id not in self._passed}
        self._kept = {diff_id: self._stack.enter_context(KeptFiles(self._spool_dir)) for diff_id in distinct}
        self._kept |= {diff_id: layer.kept for diff_id, layer in self._passed.items()}
        made = self._read_forked(distinct)
        missing = {diff_id: descriptor for diff_id, descriptor in distinct.items() if diff_id not in made}
        made |= _in_threads(lambda diff_id: self._read(missing[diff_id], diff_id), missing)
        if self._is_summed:
            self._hash_equal([made[diff_id] for _, diff_id in self._layers])
        indexes = {diff_id: layer.layer for diff_id, layer in made.items()}
        indexes |= {diff_id: layer.index for diff_id, layer in self._passed.items()}
        return tuple(indexes[diff_id] for _, diff_id in self._layers)

    def _read_forked(self, distinct: Mapping[Digest, Descriptor]) -> dict[Digest, Summed]:
        """What processes of their own make of the layers, the largest first; see :meth:`_answers`."""
        layers = sorted(distinct, key=lambda diff_id: -distinct[diff_id].size)

        def do(job: int, tell: Tell) -> Answer:
            diff_id = layers[job]
            self._progress = partial(_tell_seldom, tell)
            index, checksums = self._read(distinct[diff_id], diff_id)
            places, descriptors = self._kept[diff_id].hand_over()
            return Answer(marshal.dumps((write_index(index), checksums, places)), descriptors)

        def on_progress(job: int, done_bytes: int) -> None:
            descriptor = distinct[layers[job]]
            self._progress(descriptor.digest.short, done_bytes, descriptor.size)

        made = {}
        for diff_id, answer in self._answers(layers, sum(d.size for d in distinct.values()), do, on_progress).items():
            data, checksums, places = marshal.loads(answer.data)  # noqa: S302 - of a process forked from this one
            self._kept[diff_id].take_over(places, answer.descriptors)
            made[diff_id] = Summed(parse_columns(data), checksums)
        return made

    def _hash_equal(self, layers: Sequence[Summed]) -> None:
        """Have the digests known of all contents that are there several times."""
        asked = may_be_equal(layers)
        columns = {layer.layer.diff_id: layer.columns for layer in layers}
        sizes = {diff_id: sum(columns[diff_id].sizes[file.entry] for file in asked[diff_id]) for diff_id in asked}

        def sha256s_of(diff_id: Digest) -> bytes:
            assert isinstance(self._image, LayoutImage)
            with self._image.open_raw(diff_id) as stream:
                return b"".join(hash_contents(columns[diff_id], asked[diff_id], partial(open_content, stream)))

        jobs = sorted(asked, key=lambda diff_id: -sizes[diff_id])
        answers = self._answers(jobs, sum(sizes.values()), lambda job, tell: Answer(sha256s_of(jobs[job])))
        made = {diff_id: answer.data for diff_id, answer in answers.items()}
        made |= _in_threads(sha256s_of, [diff_id for diff_id in jobs if diff_id not in made])
        for diff_id in jobs:
            put_digests(columns[diff_id], asked[diff_id], made[diff_id])

    def _answers(
        self,
        layers: Sequence[Digest],
        size_bytes: int,
        do: Do,
        on_progress: Callable[[int, int], object] = lambda job, done_bytes: None,
    ) -> dict[Digest, Answer]:
        """What forked processes say of the layers; nothing where threads do as well, or something is wrong."""
        is_much = len(layers) > 1 and size_bytes >= _MUCH_BYTES
        if not is_much or not isinstance(self._image, LayoutImage) or not can_fork():
            return {}
        return {layers[job]: answer for job, answer in do_forked(range(len(layers)), do, on_progress).items()}

    def _read(self, descriptor: Descriptor, diff_id: Digest) -> Summed:
        """Raises :class:`IntegrityError` that names the layer, whatever is wrong with it."""
        checksums = bytearray()
        try:
            index = self._read_through(descriptor, diff_id, checksums if self._is_summed else None)
        except IntegrityError as error:
            raise IntegrityError(f"layer {descriptor.digest}: {error.message}", hint=error.hint or _DAMAGED) from error
        if index.diff_id != diff_id:
            raise IntegrityError(
                f"layer {descriptor.digest}: uncompressed it is {index.diff_id}, the image says {diff_id}",
                hint=_DAMAGED,
            )
        return Summed(index, bytes(checksums))

    def _read_through(self, descriptor: Descriptor, diff_id: Digest, checksums: bytearray | None) -> LayerIndex:
        tar = self._open_tar(descriptor, diff_id)
        if tar is not None:
            # Its index verifies it: once is enough. And reading a file is too little for a thread of its own.
            with tar:
                return index_layer(self._watched(tar, descriptor), checksums=checksums)
        look = self._kept[diff_id].taking(self._keep)
        with self._image.open_blob(descriptor) as stream:
            return index_ahead(self._watched(stream, descriptor), on_member=look)[0]

    def _open_tar(self, descriptor: Descriptor, diff_id: Digest) -> BinaryIO | None:
        """The tar of a layer where it can be read from any place, as often as somebody likes."""
        if isinstance(self._image, LayoutImage) and descriptor.digest == diff_id:
            return self._image.open_raw(diff_id)
        return None

    def _watched(self, stream: BinaryIO, descriptor: Descriptor) -> Watched:
        return Watched(stream, descriptor.digest.short, descriptor.size, self._progress)


def _in_threads(do: Callable[[Digest], _T], layers: Iterable[Digest]) -> dict[Digest, _T]:
    """What comes of several layers at a time. Raises what the first of them raises."""
    asked = list(layers)
    with ThreadPoolExecutor(_PARALLEL_LAYERS, thread_name_prefix="layer") as pool:
        try:
            return dict(zip(asked, pool.map(do, asked), strict=True))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _tell_seldom(tell: Tell, part: str, done_bytes: int, total_bytes: int | None) -> None:
    if done_bytes == total_bytes or done_bytes % _TOLD_BYTES < CHUNK_BYTES:
        tell(done_bytes)


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
