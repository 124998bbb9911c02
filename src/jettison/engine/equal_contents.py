"""The digests of files that may be equal to others, and of no more: what is alone with its checksum equals nothing.

Hashing every content takes as long as verifying the layers. Where contents can be read again from where they lie, a
checksum is made of each first, and those are hashed of which there are several.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress

from jettison.layer.entry_columns import DIGEST_BYTES, EntryColumns
from jettison.layer.index import HASHED_BYTES, LayerIndex
from jettison.layer.stream import CHUNK_BYTES, Readable
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.tuples import NamedTuple

_FILE = ord(EntryType.FILE.value)


class Unhashed(NamedTuple):
    """A file without a digest."""

    entry: int
    """Its number among the entries of its layer."""
    file: int
    """Its number among the files of its layer."""


class Summed(NamedTuple):
    """A layer whose large files have a checksum in place of a digest."""

    layer: LayerIndex
    checksums: bytes
    """Of ``CHECKSUM_BYTES`` each."""

    @property
    def columns(self) -> EntryColumns:
        """Its entries."""
        assert isinstance(self.layer.entries, EntryColumns)
        return self.layer.entries


def may_be_equal(layers: Sequence[Summed]) -> dict[Digest, list[Unhashed]]:
    """Those of the large files of an image's layers of which another, or the same once more, has the same checksum.

    By diff_id; what the same layer holds that is there twice counts twice.
    """
    known = Counter(chain.from_iterable(memoryview(layer.checksums).cast("I") for layer in layers))
    several = {checksum for checksum, count in known.items() if count > 1}
    found: dict[Digest, list[Unhashed]] = {}
    for layer in layers:
        diff_id = layer.layer.diff_id
        if diff_id not in found:
            is_asked = map(several.__contains__, memoryview(layer.checksums).cast("I"))
            found[diff_id] = [*compress(_large(layer.columns), is_asked)]
    return {diff_id: files for diff_id, files in found.items() if files}


def hash_contents(
    columns: EntryColumns, files: Iterable[Unhashed], open_content: Callable[[Entry], Readable]
) -> Iterator[bytes]:
    """The digests of files of a layer, in their order."""
    entries = list(columns)  # in their order they cost least
    for file in files:
        sha256 = hashlib.sha256()
        content = open_content(entries[file.entry])
        while data := content.read(CHUNK_BYTES):
            sha256.update(data)
        yield sha256.digest()


def put_digests(columns: EntryColumns, files: Iterable[Unhashed], sha256s: bytes) -> None:
    """Have the digests known of which :func:`hash_contents` says so."""
    for number, file in enumerate(files):
        start = file.file * DIGEST_BYTES
        columns.digests[start : start + DIGEST_BYTES] = sha256s[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]


def _large(columns: EntryColumns) -> Iterator[Unhashed]:
    """The files of which a checksum was made in place of a digest, in their order."""
    file = 0
    for entry, (letter, size) in enumerate(zip(columns.types, columns.sizes, strict=True)):
        if letter == _FILE:
            if size > HASHED_BYTES:
                yield Unhashed(entry, file)
            file += 1
