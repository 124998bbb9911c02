"""Resolving names to images at a real registry."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.registry.support import AMD64, ARM64, Registry, make_image, make_index

from jettison.errors import IntegrityError, NotFoundError, RegistryError
from jettison.model.oci import OCI_INDEX
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.registry.pull import resolve_image


def test_a_tag_resolves_to_its_manifest_and_config(registry: Registry, client: RegistryClient) -> None:
    """The manifest is computed from what arrived, the config is fetched, and layers can be opened."""
    image = make_image(b"one" * 1000, b"two")
    registry.put_image("team/app", "v1", image)
    reference = Reference.parse(f"{registry.host}/team/app:v1")

    resolved = resolve_image(client, reference, AMD64)

    assert resolved.manifest == image.manifest
    assert resolved.manifest_bytes == image.manifest_bytes
    assert resolved.descriptor == resolved.root == image.descriptor
    assert resolved.config_bytes == image.blobs[image.manifest.config.digest]
    with resolved.open_blob(resolved.manifest.layers[0]) as stream:
        assert stream.read() == b"one" * 1000


def test_an_index_gives_the_image_of_the_platform(registry: Registry, client: RegistryClient) -> None:
    """The root is the index, the descriptor the chosen manifest; also where the index is named by its digest."""
    images = make_image(b"amd"), make_image(b"arm", platform=ARM64)
    for image in images:
        registry.put_image("multi", image.descriptor.digest, image)
    index = make_index(*images, platforms=(AMD64, ARM64))
    registry.put_manifest("multi", "latest", index, OCI_INDEX)
    reference = Reference.parse(f"{registry.host}/multi")

    resolved = resolve_image(client, reference, ARM64)

    assert resolved.manifest == images[1].manifest
    assert resolved.descriptor.digest == images[1].descriptor.digest
    assert resolved.root.media_type == OCI_INDEX
    assert resolved.reference.tag == "latest"
    by_digest = Reference.parse(f"{registry.host}/multi@{resolved.root.digest}")
    assert resolve_image(client, by_digest, ARM64).manifest == images[1].manifest
    with pytest.raises(NotFoundError, match="no image for platform linux/s390x") as caught:
        resolve_image(client, reference, Platform.parse("linux/s390x"))
    assert caught.value.hint == "available: linux/amd64, linux/arm64"


def test_a_digest_is_verified(registry: Registry, client: RegistryClient) -> None:
    """A registry whose stored manifest was changed cannot pass it off as what the digest names."""
    image = make_image(b"pinned")
    registry.put_image("pinned", "v1", image)
    reference = Reference.parse(f"{registry.host}/pinned@{image.descriptor.digest}")
    assert resolve_image(client, reference, AMD64).manifest == image.manifest

    data = registry.blob_file(image.descriptor.digest)
    data.write_bytes(image.manifest_bytes.replace(b"sha256:", b"sha256:", 1)[:-1] + b" }")
    with pytest.raises((IntegrityError, RegistryError)):
        resolve_image(client, reference, AMD64)


def test_an_unknown_image_is_named(registry: Registry, client: RegistryClient) -> None:
    """The error says what was asked for, where, and in the registry's words why not."""
    with pytest.raises(RegistryError) as caught:
        resolve_image(client, Reference.parse(f"{registry.host}/nobody/knows:this"), AMD64)
    assert str(caught.value) == (
        f"cannot fetch the manifest of {registry.host}/nobody/knows:this: {registry.host} answered "
        "404 MANIFEST_UNKNOWN: manifest unknown"
    )
    assert caught.value.hint == "check the name and the tag of the image"


def test_importing_loads_no_http_library() -> None:
    """The cached path of a build never pays for urllib3."""
    code = "import sys, jettison.registry.pull; sys.exit('urllib3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
