"""What must not be told: passwords in URLs, and the values of proxies, which may hold one."""

from __future__ import annotations

import re

_CREDENTIALS = re.compile(r"(?<=://)[^/?#@\s]*:[^/?#@\s]*(?=@)|(?<=://)[^/?#@:\s]+(?=@)")
_PROXIES = frozenset(("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"))
_HIDDEN = "xxxxx"


def redacted_url(url: str) -> str:
    """The URL with everything hidden that stands before its ``@``."""
    return _CREDENTIALS.sub(_HIDDEN, url)


def is_proxy(name: str) -> bool:
    """Whether a variable tells of a proxy."""
    return name.upper() in _PROXIES
