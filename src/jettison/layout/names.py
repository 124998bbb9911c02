"""The names in layouts and archives (OCI image-spec v1.1, image-layout.md; docker's ``image/tarexport``)."""

from __future__ import annotations

from jettison.model.digest import Digest

LAYOUT_FILE = "oci-layout"
INDEX_FILE = "index.json"
LAYOUT_VERSION = "1.0.0"
REF_NAME = "org.opencontainers.image.ref.name"
"""Annotation in index.json: a tag, or a whole reference as skopeo and podman write it."""
IMAGE_NAME = "io.containerd.image.name"
"""Annotation in index.json: a whole reference, as BuildKit and containerd write it."""
MANIFEST_FILE = "manifest.json"
"""Of docker's archives."""


def blob_name(digest: Digest) -> str:
    """Where a layout keeps a blob."""
    return f"blobs/{digest.algorithm}/{digest.hex}"
