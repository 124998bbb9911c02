"""Putting images into registries (OCI distribution-spec 1.1, section Push).

Pushing is idempotent: a blob that is there is not sent again, one that another repository of the host has is mounted.
A blob is sent in one piece, as containerd does; an upload that breaks begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import quote

from jettison.enums import StrEnum
from jettison.errors import RegistryError
from jettison.frozen import dataclass, replace
from jettison.hints import BinaryIO
from jettison.model.image_source import ImageSource
from jettison.model.oci import Descriptor
from jettison.model.reference import Reference
from jettison.registry.auth import Scope
from jettison.registry.blob_reader import Progress
from jettison.registry.client import RegistryClient
from jettison.registry.errors import RegistryResponseError, RegistryUnreachableError
from jettison.registry.session import Call, Session
from jettison.registry.transport import RETRIED_STATUSES, Body, Response

_NOT_FOUND = 404
_CREATED = 201


class BlobFate(StrEnum):
    """What it took to have a blob in a repository."""

    SENT = "sent"
    MOUNTED = "mounted"
    """Another repository of the registry had it."""
    PRESENT = "present"
    """It was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pusher:
    """Pushes into one repository; several threads may push its blobs at once."""

    client: RegistryClient
    reference: Reference
    """Repository and, for :meth:`push_manifest`, the tag."""
    insecure: bool = False
    """Whether the registry need not prove who it is, whatever the configuration says."""

    def has_blob(self, descriptor: Descriptor) -> bool:
        """Whether the repository has a blob."""
        call = self._call("HEAD", f"blobs/{descriptor.digest}", f"look for a blob in {self.reference.repository}")
        with self._answer(call, accepted=frozenset({_NOT_FOUND})) as response:
            return response.status != _NOT_FOUND

    def push_blob(
        self,
        descriptor: Descriptor,
        open_blob: Callable[[], BinaryIO],
        *,
        mount_from: str = "",
        progress: Progress | None = None,
    ) -> BlobFate:
        """Make sure that the repository has a blob; tells what had to be done for that.

        ``mount_from`` is the path of a repository of the same host that may have it. ``open_blob`` is called anew for
        every attempt; the stream is closed here.
        """
        if self.has_blob(descriptor):
            return BlobFate.PRESENT
        attempts = self._session.settings.attempts
        for attempt in range(1, attempts + 1):
            location = self._begin_upload(descriptor, mount_from)
            if location is None:
                return BlobFate.MOUNTED
            try:
                self._upload(location, descriptor, open_blob, progress)
            except RegistryError as error:
                if attempt == attempts or not _may_pass(error):
                    raise
                self._session.transport.pause(attempt)
            else:
                break
        return BlobFate.SENT

    def _upload(
        self, location: str, descriptor: Descriptor, open_blob: Callable[[], BinaryIO], progress: Progress | None
    ) -> None:
        """Send a blob once: where that breaks, nobody knows how much of it the registry has kept."""

        @contextmanager
        def body() -> Iterator[_Counted]:
            with open_blob() as stream:
                yield _Counted(stream, descriptor.size, progress)

        separator = "&" if "?" in location else "?"
        call = self._call(
            "PUT",
            f"{location}{separator}digest={quote(descriptor.digest, safe='')}",
            f"push a blob to {self.reference.repository}",
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(descriptor.size)},
            body=body,
        )
        with self._answer(call, attempts=1):
            pass

    def push_manifest(self, descriptor: Descriptor, data: bytes, *, by_digest: bool = False) -> None:
        """Put a manifest or an index under the reference's tag, or under its digest where there is no tag to be.

        Everything that it names must be there already.
        """
        name = (None if by_digest else self.reference.with_default_tag().tag) or descriptor.digest
        call = self._call(
            "PUT",
            f"manifests/{name}",
            f"push the manifest of {self.reference}",
            headers={"Content-Type": descriptor.media_type},
            body=data,
        )
        with self._answer(call):
            pass

    def _begin_upload(self, descriptor: Descriptor, mount_from: str) -> str | None:
        """Where to send the blob to; None where the registry could mount it."""
        query = f"?mount={quote(descriptor.digest, safe='')}&from={quote(mount_from, safe='')}" if mount_from else ""
        action = f"push a blob to {self.reference.repository}"
        call = self._call("POST", f"blobs/uploads/{query}", action, mount_from=mount_from)
        with self._answer(call) as response:
            if mount_from and response.status == _CREATED:
                return None
            location = response.headers.get("Location")
        if not location:
            raise RegistryError(f"cannot {action}: {call.endpoint.reference.domain} does not say where to send it")
        return self._session.locate(call, self._session.url(call), location)

    @property
    def _session(self) -> Session:
        return self.client.session

    def _call(
        self,
        method: str,
        target: str,
        action: str,
        *,
        headers: dict[str, str] | None = None,
        body: Body = b"",
        mount_from: str = "",
    ) -> Call:
        endpoint = self.client.push_endpoint(self.reference)
        if self.insecure:
            endpoint = replace(endpoint, insecure=True)
        return Call(
            endpoint=endpoint,
            action=action,
            method=method,
            target=target,
            scope=Scope(repository=endpoint.reference.path, push=True, mount_from=mount_from),
            headers=headers or {},
            body=body,
        )

    @contextmanager
    def _answer(
        self, call: Call, accepted: frozenset[int] = frozenset(), attempts: int | None = None
    ) -> Iterator[Response]:
        """The response to a call, read to its end so that the connection can be used again."""
        response = self._session.send(call, accepted, attempts=attempts)
        try:
            yield response
            response.drain_conn()
        finally:
            response.close()


def push_image(
    client: RegistryClient, image: ImageSource, reference: Reference, *, progress: Progress | None = None
) -> Descriptor:
    """Push an image's blobs, one after another, and then its manifest; returns what the tag now stands for."""
    pusher = Pusher(client=client, reference=reference)
    for blob in (*image.manifest.layers, image.manifest.config):
        pusher.push_blob(blob, partial(image.open_blob, blob), progress=progress)
    pusher.push_manifest(image.descriptor, image.manifest_bytes)
    return image.descriptor


def _may_pass(error: RegistryError) -> bool:
    """Whether an upload that failed is worth another: the connection broke, or the registry lost track."""
    if isinstance(error, RegistryResponseError):
        return error.status in RETRIED_STATUSES or error.status == _NOT_FOUND
    return isinstance(error, RegistryUnreachableError)


class _Counted:
    """A stream that reports how far it was read."""

    def __init__(self, stream: BinaryIO, size: int, progress: Progress | None) -> None:
        self._stream = stream
        self._size = size
        self._progress = progress
        self._sent = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._sent += len(data)
        if self._progress is not None and data:
            self._progress(self._sent, self._size)
        return data
