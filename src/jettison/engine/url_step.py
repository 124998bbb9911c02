"""ADD of a URL: the file becomes a blob; later builds only ask the server whether it changed."""

from __future__ import annotations

from collections.abc import Callable

from jettison import frozen
from jettison.dockerfile.git_ref import split_credentials
from jettison.engine.inputs import FileResult
from jettison.engine.layers import Progress
from jettison.errors import IntegrityError
from jettison.frozen import dataclass
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType
from jettison.model.op import HttpOp
from jettison.solve.keys import key_of
from jettison.sources.access import RemoteAccess
from jettison.sources.http import Validators, fetch_url
from jettison.store.cache import CacheRecord
from jettison.store.store import Store

_FILE_MODE = 0o600
"""As the Dockerfile reference says of remote files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedFile:
    """A file as it was when it was fetched last."""

    digest: Digest
    validators: Validators
    result: FileResult
    is_certain: bool
    """Whether the server need not be asked: ``--checksum`` wants exactly this file."""


def remembered_file(op: HttpOp, store: Store) -> RememberedFile | None:
    """What the store has of an earlier fetch; None where it has nothing."""
    record = store.cache.get(_key(op))
    if record is None or not record.blobs or not store.blobs.has(record.blobs[0]):
        return None
    digest, validators = record.blobs[0], Validators(**record.payload)
    return RememberedFile(
        digest=digest,
        validators=validators,
        result=_result(op, store, digest, validators),
        is_certain=digest == op.checksum,
    )


def fetch_file(
    op: HttpOp, store: Store, progress: Progress, clock: Callable[[], float], access: RemoteAccess
) -> tuple[FileResult, bool]:
    """Fetch the file of ``op`` into the store, or find that the one there is still right: then the flag is set.

    Raises :class:`IntegrityError` where it does not have the digest that ``--checksum`` asks for.
    """
    remembered = remembered_file(op, store)
    if remembered is not None and remembered.is_certain:
        return remembered.result, True
    known = None if remembered is None else remembered.validators
    shown, _ = split_credentials(op.url)

    def tell(done: int, total: int | None) -> None:
        progress(op.filename, done, total)

    with store.blobs.writer() as writer:
        response = fetch_url(op.url, writer, known, tell, access=access)
        if response.unchanged and remembered is not None:
            digest = remembered.digest
        else:
            digest = writer.commit()
    if op.checksum is not None and digest != op.checksum:
        raise IntegrityError(
            f"digest mismatch for {shown}: {digest} (expected: {op.checksum})", hint="--checksum asks for another file"
        )
    if response.unchanged:
        return _result(op, store, digest, response.validators), True
    store.cache.put(
        CacheRecord(
            key=_key(op),
            kind="url",
            name=shown,
            payload=frozen.asdict(response.validators),
            blobs=(digest,),
            created_at=clock(),
        )
    )
    return _result(op, store, digest, response.validators), False


def _key(op: HttpOp) -> Digest:
    return key_of({"kind": "url", "url": op.url}, [])


def _result(op: HttpOp, store: Store, digest: Digest, validators: Validators) -> FileResult:
    entry = Entry(
        op.filename,
        EntryType.FILE,
        mode=_FILE_MODE,
        size=store.blobs.size(digest) or 0,
        mtime_ns=validators.mtime_ns,
        digest=digest,
    )
    return FileResult(entry=entry, data=None)
