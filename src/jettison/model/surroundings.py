"""What stands around an image where it lies: the index that it is in, with what is said about it there.

Source: BuildKit ``docs/attestations/attestation-storage.md``. All of it is a claim of whoever made the index: only
bytes are verified.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from jettison.errors import IntegrityError
from jettison.frozen import dataclass, field
from jettison.hints import BinaryIO
from jettison.model.attestation import attestations_about, statement_in
from jettison.model.digest import Digest
from jettison.model.document import MAX_DOCUMENT_BYTES
from jettison.model.oci import Descriptor, Index, Manifest, parse_manifest

MAX_ATTESTATIONS = 16
"""More manifests about one image are passed over: BuildKit writes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAttestations:
    """A manifest of statements about an image, as it was found."""

    entry: Descriptor
    """As it stands in the index."""
    manifest: Manifest
    data: bytes = field(repr=False)

    @property
    def parts(self) -> tuple[Descriptor, ...]:
        """The blobs that it names, each once."""
        named = (self.manifest.config, *self.manifest.layers)
        return tuple({part.digest: part for part in named}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The index around an image; valid as long as the place that it was found in is open."""

    index: Index
    descriptor: Descriptor | None
    """What the index is; None for the list of contents of a layout, which is no image's."""
    data: bytes = field(repr=False)
    open_manifest: Callable[[Descriptor], BinaryIO | None] = field(repr=False, compare=False)
    """Opens a manifest that the index names, verified; None where it is not there."""
    open_blob: Callable[[Descriptor], BinaryIO] = field(repr=False, compare=False)

    def attestations(self, about: Digest) -> Iterator[FoundAttestations]:
        """The manifests with statements about the image manifest of that digest, as far as they are there.

        Raises :class:`IntegrityError` for one that is none.
        """
        for entry in attestations_about(self.index, about)[:MAX_ATTESTATIONS]:
            if entry.size > MAX_DOCUMENT_BYTES:
                raise IntegrityError(f"{entry.digest} is too large ({entry.size} bytes) for a manifest")
            stream = self.open_manifest(entry)
            if stream is None:
                continue
            with stream:
                data = stream.read()
            manifest = parse_manifest(data, f"attestation manifest {entry.digest}")
            if not isinstance(manifest, Manifest):
                raise IntegrityError(f"attestation manifest {entry.digest}: it is an index")
            yield FoundAttestations(entry=entry, manifest=manifest, data=data)

    def statement(self, about: Digest, predicate_types: Collection[str]) -> bytes | None:
        """The first statement of one of these types about an image manifest; None where there is none.

        Raises :class:`IntegrityError` for one that is too large to be read.
        """
        for attestation in self.attestations(about):
            found = statement_in(attestation.manifest, predicate_types)
            if found is None:
                continue
            if found.size > MAX_DOCUMENT_BYTES:
                raise IntegrityError(f"a statement of {found.size} bytes is larger than {MAX_DOCUMENT_BYTES}")
            with self.open_blob(found) as stream:
                return stream.read()
        return None
