"""BuildKit's suggestions."""

from __future__ import annotations

import pytest

from jettison.lint.closest import closest


@pytest.mark.parametrize(
    ("name", "options", "found"),
    [
        ("PAHT", ["HOME", "PATH"], "PATH"),
        ("q", ["a", "b"], "a"),
        ("foo", ["FOO", "food", "fo"], "food"),
        ("abcdef", ["abc", "xyz"], ""),
        ("foo", ["food", "foo"], ""),
        ("ab", [], ""),
        ("version", ["VERSION"], ""),
    ],
)
def test_closest(name: str, options: list[str], found: str) -> None:
    """The first with the fewest changes, at most two; letter case counts; nothing where the name itself is there."""
    assert closest(name, options) == found
