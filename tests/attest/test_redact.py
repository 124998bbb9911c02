"""What must not be told."""

from __future__ import annotations

import pytest

from jettison.attest.redact import is_proxy, redacted_url


@pytest.mark.parametrize(
    ("url", "redacted"),
    [
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("https://user:pass@example.org/x?y=a@b", "https://xxxxx@example.org/x?y=a@b"),
        ("https://token@example.org/x", "https://xxxxx@example.org/x"),
        ("https://:pass@example.org", "https://xxxxx@example.org"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
    ],
)
def test_credentials_in_urls(url: str, redacted: str) -> None:
    """Names and passwords are both hidden: a token may be either."""
    assert redacted_url(url) == redacted


def test_proxies() -> None:
    """In either case."""
    assert is_proxy("https_proxy") and is_proxy("NO_PROXY") and not is_proxy("PROXY_HOST")
