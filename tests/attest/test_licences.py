"""Licence expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.attest.licences import licence_of, parse_licence


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("mit", "MIT"),
        ("Expat", "MIT"),
        ("GPL-2+", "GPL-2.0-or-later"),
        ("GPL-2", "GPL-2.0-only"),
        ("GPLv3+", "GPL-3.0-or-later"),
        ("LGPL-2.1-or-later", "LGPL-2.1-or-later"),
        ("(MIT or Apache-2.0) and Zlib", "(MIT OR Apache-2.0) AND Zlib"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("GPL-2 WITH nothing-known", None),
        ("my own terms", None),
        ("MIT AND", None),
        ("(MIT", None),
        ("MIT)", None),
        ("", None),
        ("(" * 5000, None),
    ],
)
def test_expressions(text: str, expression: str | None) -> None:
    """Identifiers in any case, other names for them, and expressions of them; nothing is guessed."""
    assert parse_licence(text) == expression


def test_what_is_no_expression_stays_as_it_was_said() -> None:
    """Under a name that the document explains."""
    licence = licence_of(["MIT OR ISC", "public-domain", "MIT OR ISC", " "])
    assert licence is not None
    assert licence.expression == "(MIT OR ISC) AND LicenseRef-public-domain"
    assert licence.extracted == (("LicenseRef-public-domain", "public-domain"),)
    assert licence_of(["", " "]) is None


@given(st.lists(st.text(max_size=30) | st.sampled_from(["MIT", "GPL-2+", "(", "AND", "x y"]), max_size=5))
def test_anything_can_be_stated(stated: list[str]) -> None:
    """The result is made of the letters of an expression."""
    licence = licence_of(stated)
    assert licence is None or set(licence.expression) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.- ()"
    )
