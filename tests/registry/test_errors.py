"""Refusals become errors that say what to do."""

from __future__ import annotations

import pytest

from jettison.registry.errors import Refusal


def refusal(status: int, body: bytes = b"") -> Refusal:
    return Refusal.of("r.example", "fetch the manifest of r.example/a:b", status, body)


@pytest.mark.parametrize(
    ("status", "login", "user", "hint"),
    [
        (401, "docker.io", None, "does not exist or is private; log in with `jettison login` if it is private"),
        (401, "r.example", None, "log in with `jettison login r.example` if it is private"),
        (401, "r.example", "ali", "the credentials of 'ali' for r.example were refused"),
        (403, "r.example", None, "log in with `jettison login r.example` if it is private"),
        (403, "r.example", "ali", "'ali' has no right to do that at r.example"),
        (429, "docker.io", None, "too many requests for an anonymous user; log in with `jettison login` or wait"),
        (429, "docker.io", "ali", "too many requests; wait a while"),
        (404, "r.example", None, "check the name and the tag of the image"),
        (503, "r.example", None, "the registry has a problem of its own"),
        (403, "", None, None),
        (418, "r.example", None, None),
    ],
)
def test_hints_fit_the_case(status: int, login: str, user: str | None, hint: str | None) -> None:
    """Who is anonymous may log in; who is logged in has another problem; a foreign blob store has nothing to log in to."""
    error = refusal(status).error(login=login, user=user)
    assert error.status == status
    if hint is None:
        assert error.hint is None
    else:
        assert hint in str(error.hint)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known","detail":{}}]}',
            "404 NAME_UNKNOWN: repository name not known",
        ),
        (b'{"errors":[{"code":"A","message":"a"},{"code":"B","message":"b"}]}', "404 A: a; b"),
        (b'{"details":"bad password"}', "404: bad password"),
        (b'{"errors":[5,{"code":5}]}', "404"),
        (b'{"errors":{}}', "404"),
        (b"[]", "404"),
        (b"<html>", "404"),
        (b"\xff\xfe", "404"),
    ],
)
def test_the_registry_s_own_words_are_passed_on(body: bytes, said: str) -> None:
    """As far as the body is the error document of the specification."""
    assert str(refusal(404, body).error()) == f"cannot fetch the manifest of r.example/a:b: r.example answered {said}"


def test_a_lost_blob_is_not_a_wrong_name() -> None:
    """The image is there, but not all of it."""
    body = b'{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]}'
    assert "pushed anew" in str(refusal(404, body).error().hint)
