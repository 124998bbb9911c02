"""Credentials from docker's and podman's files and from helper programs."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from jettison.errors import RegistryError
from jettison.model.reference import Reference
from jettison.registry.credentials import Credential, CredentialStore


def encoded(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def find(path: Path, reference: str) -> Credential | None:
    return CredentialStore((path,)).find(Reference.parse(reference))


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        ("https://index.docker.io/v1/", "busybox"),
        ("index.docker.io", "team/app"),
        ("docker.io", "busybox"),
        ("registry-1.docker.io", "busybox"),
        ("reg.example:5000", "reg.example:5000/a"),
        ("https://reg.example", "reg.example/a/b"),
        ("http://reg.example/v2/", "reg.example/a/b"),
        ("reg.example/a", "reg.example/a/b"),
        ("reg.example/a/b", "reg.example/a/b:tag"),
    ],
)
def test_every_way_of_writing_a_registry(tmp_path: Path, key: str, reference: str) -> None:
    """Docker and podman have written their keys in many ways."""
    path = write(tmp_path / "config.json", {"auths": {key: encoded("ali", "open:sesame")}})
    assert find(path, reference) == Credential(username="ali", password="open:sesame")


def test_the_most_specific_key_counts(tmp_path: Path) -> None:
    """Podman keeps credentials of single repositories; other registries get none."""
    auths = {"r.example": encoded("host", "1"), "r.example/a": encoded("a", "2"), "r.example/a/b": encoded("b", "3")}
    path = write(tmp_path / "auth.json", {"auths": auths})
    users = {
        name: found.username if (found := find(path, f"{name}:t")) else None
        for name in ("r.example/a/b", "r.example/a/c", "r.example/ab", "other.example/a/b")
    }
    assert users == {"r.example/a/b": "b", "r.example/a/c": "a", "r.example/ab": "host", "other.example/a/b": None}


def test_files_are_asked_in_order(tmp_path: Path) -> None:
    """The first file that knows the registry answers; files that do not exist are empty."""
    one = write(tmp_path / "one", {"auths": {"x.example": encoded("one", "p")}})
    two = write(tmp_path / "two", {"auths": {"x.example": encoded("two", "p"), "y.example": encoded("two", "p")}})
    store = CredentialStore((tmp_path / "none", one, two))
    users = [(found := store.find(Reference.parse(f"{host}.example/a"))) and found.username for host in "xyz"]
    assert users == ["one", "two", None]


def test_identity_tokens_and_plain_fields(tmp_path: Path) -> None:
    """``identitytoken`` as docker login writes it for some registries, and user and password in the clear."""
    auths = {
        "t.example": {**encoded("00000000", ""), "identitytoken": "T"},
        "p.example": {"username": "u", "password": "p"},
    }
    path = write(tmp_path / "config.json", {"auths": auths})
    assert find(path, "t.example/a") == Credential(username="00000000", identity_token="T")
    assert find(path, "p.example/a") == Credential(username="u", password="p")


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real helper program, docker-credential-tests, that notes what it was asked."""
    program = tmp_path / "docker-credential-tests"
    program.write_text(
        """#!/bin/sh
[ "$1" = get ] || exit 3
read -r server
echo "$server" >> "$(dirname "$0")/asked"
case "$server" in
  none*) echo 'credentials not found in native keychain'; exit 1 ;;
  token*) echo '{"ServerURL": "x", "Username": "<token>", "Secret": "T0KEN"}' ;;
  broken*) echo 'S3CRET {' ;;
  dead*) echo 'S3CRET' >&2; exit 2 ;;
  *) echo '{"ServerURL": "x", "Username": "helped", "Secret": "S3CRET"}' ;;
esac
"""
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def test_helpers_are_asked(helper: Path) -> None:
    """A helper of one host, the default helper, docker.io's old name, and a helper that knows nothing."""
    one = write(
        helper / "one.json", {"credHelpers": {"own.example": "tests"}, "auths": {"file.example": encoded("f", "p")}}
    )
    assert find(one, "own.example/a") == Credential(username="helped", password="S3CRET")
    assert find(one, "file.example/a") == Credential(username="f", password="p")
    assert find(one, "else.example/a") is None
    every = write(helper / "every.json", {"credsStore": "tests", "auths": {"any.example": {}}})
    assert find(every, "any.example/a") == Credential(username="helped", password="S3CRET")
    assert find(every, "busybox") == Credential(username="helped", password="S3CRET")
    assert find(every, "token.example/a") == Credential(username="<token>", identity_token="T0KEN")
    assert find(every, "none.example/a") is None
    asked = (helper / "asked").read_text().split()
    assert asked == ["own.example", "any.example", "https://index.docker.io/v1/", "token.example", "none.example"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"credsStore": "tests"}, "broken.example did not answer with credentials"),
        (
            {"credHelpers": {"broken.example": "missing"}},
            "docker-credential-missing for broken.example is not installed",
        ),
        ({"credHelpers": {"broken.example": "../tests"}}, "invalid credential helper '../tests'"),
        ({"auths": {"broken.example": {"auth": "S3CRET!"}}}, "the credentials for broken.example are malformed"),
        ({"auths": {"broken.example": {"auth": 53}}}, "the credentials for broken.example are malformed"),
        ({"auths": []}, "config.json.auths: expected an object"),
    ],
)
def test_errors_hold_no_secrets(helper: Path, document: object, message: str) -> None:
    """What is wrong is said without what must not be said."""
    path = write(helper / "config.json", document)
    with pytest.raises(RegistryError, match=message) as caught:
        find(path, "broken.example/a")
    assert "S3CRET" not in f"{caught.value} {caught.value.hint}"
    assert "53" not in str(caught.value)


def test_a_failing_helper_is_an_error(helper: Path) -> None:
    """A keychain that is locked is not the same as one that is empty."""
    path = write(helper / "config.json", {"credsStore": "tests"})
    with pytest.raises(RegistryError, match=r"docker-credential-tests for dead\.example failed with exit code 2"):
        find(path, "dead.example/a")


def test_secrets_are_not_in_reprs() -> None:
    """A credential that ends up in a log does no harm."""
    assert "S3CRET" not in repr(Credential(username="u", password="S3CRET", identity_token="S3CRET"))
