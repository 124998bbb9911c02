"""Layers: what is kept of each, ``layers/<diff_id hex>/{index,tree,image}``, and which compressed blobs they are.

*index*: the layer's table of contents, bytes that ``jettison.layer`` writes and reads. *tree*: its files unpacked as
overlayfs wants them. *image*: a file system that is mounted with the tar as its device, in place of the tree. The
uncompressed tar is the blob whose digest is the diff_id. Each may be there without the other.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jettison.frozen import dataclass
from jettison.hints import Any
from jettison.model.digest import Digest
from jettison.store.blobs import Blobs
from jettison.store.database import Database
from jettison.store.erase import erase
from jettison.store.faults import storage_faults
from jettison.store.home import Home, digest_of_name, is_there
from jettison.store.leases import Leases
from jettison.store.temporary import Session

_INDEX = "index"
_TREE = "tree"
_IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A compressed form of a layer that is known: made here, or pulled. Its blob need not be in the store."""

    diff_id: Digest
    digest: Digest
    media_type: str
    size: int
    codec: str
    """``gzip``, ``zstd``, …; ``""`` for none."""
    level: int | None = None
    """None where somebody else compressed it."""
    blocks: tuple[int, ...] = ()
    """The lengths of the blocks that it consists of, where we compressed it; see ``jettison.layer.compress``."""


