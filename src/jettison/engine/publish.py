"""Putting a bundle into a registry: blobs several at a time, then the manifests, the one that the tag names last."""

from __future__ import annotations

from collections.abc import Callable

from jettison.engine.layers import Progress
from jettison.layout.bundle import Bundle
from jettison.layout.content import Blob
from jettison.model.digest import Digest
from jettison.model.oci import Descriptor
from jettison.model.reference import Reference
from jettison.pools import ThreadPoolExecutor
from jettison.registry.client import RegistryClient
from jettison.registry.push import BlobFate, Pusher
from jettison.store.store import Store

_PARALLEL_UPLOADS = 5
"""Docker's number of concurrent uploads."""

Told = Callable[[Descriptor, BlobFate, str], None]
"""Called when a blob is where it has to be, from any thread; with the repository that it was mounted from."""


def publish(
    bundle: Bundle,
    reference: Reference,
    client: RegistryClient,
    store: Store,
    progress: Progress,
    *,
    told: Told = lambda descriptor, fate, origin: None,
    by_digest: bool = False,
    insecure: bool = False,
) -> None:
    """Push the bundle under the tag of ``reference``, or under its digest alone.

    Blobs that the registry has are not sent; one that another repository of the same host is known to have is mounted.
    """
    pusher = Pusher(client=client, reference=reference, insecure=insecure)
    origins = _origins(reference, store)

    def push_one(blob: Blob) -> None:
        digest = blob.descriptor.digest
        origin = origins.get(digest, "")
        fate = pusher.push_blob(
            blob.descriptor,
            blob.open,
            mount_from=origin,
            progress=lambda done, total: progress(digest.short, done, total),
        )
        told(blob.descriptor, fate, origin if fate is BlobFate.MOUNTED else "")

    with ThreadPoolExecutor(_PARALLEL_UPLOADS, thread_name_prefix="push") as pool:
        futures = [pool.submit(push_one, blob) for blob in bundle.blobs]
        try:
            for future in futures:
                future.result()
        finally:
            for future in futures:
                future.cancel()
    for descriptor, data in bundle.documents[:-1]:
        pusher.push_manifest(descriptor, data, by_digest=True)
    root, data = bundle.documents[-1]
    pusher.push_manifest(root, data, by_digest=by_digest)


def _origins(reference: Reference, store: Store) -> dict[Digest, str]:
    """Other repositories of the registry that have blobs of the store: those that they came from."""
    found: dict[Digest, str] = {}
    for record in store.images.list():
        paths = [
            name.path for name in record.repo_digests if name.domain == reference.domain and name.path != reference.path
        ]
        if not paths:
            continue
        for diff_id in record.diff_ids:
            for encoding in store.layers.encodings(diff_id):
                found.setdefault(encoding.digest, paths[0])
    return found
