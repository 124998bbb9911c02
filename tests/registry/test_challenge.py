"""The WWW-Authenticate header."""

from __future__ import annotations

import pytest

from jettison.registry.challenge import parse_challenges

BEARER = {"realm": "https://auth.example/token", "service": "reg.example", "scope": "repository:a/b:pull,push"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], []),
        ([""], []),
        (["Basic"], [("basic", {})]),
        (['Basic realm="a registry"'], [("basic", {"realm": "a registry"})]),
        (['basic REALM="x"'], [("basic", {"realm": "x"})]),
        (
            ['Bearer realm="https://auth.example/token",service="reg.example",scope="repository:a/b:pull,push"'],
            [("bearer", BEARER)],
        ),
        (
            ['Bearer realm = "https://auth.example/token" , service=reg.example,  scope="repository:a/b:pull,push",'],
            [("bearer", BEARER)],
        ),
        (
            ['Bearer realm=https://auth.example/token,service="s"'],
            [("bearer", {"realm": "https://auth.example/token", "service": "s"})],
        ),
        (
            [r'Bearer realm="with \"quotes\" and \\ and, commas"'],
            [("bearer", {"realm": r'with "quotes" and \ and, commas'})],
        ),
        (
            ['Basic realm="a", Bearer realm="b",service="c"'],
            [("basic", {"realm": "a"}), ("bearer", {"realm": "b", "service": "c"})],
        ),
        (['Basic realm="a"', 'Bearer realm="b"'], [("basic", {"realm": "a"}), ("bearer", {"realm": "b"})]),
        (["Negotiate YWJj=, Basic realm=x"], [("negotiate", {}), ("basic", {"realm": "x"})]),
        (["Negotiate, Basic realm=x"], [("negotiate", {}), ("basic", {"realm": "x"})]),
        (['"nonsense"'], []),
        (['Bearer realm="never closed'], [("bearer", {})]),
        (['Bearer realm="a" junk', "Basic"], [("bearer", {"realm": "a"}), ("junk", {}), ("basic", {})]),
    ],
)
def test_challenges_are_understood(headers: list[str], expected: list[tuple[str, dict[str, str]]]) -> None:
    """Well-formed, sloppy and broken headers: what can be understood is, the rest is left out."""
    assert [(challenge.scheme, dict(challenge.parameters)) for challenge in parse_challenges(headers)] == expected


def test_a_long_header_takes_no_time() -> None:
    """No input makes the parser look at the same text again and again."""
    assert parse_challenges(['Bearer a="' + "\\" * 60_000])[0].scheme == "bearer"
    assert parse_challenges(["a" * 60_000 + "=" * 60_000]) == ()
    assert parse_challenges(["Bearer " + "a " * 30_000])
