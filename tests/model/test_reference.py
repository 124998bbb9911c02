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


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("myApp:V1", "repository names are lower case: 'myapp:V1'"),
        ("my app", "repository names have no blanks: 'my-app'"),
        ("Host.example:5000/My App", "repository names are lower case and have no blanks: 'host.example:5000/my-app'"),
        ("My App!", "write [HOST/]NAME[:TAG], such as app:1.0"),
    ],
)
def test_the_hint_is_a_name_that_works(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Reference.parse(text)
    assert caught.value.hint == hint


def test_default_tag() -> None:
    assert Reference.parse("a").with_default_tag().tag == "latest"
    assert Reference.parse(f"a@{DIGEST}").with_default_tag().tag is None
