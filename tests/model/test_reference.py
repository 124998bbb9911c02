"""References are read and printed as docker does."""

from __future__ import annotations

import pytest

from jettison.errors import JettisonError, UsageError
from jettison.model.reference import Reference

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "full", "familiar"),
    [
        ("alpine", "docker.io/library/alpine", "alpine"),
        ("alpine:3.19", "docker.io/library/alpine:3.19", "alpine:3.19"),
        ("docker.io/alpine", "docker.io/library/alpine", "alpine"),
        ("index.docker.io/library/alpine", "docker.io/library/alpine", "alpine"),
        ("user/app:x", "docker.io/user/app:x", "user/app:x"),
        ("localhost/app", "localhost/app", "localhost/app"),
        ("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"),
        ("quay.io/coreos/etcd:v3.3.9", "quay.io/coreos/etcd:v3.3.9", "quay.io/coreos/etcd:v3.3.9"),
        ("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a"),
        (f"alpine@{DIGEST}", f"docker.io/library/alpine@{DIGEST}", f"alpine@{DIGEST}"),
        (f"a.b/c:d@{DIGEST}", f"a.b/c:d@{DIGEST}", f"a.b/c:d@{DIGEST}"),
    ],
)
def test_parse(text: str, full: str, familiar: str) -> None:
    reference = Reference.parse(text)
    assert str(reference) == full
    assert reference.familiar() == familiar
    assert Reference.parse(full) == reference


@pytest.mark.parametrize(
    "text", ["", ":tag", "Alpine", "a b", "a:", "a:b c", "a//b", "-a", "a@sha256:12", "http://x/y", "a" * 300, "x/-y"]
)
def test_refused(text: str) -> None:
    with pytest.raises(JettisonError):
        Reference.parse(text)


def test_upper_case_gets_a_hint() -> None:
    with pytest.raises(UsageError) as caught:
        Reference.parse("myApp")
    assert caught.value.hint is not None
    assert "myapp" in caught.value.hint


def test_default_tag() -> None:
    assert Reference.parse("a").with_default_tag().tag == "latest"
    assert Reference.parse(f"a@{DIGEST}").with_default_tag().tag is None
