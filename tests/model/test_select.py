"""Choosing a platform's image from an index."""

from __future__ import annotations

import pytest

from jettison.errors import NotFoundError
from jettison.model.digest import Digest
from jettison.model.oci import OCI_MANIFEST, Descriptor, Index
from jettison.model.platform import Platform
from jettison.model.select import select_manifest


def entry(platform: str, **annotations: str) -> Descriptor:
    return Descriptor(
        media_type=OCI_MANIFEST,
        digest=Digest.of(f"{platform}{annotations}".encode()),
        size=1,
        platform=Platform.parse(platform) if platform else None,
        annotations=tuple((key.replace("_", "."), value) for key, value in annotations.items()),
    )


@pytest.mark.parametrize(
    ("asked", "available", "chosen"),
    [
        ("linux/amd64", "linux/arm64 linux/amd64", "linux/amd64"),
        ("linux/amd64", "linux/amd64/v3 linux/amd64", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64 linux/amd64/v2", "linux/amd64/v2"),
        ("linux/amd64/v3", "linux/amd64/v4 linux/amd64", "linux/amd64"),
        ("linux/amd64", "linux/386", "linux/386"),
        ("linux/arm/v7", "linux/arm/v5 linux/arm/v7", "linux/arm/v7"),
        ("linux/arm/v7", "linux/arm/v5 linux/arm/v6", "linux/arm/v6"),
        ("linux/arm/v6", "linux/arm/v7 linux/arm/v5", "linux/arm/v5"),
        ("linux/arm", "linux/arm/v7", "linux/arm/v7"),
        ("linux/arm64", "linux/arm/v7 linux/arm64/v8", "linux/arm64"),
        ("linux/arm64", "linux/arm/v6 linux/arm/v7", "linux/arm/v7"),
        ("linux/s390x", "linux/amd64 linux/s390x", "linux/s390x"),
    ],
)
def test_the_best_that_runs_is_chosen(asked: str, available: str, chosen: str) -> None:
    """The highest variant that the machine runs, as containerd matches."""
    index = Index(manifests=tuple(entry(platform) for platform in available.split()))
    assert str(select_manifest(index, Platform.parse(asked), "x").platform) == chosen


@pytest.mark.parametrize(("asked", "available"), [("linux/arm/v6", "linux/arm/v7"), ("linux/386", "linux/amd64")])
def test_what_does_not_run_is_not_chosen(asked: str, available: str) -> None:
    """The error lists what there is."""
    with pytest.raises(NotFoundError, match=f"x: there is no image for platform {asked}") as caught:
        select_manifest(Index(manifests=(entry(available),)), Platform.parse(asked), "x")
    assert caught.value.hint == f"available: {available}"


def test_attestations_are_no_images() -> None:
    """What BuildKit puts beside images is neither chosen nor listed."""
    statement = entry("unknown/unknown", vnd_docker_reference_type="attestation-manifest")
    index = Index(manifests=(statement, entry("linux/amd64")))
    assert select_manifest(index, Platform.parse("linux/amd64"), "x") == index.manifests[1]
    with pytest.raises(NotFoundError) as caught:
        select_manifest(index, Platform.parse("linux/arm64"), "x")
    assert caught.value.hint == "available: linux/amd64"


def test_an_image_without_platform_is_taken_only_alone() -> None:
    """Where there is a choice, nobody knows which it is for."""
    bare = entry("")
    assert select_manifest(Index(manifests=(bare,)), Platform.parse("linux/amd64"), "x") == bare
    with pytest.raises(NotFoundError):
        select_manifest(Index(manifests=(bare, entry("linux/arm64"))), Platform.parse("linux/s390x"), "x")
