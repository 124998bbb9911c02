"""What is no image, or none that can be read, is named."""

from __future__ import annotations

import pytest
from tests.layout.support import describe, layer_tar, make_image

from jettison.errors import IntegrityError
from jettison.frozen import replace
from jettison.model.image_source import image_config
from jettison.model.oci import OCI_CONFIG, OCI_LAYER_GZIP

IMAGE = make_image(layer_tar({"hello": b"HELLO"}))


@pytest.mark.parametrize(
    ("config_type", "artifact_type", "layer_type", "message"),
    [
        ("application/vnd.oci.empty.v1+json", "application/x", "text/plain", "it is no image, but application/x"),
        ("application/vnd.cncf.helm.config.v1+json", "", "text/plain", "it is no image, but application/vnd.cncf.helm"),
        (OCI_CONFIG, "", OCI_LAYER_GZIP, "the field 'rootfs' is missing"),
        (OCI_CONFIG, "", f"{OCI_LAYER_GZIP}+encrypted", "it is encrypted"),
    ],
)
def test_what_is_no_image(config_type: str, artifact_type: str, layer_type: str, message: str) -> None:
    """By the types that its manifest tells."""
    manifest = replace(
        IMAGE.manifest,
        config=describe(config_type, b"{}"),
        layers=(describe(layer_type, b"x"),),
        artifact_type=artifact_type,
    )
    with pytest.raises(IntegrityError, match=message):
        image_config(replace(IMAGE, manifest=manifest, config_bytes=b"{}"))
