"""Build contexts that are no folders: repositories, files of web servers, archives (BuildKit: ``dockerui/context.go``).

An archive becomes a layer as it stands, with its owners; a repository, its files at one commit. What is no archive is a
Dockerfile, the only file of its context. No ``.dockerignore`` counts in any of them, as in BuildKit.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager

from jettison.dockerfile.git_ref import GitRef, git_op, parse_git_ref, shown_source
from jettison.engine.git_step import Repositories
from jettison.engine.inputs import ContextFiles, FileResult, Snapshot
from jettison.errors import BuildError, IntegrityError, UsageError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, BinaryIO
from jettison.layer.stream import Readable
from jettison.model.entry import EntryType
from jettison.model.op import GitOp, HttpOp
from jettison.solve.keys import key_of
from jettison.store.cache import CacheRecord

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FILE_NAME = "context"
"""What a fetched file is called in its context."""
_WEB = ("http://", "https://")
_PEEK_BYTES = 1 << 20

Announce = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedContext:
    """A context that was fetched or read from a stream."""

    files: ContextFiles | None
    """None: there are none, ``dockerfile`` is all there was."""
    dockerfile: bytes | None = None
    """The one file, where that is no archive."""
    pin: str = ""
    """What was fetched: a commit, or the digest of a file; empty where it came on a stream."""


def parse_remote(text: str) -> GitOp | HttpOp | None:
    """What fetches the context, None where ``text`` is a path; :class:`UsageError` for one that means nothing."""
    found: GitRef | None = parse_git_ref(text)
    if found is not None:
        return git_op(found)
    return HttpOp(url=text, filename=FILE_NAME) if text.startswith(_WEB) else None


class RemoteContexts:
    """Fetches the contexts of a set of builds, equal ones once."""

    def __init__(self, repositories: Repositories, announce: Announce) -> None:
        self._repositories = repositories
        self._store = repositories.store
        self._announce = announce
        self.layers = repositories.layers
        self._known: dict[GitOp | HttpOp, FetchedContext] = {}

    def fetch(self, op: GitOp | HttpOp, limit_bytes: int) -> FetchedContext:
        """The context; a file that is no archive is read up to one byte more than the limit."""
        if op not in self._known:
            with self._announce(f"[internal] load remote build context {shown_source(op)}"):
                self._known[op] = self._fetch(op, limit_bytes)
        return self._known[op]

    def fetch_text(self, url: str, limit_bytes: int) -> bytes:
        """The beginning of a file of a web server, up to one byte more than the limit."""
        op = HttpOp(url=url, filename=FILE_NAME)
        with self._announce(f"[internal] load {shown_source(op)}"):
            return self._read(self._file(op), limit_bytes)

    def read(self, stream: BinaryIO, limit_bytes: int) -> FetchedContext:
        """What comes on standard input: an archive, else a Dockerfile without any files."""
        from jettison.engine.archives import is_archive

        peekable = io.BufferedReader(_Raw(stream), _PEEK_BYTES)
        if is_archive(io.BytesIO(peekable.peek(_PEEK_BYTES))):
            return FetchedContext(files=self._take_archive(peekable, "standard input"))
        return FetchedContext(files=None, dockerfile=peekable.read(limit_bytes + 1))

    def _fetch(self, op: GitOp | HttpOp, limit_bytes: int) -> FetchedContext:
        if isinstance(op, GitOp):
            files, _ = self._repositories.fetch(op, _quiet)
            return FetchedContext(files=files, pin=self._repositories.commits[op])
        file = self._file(op)
        assert file.entry.digest is not None
        key = key_of({"kind": "context archive"}, [file.entry.digest])
        record = self._store.cache.get(key)
        if record is not None:
            self._repositories.lease.hold_layers(record.layers)
            if self._store.layers.has(record.layers[0]):
                return FetchedContext(files=Snapshot(layers=record.layers), pin=file.entry.digest)
        from jettison.engine.archives import is_archive

        with self._store.blobs.open(file.entry.digest) as start:
            if not is_archive(start):
                return FetchedContext(files=file, dockerfile=self._read(file, limit_bytes), pin=file.entry.digest)
        with self._store.blobs.open(file.entry.digest) as archive:
            files = self._take_archive(archive, shown_source(op))
        self._store.cache.put(
            CacheRecord(
                key=key,
                kind="layer",
                name=f"context {shown_source(op)}",
                layers=files.layers,
                created_at=self._repositories.clock(),
            )
        )
        return FetchedContext(files=files, pin=file.entry.digest)

    def _file(self, op: HttpOp) -> FileResult:
        from jettison.engine.url_step import fetch_file

        repositories = self._repositories
        file, _ = fetch_file(op, self._store, _quiet, repositories.clock, repositories.access)
        return file

    def _read(self, file: FileResult, limit_bytes: int) -> bytes:
        assert file.entry.digest is not None
        with self._store.blobs.open(file.entry.digest) as content:
            return content.read(limit_bytes + 1)

    def _take_archive(self, stream: Readable, source: str) -> Snapshot:
        """Keep the archive as the layer that it is, but for its compression."""
        from jettison.layer.decompress import Decompressed
        from jettison.layer.index import index_layer

        with self._store.blobs.writer(hashed=False) as tar:
            try:
                index = index_layer(Decompressed(stream), tap=tar.write)
            except IntegrityError as error:
                raise IntegrityError(f"the build context from {source}: {error.message}", hint=error.hint) from error
            for entry in index.entries:
                if entry.type in (EntryType.WHITEOUT, EntryType.OPAQUE):
                    raise BuildError(
                        f"the build context holds a file named .wh.{entry.name}, which an image layer cannot hold",
                        hint="names that start with .wh. mark deletions in image layers; rename the file",
                    )
            tar.commit(index.diff_id)
        self.layers.add(index)
        self._repositories.lease.hold_layers([index.diff_id])
        return Snapshot(layers=(index.diff_id,))


def named_files(name: str, spec: str) -> GitOp | HttpOp | None:
    """What fetches a named context; None for one that is a folder. Raises :class:`UsageError`."""
    try:
        return parse_remote(spec)
    except UsageError as error:
        raise UsageError(f"--build-context {name}: {error.message}", hint=error.hint) from error


def _quiet(part: str, done: int, total: int | None) -> None:
    """Contexts are fetched before there is a graph to tell of."""


class _Raw(io.RawIOBase):
    """Standard input as a raw stream, so that it can be looked into before it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        return len(data)
