"""An image whose manifest, config and blobs lie in the files of a layout."""

from __future__ import annotations

from collections.abc import Callable

from jettison.errors import IntegrityError
from jettison.frozen import dataclass, field
from jettison.hints import BinaryIO
from jettison.model.digest import Digest
from jettison.model.document import MAX_DOCUMENT_BYTES
from jettison.model.oci import Descriptor, Manifest
from jettison.model.platform import Platform
from jettison.model.verified_reader import open_verified


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutImage:
    """An image in an OCI layout or a docker archive, valid while that is open: an ``ImageSource``."""

    descriptor: Descriptor
    manifest: Manifest
    manifest_bytes: bytes = field(repr=False)
    config_bytes: bytes = field(repr=False)
    open_raw: Callable[[Digest], BinaryIO] = field(repr=False, compare=False)
    """Opens the file of a blob, unverified."""
    what: str
    """The folder or archive, for messages."""
    platforms: tuple[Platform, ...] = ()
    """Of the images among which this one was chosen, where its name stands for several."""

    def open_blob(self, descriptor: Descriptor) -> BinaryIO:
        """See :meth:`jettison.model.image_source.ImageSource.open_blob`."""
        return open_verified(self.open_raw(descriptor.digest), descriptor, f"{self.what}: blob {descriptor.digest}")


def read_blob_document(open_raw: Callable[[Digest], BinaryIO], descriptor: Descriptor, what: str) -> bytes:
    """A whole small blob (a manifest, a config), verified."""
    if descriptor.size > MAX_DOCUMENT_BYTES:
        raise IntegrityError(f"{what}: {descriptor.digest} is too large ({descriptor.size} bytes) for a JSON document")
    with open_verified(open_raw(descriptor.digest), descriptor, f"{what}: blob {descriptor.digest}") as stream:
        return stream.read()
