"""From a name to an image: the manifest of a platform and its config. Layers are fetched when someone reads them."""

from __future__ import annotations

import io

from jettison.errors import RegistryError
from jettison.frozen import dataclass, field
from jettison.hints import TYPE_CHECKING, BinaryIO
from jettison.model.document import MAX_DOCUMENT_BYTES
from jettison.model.oci import DOCKER_CONFIG, OCI_CONFIG, Descriptor, Index, Manifest, parse_manifest
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.model.select import image_platforms, select_manifest
from jettison.model.surroundings import Surroundings
from jettison.registry.client import FetchedManifest, RegistryClient
from jettison.registry.mirrors import Endpoint

if TYPE_CHECKING:
    from jettison.registry.blob_reader import Progress

_MAX_INDEX_DEPTH = 3
_CONFIG_TYPES = (OCI_CONFIG, DOCKER_CONFIG, "application/octet-stream")
"""The last is what docker wrote before 1.10 had its own type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedImage:
    """An image in a registry, as far as is known without its layers: an ``ImageSource``."""

    reference: Reference
    """What was asked for, with its default tag."""
    root: Descriptor
    """What the name stands for: the index where there is one, else the manifest. Docker's repository digest."""
    descriptor: Descriptor
    manifest: Manifest
    manifest_bytes: bytes = field(repr=False)
    config_bytes: bytes = field(repr=False)
    endpoints: tuple[Endpoint, ...]
    """Who served the manifest, then the others that may have its blobs."""
    client: RegistryClient = field(repr=False, compare=False)
    index: FetchedManifest | None = field(default=None, repr=False)
    """The index that names the manifest, where one does."""
    platforms: tuple[Platform, ...] = ()
    """Of the images among which this one was chosen, where its name stands for several."""

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        """See :meth:`jettison.model.image_source.ImageSource.open_blob`."""
        return self.client.fetch_blob(self.endpoints, descriptor)

    def fetch_blob(self, descriptor: Descriptor, progress: Progress) -> BinaryIO:
        """Like :meth:`open_blob`, reporting progress."""
        return self.client.fetch_blob(self.endpoints, descriptor, progress)

    def surroundings(self) -> Surroundings | None:
        """The index around it, with what is said about it there; None for an image that its name stands for alone."""
        around = self.index
        if around is None:
            return None
        document = parse_manifest(around.data, str(self.reference))
        if not isinstance(document, Index):
            return None
        return Surroundings(
            index=document,
            descriptor=around.descriptor,
            data=around.data,
            open_manifest=lambda entry: io.BytesIO(self.client.fetch_child(around, entry).data),
            open_blob=self.open_blob,
        )


def resolve_image(client: RegistryClient, reference: Reference, platform: Platform) -> ResolvedImage:
    """Fetch the manifest and the config of the image that ``reference`` means on ``platform``.

    A name that stands for a single image is taken whatever its platform is; the config tells. Raises
    :class:`RegistryError`, :class:`IntegrityError`, and :class:`NotFoundError` where the platform is missing.
    """
    reference = reference.with_default_tag()
    root = fetched = client.fetch_manifest(reference)
    manifest = parse_manifest(root.data, str(reference))
    platforms: tuple[Platform, ...] = ()
    around: FetchedManifest | None = None
    for _ in range(_MAX_INDEX_DEPTH):
        if isinstance(manifest, Manifest):
            break
        platforms = image_platforms(manifest)
        descriptor = select_manifest(manifest, platform, str(reference))
        around, fetched = fetched, client.fetch_child(root, descriptor)
        manifest = parse_manifest(fetched.data, f"{reference.repository}@{descriptor.digest}")
    if isinstance(manifest, Index):
        raise RegistryError(f"{reference}: indexes are nested deeper than {_MAX_INDEX_DEPTH} levels")
    if manifest.config.media_type not in _CONFIG_TYPES:
        raise RegistryError(
            f"{reference} is not a container image: its config has the type {manifest.config.media_type!r}"
        )
    if manifest.config.size > MAX_DOCUMENT_BYTES:
        raise RegistryError(f"{reference}: a config of {manifest.config.size} bytes is too large")
    others = [endpoint for endpoint in client.endpoints(reference) if endpoint != fetched.endpoint]
    endpoints = (fetched.endpoint, *others)
    with client.fetch_blob(endpoints, manifest.config) as stream:
        config_bytes = stream.read()
    return ResolvedImage(
        reference=reference,
        root=root.descriptor,
        descriptor=fetched.descriptor,
        manifest=manifest,
        manifest_bytes=fetched.data,
        config_bytes=config_bytes,
        endpoints=endpoints,
        client=client,
        index=around,
        platforms=platforms,
    )
