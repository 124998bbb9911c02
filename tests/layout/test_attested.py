"""Finding what is wrong with attestations: each case is a layout with one thing wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.layout.support import AMD64, layer_tar, make_image

from jettison.frozen import replace
from jettison.layout.bundle import BundledImage, bundle
from jettison.layout.content import LayoutContent, document_blob
from jettison.layout.files import DirectoryFiles
from jettison.layout.validate import validate_layout
from jettison.layout.write import write_oci_layout
from jettison.model.attestation import REFERENCE_DIGEST, REFERENCE_TYPE, Statement
from jettison.model.digest import Digest
from jettison.model.oci import Descriptor, Index, Manifest, parse_manifest, write_manifest
from jettison.model.platform import Platform

PREDICATE = "https://spdx.dev/Document"
DIGEST = {"sha256": "1" * 64}
GOOD = {
    "_type": "https://in-toto.io/Statement/v1",
    "predicateType": PREDICATE,
    "subject": [{"name": "x", "digest": DIGEST}],
    "predicate": {},
}


def problems(
    folder: Path,
    statement: object = GOOD,
    *,
    as_artifact: bool = True,
    entry: Callable[[Descriptor], Descriptor] = lambda entry: entry,
    manifest: Callable[[Manifest], Manifest] = lambda manifest: manifest,
) -> list[str]:
    """What is found in the layout of an image with that statement, changed in one place."""
    image = make_image(layer_tar({"hello": b"HELLO"}), platform=AMD64)
    told = Statement(predicate_type=PREDICATE, data=json.dumps(statement).encode())
    good = bundle([BundledImage(image=image, statements=(told,))], artifacts=as_artifact)
    first, (about, data), _ = good.documents
    parsed = parse_manifest(data)
    assert isinstance(parsed, Manifest)
    changed = write_manifest(manifest(parsed))
    about = entry(replace(about, digest=Digest.of(changed), size=len(changed)))
    index = write_manifest(Index(manifests=(first[0], about)))
    root = Descriptor(media_type=good.root.media_type, digest=Digest.of(index), size=len(index))
    documents = [document_blob(root, index), document_blob(about, changed), document_blob(*first)]
    write_oci_layout(folder, LayoutContent(entries=(root,), blobs=(*documents, *good.blobs)))
    return [finding.message for finding in validate_layout(DirectoryFiles(folder))]


@pytest.mark.parametrize("as_artifact", [True, False])
def test_nothing_is_wrong(tmp_path: Path, as_artifact: bool) -> None:
    """With either form of the manifest."""
    assert problems(tmp_path, as_artifact=as_artifact) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_type": "https://in-toto.io/Statement/v9"}, "layer 0: its type is 'https://in-toto.io/Statement/v9'"),
        ({"predicateType": "other"}, f"layer 0: its predicate is other, described as {PREDICATE}"),
        ({"predicate": 1}, "layer 0: statement.predicate: expected an object, found 1"),
        ({"subject": [{"name": "x"}]}, "layer 0: statement.subject[0]: the field 'digest' is missing"),
    ],
)
def test_statements(tmp_path: Path, change: dict[str, object], message: str) -> None:
    """That are none, or say something else than their descriptor."""
    assert problems(tmp_path, GOOD | change) == [message]


def _annotated(key: str, value: str) -> Callable[[Descriptor], Descriptor]:
    return lambda entry: replace(entry, annotations=tuple({**dict(entry.annotations), key: value}.items()))


@pytest.mark.parametrize(
    ("entry", "messages"),
    [
        (_annotated(REFERENCE_TYPE, "other"), ["is a 'other', which nobody knows"]),
        (
            _annotated(REFERENCE_DIGEST, f"sha256:{'0' * 64}"),
            [
                f"is about sha256:{'0' * 64}, which is not in the index",
                "its subject is not what its descriptor says that it is about",
            ],
        ),
        (
            lambda entry: replace(entry, platform=Platform.parse("linux/amd64")),
            ["is for linux/amd64, must be for unknown/unknown"],
        ),
    ],
)
def test_entries_of_the_index(tmp_path: Path, entry: Callable[[Descriptor], Descriptor], messages: list[str]) -> None:
    """That lead nowhere, or to what a container runtime would take for an image."""
    assert problems(tmp_path, entry=entry) == messages


def test_layers_that_are_no_statements(tmp_path: Path) -> None:
    """Are named."""
    found = problems(
        tmp_path,
        manifest=lambda good: replace(good, layers=(replace(good.layers[0], media_type="text/plain"),)),
    )
    assert found == ["layer 0: 'text/plain' is no type of statement"]
