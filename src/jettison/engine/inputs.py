"""The inputs of a copy: a stack of layers, a directory, a file from a URL, a text in the Dockerfile."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping

from jettison.engine.layers import LayerFiles, Layers
from jettison.engine.slices import Content
from jettison.errors import BuildError
from jettison.frozen import dataclass, field
from jettison.hints import Protocol
from jettison.model.digest import Digest, chain_id
from jettison.model.entry import Entry, EntryType
from jettison.model.tree import Tree, tree_of
from jettison.sources.local import LocalContext
from jettison.store.store import Store


class Files(Protocol):
    """Files that can be copied."""

    @property
    def tree(self) -> Tree:
        """All of them; files may lack digests until :meth:`fingerprint`."""

    def fingerprint(self, entries: Iterable[Entry]) -> Iterable[Entry]:
        """The entries with digests where they are files, in their order."""

    def open(self, entry: Entry) -> Content:
        """The content of a file of the tree; read once, to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A root file system as a stack of layers, lowest first. They may not be on this machine yet."""

    layers: tuple[Digest, ...] = ()
    chain: Digest | None = field(default=None, compare=False, repr=False)
    """Its chain_id where that is known: worked out from the layer on top alone."""

    @property
    def chain_id(self) -> Digest:
        """What identifies it in cache keys."""
        return chain_id(self.layers) if self.chain is None else self.chain

    def on_top(self, layer: Digest) -> Snapshot:
        """The snapshot with one more layer."""
        chain = chain_id((self.chain_id, layer)) if self.layers else layer
        return Snapshot(layers=(*self.layers, layer), chain=chain)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextResult:
    """A build context, walked when it is needed."""

    context: LocalContext


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """One file: a download or a text."""

    entry: Entry
    """With its digest."""
    data: bytes | None
    """None: the content is the blob of the digest."""


Result = Snapshot | ContextResult | FileResult

ContextFiles = LocalContext | Snapshot | FileResult
"""The files of a build context: a folder, or what was fetched or came as an archive."""

EMPTY = Snapshot()


def files_of(result: Result | None, store: Store, layers: Layers) -> Files:
    """The files of a result; those of a snapshot must be on this machine."""
    if result is None:
        return LayerFiles(layers, ())
    if isinstance(result, Snapshot):
        return LayerFiles(layers, result.layers)
    if isinstance(result, ContextResult):
        return result.context
    return _SingleFile(result, store)


def with_files(files: Files, added: Mapping[str, bytes], mtime_ns: int) -> Files:
    """The files with some more at the top. Raises :class:`BuildError` where one is there already."""
    return _WithMore(files, added, mtime_ns) if added else files


class _WithMore:
    def __init__(self, files: Files, added: Mapping[str, bytes], mtime_ns: int) -> None:
        self._files = files
        self._added = added
        for name in added:
            if files.tree.get(name) is not None:
                raise BuildError(
                    f"the image has a file /{name}, where the attestation of that name would go",
                    hint="attestation-prefix=PREFIX in --output gives attestations other names",
                )
        made = {
            name: Entry(name, EntryType.FILE, 0o600, size=len(data), mtime_ns=mtime_ns, digest=Digest.of(data))
            for name, data in added.items()
        }
        self.tree = Tree(entries={**files.tree.entries, **made}, layer_numbers=files.tree.layer_numbers)

    def fingerprint(self, entries: Iterable[Entry]) -> list[Entry]:
        return list(entries)

    def open(self, entry: Entry) -> Content:
        data = self._added.get(entry.path)
        return self._files.open(entry) if data is None else io.BytesIO(data)


class _SingleFile:
    def __init__(self, result: FileResult, store: Store) -> None:
        self._result = result
        self._store = store
        self.tree = tree_of([result.entry])

    def fingerprint(self, entries: Iterable[Entry]) -> list[Entry]:
        return list(entries)

    def open(self, entry: Entry) -> Content:
        if self._result.data is not None:
            return io.BytesIO(self._result.data)
        assert entry.digest is not None and entry.type is EntryType.FILE
        return self._store.blobs.open(entry.digest)
