"""Fetching from registries and pushing to them (OCI distribution-spec 1.1, sections Pull and Push).

Nothing that a registry says is trusted: content is what its digest says, and a manifest that was asked for by tag is
whatever arrives. Mirrors are asked first, in the order of registries.conf; the registry itself is asked last.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock
from types import TracebackType

from jettison.errors import IntegrityError, JettisonError, RegistryError
from jettison.frozen import dataclass, replace
from jettison.hints import TYPE_CHECKING, BinaryIO, Self, TypeVar
from jettison.model.digest import Digest
from jettison.model.document import MAX_DOCUMENT_BYTES
from jettison.model.oci import INDEX_TYPES, MANIFEST_TYPES, Descriptor, parse_manifest
from jettison.model.reference import Reference
from jettison.model.verified_reader import open_verified, read_verified
from jettison.registry.credentials import CredentialStore
from jettison.registry.mirrors import Endpoint, RegistriesConf
from jettison.registry.settings import NetworkSettings

if TYPE_CHECKING:
    from jettison.registry.blob_reader import Progress
    from jettison.registry.session import Session
    from jettison.registry.transport import Response

T = TypeVar("T")

_ACCEPT = ", ".join(MANIFEST_TYPES + INDEX_TYPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedManifest:
    """A manifest or an index, and who served it."""

    data: bytes
    descriptor: Descriptor
    endpoint: Endpoint


class RegistryClient:
    """All registries, as one user sees them. Safe to use from several threads; close it, or use it in ``with``."""

    def __init__(
        self,
        *,
        conf: Callable[[], RegistriesConf] = RegistriesConf,
        credentials: CredentialStore = CredentialStore.NONE,
        settings: NetworkSettings | None = None,
    ) -> None:
        """``conf`` reads the mirrors, when the first registry is asked for; it raises what is wrong with its files."""
        self._conf = cache(conf)
        self._credentials = credentials
        self._settings = settings or NetworkSettings()
        self._session: Session | None = None
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept for reuse; a client that was never used has none."""
        with self._lock:
            if self._session is not None:
                self._session.close()

    @property
    def session(self) -> Session:
        """The connections, made with the first request: loading the HTTP library takes a while."""
        from jettison.registry.session import Session

        with self._lock:
            if self._session is None:
                self._session = Session(self._credentials, self._settings)
            return self._session

    def endpoints(self, reference: Reference) -> tuple[Endpoint, ...]:
        """Whom to ask for an image, in order."""
        return self._conf().pull_endpoints(reference)

    def push_endpoint(self, reference: Reference) -> Endpoint:
        """Where to push an image."""
        return self._conf().push_endpoint(reference)

    def fetch_manifest(self, reference: Reference) -> FetchedManifest:
        """Fetch what a tag or a digest names; a digest is verified, a tag's digest is computed."""
        reference = reference.with_default_tag()
        return _first(self.endpoints(reference), lambda endpoint: self._fetch_manifest(endpoint, reference))

    def fetch_child(self, parent: FetchedManifest, descriptor: Descriptor) -> FetchedManifest:
        """Fetch a manifest that an index names, from where the index came."""
        endpoint = parent.endpoint
        child = replace(endpoint.reference, tag=None, digest=descriptor.digest)
        fetched = self._fetch_manifest(endpoint, child)
        return replace(fetched, descriptor=descriptor, data=_verified(fetched.data, descriptor, str(child)))

    def fetch_blob(
        self, endpoints: Sequence[Endpoint], descriptor: Descriptor, progress: Progress | None = None
    ) -> BinaryIO:
        """Open a blob at the first endpoint that has it; digest and size are verified while it is read.

        See :func:`jettison.model.verified_reader.open_verified` for when damage is reported. The caller closes.
        """
        from jettison.registry.blob_reader import BlobReader

        def open_first(endpoint: Endpoint) -> BinaryIO:
            reader = BlobReader(
                lambda offset: self._open_blob(endpoint, descriptor.digest, offset),
                host=endpoint.reference.domain,
                size=descriptor.size,
                attempts=self._settings.attempts,
                pause=self.session.transport.pause,
                progress=progress,
            )
            return open_verified(reader, descriptor, f"blob of {endpoint.reference.repository}")

        return _first(endpoints, open_first)

    def _fetch_manifest(self, endpoint: Endpoint, asked: Reference) -> FetchedManifest:
        from jettison.registry.auth import Scope
        from jettison.registry.session import Call

        call = Call(
            endpoint=endpoint,
            action=f"fetch the manifest of {asked}",
            method="GET",
            target=f"manifests/{asked.digest or endpoint.reference.digest or endpoint.reference.tag}",
            scope=Scope(repository=endpoint.reference.path),
            headers={"Accept": _ACCEPT},
        )
        response, data = self.session.read(call, MAX_DOCUMENT_BYTES)
        descriptor = Descriptor(
            media_type=response.headers.get("Content-Type", ""),
            digest=asked.digest or Digest.of(data),
            size=len(data),
        )
        what = f"manifest of {asked} from {endpoint.reference.domain}"
        _verified(data, descriptor, what)
        descriptor = replace(descriptor, media_type=parse_manifest(data, what).media_type)
        return FetchedManifest(data=data, descriptor=descriptor, endpoint=endpoint)

    def _open_blob(self, endpoint: Endpoint, digest: Digest, offset: int) -> Response:
        from jettison.registry.auth import Scope
        from jettison.registry.session import Call

        call = Call(
            endpoint=endpoint,
            action=f"fetch a blob of {endpoint.reference.repository} ({digest})",
            method="GET",
            target=f"blobs/{digest}",
            scope=Scope(repository=endpoint.reference.path),
            headers={"Range": f"bytes={offset}-"} if offset else {},
        )
        return self.session.send(call)


def _verified(data: bytes, descriptor: Descriptor, what: str) -> bytes:
    return read_verified(io.BytesIO(data), descriptor, what)


def _first(endpoints: Sequence[Endpoint], attempt: Callable[[Endpoint], T]) -> T:
    """The first success; else the error of the registry itself, with those of its mirrors."""
    failures: list[str] = []
    for endpoint in endpoints[:-1]:
        try:
            return attempt(endpoint)
        except (RegistryError, IntegrityError) as error:
            failures.append(f"mirror {endpoint.reference.domain}: {error.message}")
    try:
        return attempt(endpoints[-1])
    except JettisonError as error:
        if not failures:
            raise
        raise RegistryError(f"{error.message} (before that, {'; '.join(failures)})", hint=error.hint) from error
