"""Users and passwords in URLs are shown to nobody."""

from __future__ import annotations

import pytest

from jettison.text.secrets import without_credentials


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "ADD https://user:pass@host/f https://token@host/g /",
            "ADD https://xxxxx:xxxxx@host/f https://xxxxx@host/g /",
        ),
        ("HTTP://u:p@a:p@ss@host/", "HTTP://xxxxx:xxxxx@host/"),
        ("https://:p@host", "https://:xxxxx@host"),
        ("ssh://git:p@host/r git@host:r", "ssh://git:xxxxx@host/r git@host:r"),
        ("ssh://git@host/r", "ssh://git@host/r"),
        ("https://$USER:${TOKEN}@host/", "https://$USER:${TOKEN}@host/"),
        ("https://host/a@b mail@host", "https://host/a@b mail@host"),
    ],
)
def test_credentials_are_masked(text: str, shown: str) -> None:
    """All of those of the web, of other schemes the password; variables and addresses stay."""
    assert without_credentials(text) == shown
    assert without_credentials(shown) == shown


def test_the_length_may_stay() -> None:
    """So that marks below the text point at the same place."""
    text = "ADD https://user:secret@host/f /"
    assert without_credentials(text, keep_length=True) == "ADD https://xxxx:xxxxxx@host/f /"
