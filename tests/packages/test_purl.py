"""Package URLs."""

from __future__ import annotations

import pytest

from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.packages.purl import golang_purl, image_purl, npm_purl, purl, pypi_purl

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (
            purl(
                "deb",
                "libstdc++6",
                "12.2.0-14",
                namespace="debian",
                qualifiers=(("distro", "debian-12"), ("arch", "amd64"), ("upstream", "")),
            ),
            "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14?arch=amd64&distro=debian-12",
        ),
        (purl("deb", "a", "1:2~3+b1"), "pkg:deb/a@1:2~3%2Bb1"),
        (pypi_purl("Django_Foo.bar", "1.0+local"), "pkg:pypi/django-foo-bar@1.0%2Blocal"),
        (npm_purl("@angular/core", "1.2.3"), "pkg:npm/%40angular/core@1.2.3"),
        (npm_purl("left-pad", "1.0.0"), "pkg:npm/left-pad@1.0.0"),
        (golang_purl("github.com/BurntSushi/toml", "v1.2.0"), "pkg:golang/github.com/burntsushi/toml@v1.2.0"),
        (golang_purl("stdlib", "1.22.1"), "pkg:golang/stdlib@1.22.1"),
        (purl("maven", "log4j-core", "2.1", namespace="org.x"), "pkg:maven/org.x/log4j-core@2.1"),
    ],
)
def test_forms(made: str, expected: str) -> None:
    """Names, versions and qualifiers are quoted as the specification says, qualifiers sorted, empty ones left out."""
    assert made == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("alpine", "pkg:docker/alpine@latest?platform=linux%2Famd64"),
        ("alpine:3.17", "pkg:docker/alpine@3.17?platform=linux%2Famd64"),
        ("ghcr.io/a/b/c:1", "pkg:docker/ghcr.io/a/b/c@1?platform=linux%2Famd64"),
        (f"alpine@{DIGEST}", f"pkg:docker/alpine?digest={DIGEST}&platform=linux%2Famd64"),
        (f"alpine:3@{DIGEST}", f"pkg:docker/alpine@3?digest={DIGEST}&platform=linux%2Famd64"),
        ("localhost:5000/x", "pkg:docker/localhost%3A5000/x@latest?platform=linux%2Famd64"),
    ],
)
def test_images(reference: str, expected: str) -> None:
    """Images are named as BuildKit names them in its attestations."""
    assert image_purl(Reference.parse(reference), Platform(os="linux", architecture="amd64")) == expected
