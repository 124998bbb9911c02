"""Symbolic modes, as chmod(1) of BSD and BuildKit read them; the figures come from BuildKit."""

from __future__ import annotations

import pytest

from jettison.errors import BuildError
from jettison.model.mode import ModeChanges


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("+x", 0o644, 0o755),
        ("u=rwX,go=rX", 0o600, 0o644),
        ("u=rwX,go=rX", 0o711, 0o755),
        ("a-x", 0o755, 0o644),
        ("-X", 0o755, 0o644),
        ("go=", 0o755, 0o700),
        ("g=u", 0o750, 0o770),
        ("go=u-w", 0o750, 0o755),
        ("u=gr", 0o640, 0o440),
        ("u=rg", 0o640, 0o440),
        ("g+o", 0o704, 0o744),
        ("ug-o", 0o774, 0o334),
        ("ug=o", 0o4755, 0o4555),
        ("u+s,g+s,o+t", 0o755, 0o6755),
        ("+s", 0o755, 0o6755),
        ("o+s", 0o755, 0o755),
        ("+t", 0o755, 0o1755),
        ("u+t", 0o755, 0o1755),
        ("+xt", 0o644, 0o1644),
        ("=", 0o7777, 0o1000),
        ("a=", 0o7777, 0o1000),
        ("u=rw+x-w", 0o000, 0o500),
        ("go-w+X", 0o722, 0o711),
    ],
)
def test_files(text: str, before: int, after: int) -> None:
    """Each clause in turn; X looks at the mode before all of them."""
    assert ModeChanges(text=text).apply(before, is_directory=False) == after


@pytest.mark.parametrize(("text", "before", "after"), [("u=rwX,go=", 0o755, 0o700), ("+X", 0o600, 0o711)])
def test_directories(text: str, before: int, after: int) -> None:
    """X is x for every directory."""
    assert ModeChanges(text=text).apply(before, is_directory=True) == after


@pytest.mark.parametrize("text", ["u", "u=rwX,", ",u=r", "+755", "foo", "u==r u", "-1", "a+rq", " +x", ""])
def test_what_is_no_mode(text: str) -> None:
    """It says what could be written."""
    with pytest.raises(BuildError, match="invalid syntax") as caught:
        ModeChanges(text=text)
    assert caught.value.hint is not None
