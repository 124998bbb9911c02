"""What of a text nobody may read over a shoulder or in a log: users and passwords in URLs (BuildKit: ``urlutil``)."""

from __future__ import annotations

import re

from jettison.patterns import late_pattern

_CREDENTIALS = late_pattern(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<credentials>[^/\s]*)@")
_VARIABLE = late_pattern(r"\$\w+|\$\{\w+\}")
_WEB = ("http", "https")
_MASK = "xxxxx"


def without_credentials(text: str, *, keep_length: bool = False) -> str:
    """The text with each user and password of a URL masked; names of variables stay.

    The user of other schemes than http is a part of the address: only its password is masked. ``keep_length`` is for
    people who see the original anyway, and places that marks point at.
    """
    if "://" not in text:
        return text

    def mask(found: re.Match[str]) -> str:
        user, colon, password = found["credentials"].partition(":")
        if found["scheme"].lower() in _WEB:
            user = _masked(user, keep_length=keep_length)
        return f"{found['scheme']}://{user}{colon}{_masked(password, keep_length=keep_length)}@"

    return _CREDENTIALS.sub(mask, text)


def _masked(part: str, *, keep_length: bool) -> str:
    if not part or _VARIABLE.fullmatch(part):
        return part
    return "x" * len(part) if keep_length else _MASK
