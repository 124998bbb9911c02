"""One image, wherever it lies: a registry, an OCI layout, a docker archive, the store.

Whoever needs an image (the engine, an export, a check) asks this interface and does not know where the bytes come from.
``tests/contracts/test_image_sources.py`` runs one suite over every implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jettison.errors import IntegrityError
from jettison.frozen import dataclass, field
from jettison.hints import TYPE_CHECKING, BinaryIO, Protocol
from jettison.model.config import ImageConfig
from jettison.model.config_json import parse_image_config
from jettison.model.digest import Digest
from jettison.model.oci import DOCKER_CONFIG, OCI_CONFIG, Descriptor, Manifest
from jettison.model.reference import Reference

if TYPE_CHECKING:
    from jettison.model.surroundings import Surroundings


class ImageSource(Protocol):
    """A manifest, a config, and the blobs that they name. Safe to use from several threads at once."""

    @property
    def descriptor(self) -> Descriptor:
        """What the manifest is: the digest of exactly ``manifest_bytes``."""
        ...

    @property
    def manifest(self) -> Manifest:
        """``manifest_bytes``, parsed."""
        ...

    @property
    def manifest_bytes(self) -> bytes:
        """The manifest as it lies at its source, or as it was made for a source that has none (docker archives)."""
        ...

    @property
    def config_bytes(self) -> bytes:
        """The image config, verified; its digest is the image id."""
        ...

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        """Open the config or a layer of the manifest for reading, as stored: compressed if it is compressed.

        Every call gives an independent stream, which the caller closes. Reading it to the end verifies digest and size:
        the read that would deliver the last byte of damaged content raises :class:`IntegrityError` instead. A reader
        that stops earlier has verified nothing.
        """
        ...


_ENCRYPTED = "+encrypted"
_DECRYPT = "only who has the key can decrypt it: skopeo copy --decryption-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedImage:
    """An image and the names that it bears in an archive: read from one, or to be written into one."""

    image: ImageSource
    names: tuple[Reference, ...] = ()
    find_surroundings: Callable[[], Surroundings | None] = field(default=lambda: None, repr=False, compare=False)
    """Looks for the index around it, where it was read from a layout; valid as long as that is open."""


def image_config(image: ImageSource) -> ImageConfig:
    """The parsed config; raises :class:`IntegrityError` where it and the manifest differ in the number of layers.

    And where it is no image that is there, or one whose layers nobody can read.
    """
    manifest = image.manifest
    for layer in manifest.layers:
        if layer.media_type.endswith(_ENCRYPTED):
            raise IntegrityError(f"layer {layer.digest}: it is encrypted ({layer.media_type})", hint=_DECRYPT)
    try:
        config = parse_image_config(image.config_bytes, f"config {manifest.config.digest}")
    except IntegrityError as error:
        if manifest.config.media_type in (OCI_CONFIG, DOCKER_CONFIG):
            raise
        kind = manifest.artifact_type or manifest.config.media_type
        raise IntegrityError(f"manifest {image.descriptor.digest}: it is no image, but {kind}") from error
    if len(config.diff_ids) != len(image.manifest.layers):
        raise IntegrityError(
            f"manifest {image.descriptor.digest}: it names {len(image.manifest.layers)} layers, "
            f"its config {len(config.diff_ids)}"
        )
    return config


def layers_of(image: ImageSource) -> Iterable[tuple[Descriptor, Digest]]:
    """Each layer's descriptor together with the digest of its uncompressed tar, lowest first."""
    return zip(image.manifest.layers, image_config(image).diff_ids, strict=True)