class Layers:
    """All layers of the store."""

    def __init__(self, home: Home, database: Database, session: Session, leases: Leases, blobs: Blobs) -> None:
        self._home = home
        self._database = database
        self._session = session
        self._leases = leases
        self._blobs = blobs

    def has(self, diff_id: Digest) -> bool:
        """Whether the layer can be used: its index is there, and its files as a tar or as a tree."""
        return bool(self.files(diff_id))

    def files(self, diff_id: Digest) -> tuple[Path, ...]:
        """The index, and the tar or the tree: what the layer can be used by; empty where it cannot."""
        folder = self._home.layer(diff_id)
        if not is_there(folder / _INDEX):
            return ()
        if self._blobs.has(diff_id):
            return folder / _INDEX, self._blobs.path(diff_id)
        return (folder / _INDEX, folder / _TREE) if is_there(folder / _TREE) else ()

    def put_index(self, diff_id: Digest, *parts: bytes | bytearray, size_bytes: int | None = None) -> None:
        """Store the index, which may come in parts; idempotent.

        ``size_bytes`` is what the layer adds to an image as docker counts it.
        """
        self._leases.protect_layer(diff_id)
        known = self.index_bytes(diff_id)
        if known is None or known != b"".join(parts):
            self._put(diff_id, _INDEX, *parts)
        if size_bytes is not None and size_bytes != self.size(diff_id):
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO layers (diff_id, size_bytes) VALUES (?, ?)"
                    " ON CONFLICT (diff_id) DO UPDATE SET size_bytes = excluded.size_bytes",
                    (diff_id, size_bytes),
                )

    def index_bytes(self, diff_id: Digest) -> bytes | None:
        """The index as it was stored; None where there is none."""
        path = self._home.layer(diff_id) / _INDEX
        with storage_faults("read", path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def size(self, diff_id: Digest) -> int | None:
        """What the layer adds to an image in bytes, as :meth:`put_index` was told; None where it was not."""
        with self._database.read() as connection:
            row = connection.execute("SELECT size_bytes FROM layers WHERE diff_id = ?", (diff_id,)).fetchone()
        return row[0] if row else None

    def tree(self, diff_id: Digest) -> Path | None:
        """The folder that holds the layer's files unpacked, never to be changed; None where there is none."""
        path = self._home.layer(diff_id) / _TREE
        return path if is_there(path) else None

    def image(self, diff_id: Digest) -> Path | None:
        """The file system of the layer, to be mounted with its tar; None where there is none."""
        path = self._home.layer(diff_id) / _IMAGE
        return path if is_there(path) else None

    def put_image(self, diff_id: Digest, data: bytes) -> Path:
        """Store the file system of the layer; idempotent."""
        return self._put(diff_id, _IMAGE, data)

    @contextmanager
    def new_tree_directory(self) -> Iterator[Path]:
        """An empty folder of mode 0755 on the store's file system; what is not adopted is removed at the end."""
        with self._session.directory("tree") as path:
            path.chmod(0o755)
            yield path

    def adopt_tree(self, diff_id: Digest, directory: Path) -> Path:
        """Rename a finished folder into place; idempotent. Where another process was first, ours is removed.

        The folder is gone from ``directory`` afterwards, in every case.
        """
        self._leases.protect_layer(diff_id)
        target = self._home.layer(diff_id) / _TREE
        with storage_faults("store", target):
            try:
                if is_there(target):
                    erase(directory)
                else:
                    self._into_layer(diff_id, lambda: directory.rename(target))
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
                erase(directory)
        return target

    def record_encoding(self, encoding: Encoding) -> None:
        """Remember that a blob is a layer compressed; idempotent."""
        self._leases.protect_layer(encoding.diff_id)
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO encodings (diff_id, digest, media_type, size_bytes, codec, level, blocks)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    encoding.diff_id,
                    encoding.digest,
                    encoding.media_type,
                    encoding.size,
                    encoding.codec,
                    encoding.level,
                    struct.pack(f"<{len(encoding.blocks)}I", *encoding.blocks) or None,
                ),
            )

    def encodings(self, diff_id: Digest) -> tuple[Encoding, ...]:
        """All known compressed forms of the layer, whether their blobs are here or not."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT diff_id, digest, media_type, size_bytes, codec, level, blocks FROM encodings"
                " WHERE diff_id = ? ORDER BY codec, level, digest",
                (diff_id,),
            ).fetchall()
        return tuple(_encoding(row) for row in rows)

    def encodings_of_blob(self, digest: Digest) -> tuple[Encoding, ...]:
        """The layers that this blob is a compressed form of: one, unless two tars compress to the same bytes."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT diff_id, digest, media_type, size_bytes, codec, level, blocks FROM encodings"
                " WHERE digest = ? ORDER BY diff_id",
                (digest,),
            ).fetchall()
        return tuple(_encoding(row) for row in rows)

    def all(self) -> Iterator[Digest]:
        """The diff_ids of all layers of which an index or a tree is here, in no order."""
        with storage_faults("list", self._home.layers):
            names = os.listdir(self._home.layers)
        for name in names:
            digest = digest_of_name(name)
            if digest is not None:
                yield digest

    def _put(self, diff_id: Digest, name: str, *parts: bytes | bytearray) -> Path:
        self._leases.protect_layer(diff_id)
        path = self._session.new_path(name)
        target = self._home.layer(diff_id) / name
        with storage_faults("write", target):
            with path.open("xb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            self._into_layer(diff_id, lambda: path.rename(target))
        return target

    def _into_layer(self, diff_id: Digest, rename: Callable[[], object]) -> None:
        """Rename into the layer's folder, which a prune may take away at any moment before.

        The rename is not synced: whoever reads of a layer looks for it, and makes anew what a power failure undid.
        """
        folder = self._home.layer(diff_id)
        while True:
            folder.mkdir(mode=0o755, exist_ok=True)
            try:
                rename()
            except FileNotFoundError:
                if folder.exists():
                    raise
                continue
            return


def _encoding(row: tuple[Any, ...]) -> Encoding:
    diff_id, digest, media_type, size, codec, level, blocks = row
    return Encoding(
        diff_id=Digest(diff_id),
        digest=Digest(digest),
        media_type=media_type,
        size=size,
        codec=codec,
        level=level,
        blocks=() if blocks is None else struct.unpack(f"<{len(blocks) // 4}I", blocks),
    )
