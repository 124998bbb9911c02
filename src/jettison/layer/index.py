"""The index of a layer: everything about its files but their bytes, and making it from a tar in one pass."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, TypeAlias
from jettison.layer.entry_columns import NO_DIGEST, EntryColumns
from jettison.layer.stream import Readable, Sink
from jettison.layer.whiteout import PREFIX as WHITEOUT_PREFIX
from jettison.layer.whiteout import is_whiteout_name, parse_whiteout
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType

if TYPE_CHECKING:
    from jettison.layer.tar_content import Content


HASHED_BYTES = 4096
"""Up to so much is hashed as soon as it is told apart otherwise."""
_AT_ONCE = 1024
"""So many entries are put into columns together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerIndex:
    """What a layer's tar holds. ``entries`` are in the order of the tar; of two with one path the later one counts."""

    diff_id: Digest
    tar_bytes: int
    """The length of the whole uncompressed tar."""
    entries: Sequence[Entry]

    @property
    def content_bytes(self) -> int:
        """The bytes of all its files: what docker calls the size of a layer."""
        entries = self.entries
        return sum(entries.sizes if isinstance(entries, EntryColumns) else [entry.size for entry in entries])


OnMember: TypeAlias = "Callable[[Entry, Content], object]"
"""Is shown each entry of a layer while it is indexed: WHITEOUT and OPAQUE are typed, the digest is not known yet.
It may read the content, or a part of it, while it runs."""


def index_layer(
    stream: Readable,
    *,
    on_member: OnMember | None = None,
    tap: Sink | None = None,
    diff_id: Digest | None = None,
    checksums: bytearray | None = None,
) -> LayerIndex:
    """Read a layer's uncompressed tar to its end, once: digests of all contents, offsets, and its diff_id.

    ``tap`` is given every byte, so that the same pass can copy the tar. ``diff_id`` is for a stream that verifies
    itself: its bytes are not hashed twice. Where there are ``checksums``, contents of more than ``HASHED_BYTES`` get no
    digest, but their checksum is appended there, one after the other. Raises :class:`IntegrityError` for an archive
    that is corrupt or that no file system could hold: a member below a file or a symbolic link of the same layer.
    """
    from jettison.layer.tar_read import read_tar

    sha256 = hashlib.sha256()
    tar_bytes = 0

    def count(data: bytes) -> None:
        nonlocal tar_bytes
        tar_bytes += len(data)
        if diff_id is None:
            sha256.update(data)
        if tap is not None:
            tap(data)

    if checksums is not None:
        from jettison.layer.checksum import Checksum
    columns = EntryColumns()
    entries: list[Entry] = []
    sha256s: list[bytes] = []
    shape = _Shape()
    for member in read_tar(stream, tap=count, hashed=True):
        entry = member.entry
        if WHITEOUT_PREFIX in entry.path and is_whiteout_name(entry.path):
            whiteout = parse_whiteout(entry.path)
            if whiteout is None:
                continue
            entry = whiteout
        shape.add(entry)
        content = member.content
        is_large = checksums is not None and content.size > HASHED_BYTES
        if is_large:
            content.digester = Checksum
        if on_member is not None:
            on_member(entry, content)
        if entry.type is EntryType.FILE:
            digest = content.finish() or NO_DIGEST
            if checksums is not None and is_large:
                checksums += digest
                digest = NO_DIGEST
            sha256s.append(digest)
        entries.append(entry)
        if len(entries) == _AT_ONCE:
            columns.append_all(entries, sha256s)
            entries.clear()
            sha256s.clear()
    if entries:
        columns.append_all(entries, sha256s)
    if diff_id is None:
        diff_id = Digest("sha256:" + sha256.hexdigest())
    return LayerIndex(diff_id=diff_id, tar_bytes=tar_bytes, entries=columns)


class _Shape:
    """Sees to it that what lies in a layer lies in directories."""

    __slots__ = ("_directories", "_others")

    def __init__(self) -> None:
        self._directories = {""}
        self._others: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Take note of an entry; raise :class:`IntegrityError` where a parent is not a directory."""
        path, kind = entry.path, entry.type
        folder = path if kind is EntryType.OPAQUE else path.rpartition("/")[0]
        if folder not in self._directories:
            self._add_parents(folder, entry)
        if kind is EntryType.DIRECTORY:
            self._directories.add(path)
            self._others.discard(path)
        elif kind is not EntryType.WHITEOUT and kind is not EntryType.OPAQUE:
            self._others.add(path)
            if path in self._directories:
                self._directories = {
                    kept for kept in self._directories if kept != entry.path and not kept.startswith(entry.path + "/")
                }

    def _add_parents(self, path: str, entry: Entry) -> None:
        while path not in self._directories:
            if path in self._others:
                raise IntegrityError(
                    f"the layer holds /{entry.path}, but the same layer says that /{path} is no directory"
                )
            self._directories.add(path)
            path = path.rpartition("/")[0]
