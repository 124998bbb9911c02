"""Are the attestations of a layout what they claim to be? Rules: BuildKit, docs/attestations/attestation-storage.md."""

from __future__ import annotations

from collections.abc import Iterator

from jettison.errors import IntegrityError
from jettison.layout.image import read_blob_document
from jettison.layout.oci_layout import OciLayout
from jettison.model.attestation import ATTESTATION_MANIFEST, PREDICATE_TYPE, REFERENCE_DIGEST, REFERENCE_TYPE, STATEMENT
from jettison.model.document import Node
from jettison.model.oci import Descriptor, Index, Manifest

_STATEMENT_TYPE = "https://in-toto.io/Statement/v1"


def attestation_problems(layout: OciLayout, entry: Descriptor, manifest: Manifest, index: Index) -> Iterator[str]:
    """What is wrong with the manifest of attestations that ``entry`` of ``index`` names; its blobs are read."""
    annotations = dict(entry.annotations)
    if annotations.get(REFERENCE_TYPE) != "attestation-manifest":
        yield f"is a {annotations.get(REFERENCE_TYPE)!r}, which nobody knows"
    about = next((other for other in index.manifests if other.digest == annotations.get(REFERENCE_DIGEST)), None)
    if about is None or about.digest == entry.digest:
        yield f"is about {annotations.get(REFERENCE_DIGEST)}, which is not in the index"
    if entry.platform is None or str(entry.platform) != "unknown/unknown":
        yield f"is for {entry.platform}, must be for unknown/unknown"
    if manifest.artifact_type == ATTESTATION_MANIFEST:
        subject = manifest.subject
        if subject is None or about is None or (subject.digest, subject.size) != (about.digest, about.size):
            yield "its subject is not what its descriptor says that it is about"
    for number, blob in enumerate((manifest.config, *manifest.layers)):
        where = "config" if number == 0 else f"layer {number - 1}"
        try:
            data = read_blob_document(layout.open_raw, blob, layout.files.what)
            if number:
                yield from (f"{where}: {message}" for message in _statement_problems(blob, data))
        except IntegrityError as error:
            yield f"{where}: {error.message}"


def _statement_problems(blob: Descriptor, data: bytes) -> Iterator[str]:
    if blob.media_type != STATEMENT:
        yield f"{blob.media_type!r} is no type of statement"
        return
    node = Node.parse(data, "statement")
    if node.require("_type").text() != _STATEMENT_TYPE:
        yield f"its type is {node.require('_type').text()!r}"
    predicate_type = node.require("predicateType").text()
    if dict(blob.annotations).get(PREDICATE_TYPE) != predicate_type:
        yield f"its predicate is {predicate_type}, described as {dict(blob.annotations).get(PREDICATE_TYPE)}"
    node.require("predicate").object()
    for subject in node.require("subject").items():
        subject.require("name").text()
        subject.require("digest").text_map()
