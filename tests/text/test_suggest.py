"""The nearest name."""

from __future__ import annotations

import pytest

from jettison.text.suggest import did_you_mean, nearest

NAMES = ("FROM", "RUN", "COPY", "ENV", "ENTRYPOINT", "HEALTHCHECK")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("FORM", "FROM"),
        ("RNU", "RUN"),
        ("copi", "COPY"),
        ("ENTRYPOIT", "ENTRYPOINT"),
        ("HEALTCHEK", "HEALTHCHECK"),
        ("ENTRYPONITS", "ENTRYPOINT"),
        ("WHATEVER", None),
        ("ABV", None),
        ("FROM", None),
        ("", None),
        ("x" * 1000, None),
    ],
)
def test_nearest(text: str, name: str | None) -> None:
    """Two edits at most, of three letters one, a swap being one; the name itself is no suggestion."""
    assert nearest(text, NAMES) == name


def test_hint() -> None:
    """The hint carries a prefix, or there is none."""
    assert did_you_mean("chwon", ("chown", "chmod"), "--") == "did you mean --chown?"
    assert did_you_mean("zzz", ("chown",)) is None
