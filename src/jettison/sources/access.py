"""How the network is reached: proxies, the user's agent, secrets. Whoever reads the environment fills this in."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from jettison.frozen import dataclass, field

_BESIDE_TOKENS = "x-access-token"
"""The user name that GitHub, GitLab and others take with a token for the password."""
_GITHUB = ("https://github.com/", "https://www.github.com/")

Secret = Callable[[str], bytes | None]
"""The content of the build's secret of that id; None where the build has none."""


def _no_secret(name: str) -> bytes | None:
    return None


def _no_proxy(scheme: str, host: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAccess:
    """What fetching takes from the user's side."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Of the environment, for git and ssh: PATH, SSH_AUTH_SOCK, proxies."""
    proxy_of: Callable[[str, str], str | None] = _no_proxy
    """The proxy for a scheme and a host with its port; None for none."""
    secret: Secret = _no_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The value of an ``Authorization`` header, and the URLs that it may be sent to."""

    scope: str
    """The beginning of those URLs."""
    header: str = field(repr=False)


def git_authorization(remote: str, host: str, secret: Secret) -> Authorization | None:
    """What the secrets GIT_AUTH_HEADER and GIT_AUTH_TOKEN (also with ``.HOST`` behind) say for a repository.

    All of github.com is one place, so that one token fetches submodules too; elsewhere it goes to the repository alone.
    """
    scope = next((place for place in _GITHUB if remote.startswith(place)), remote)
    for name in (f".{host}", ""):
        header = secret(f"GIT_AUTH_HEADER{name}")
        if header is not None:
            return Authorization(scope=scope, header=_text(header))
        token = secret(f"GIT_AUTH_TOKEN{name}")
        if token is not None:
            return Authorization(scope=scope, header=basic(_BESIDE_TOKENS, _text(token)))
    return None


def http_authorization(host: str, secret: Secret) -> str | None:
    """The header for files of a web server: the secrets HTTP_AUTH_HEADER_HOST and HTTP_AUTH_TOKEN_HOST."""
    header = secret(f"HTTP_AUTH_HEADER_{host}")
    if header is not None:
        return _text(header)
    token = secret(f"HTTP_AUTH_TOKEN_{host}")
    return None if token is None else f"Bearer {_text(token)}"


def basic(user: str, password: str) -> str:
    """The header of basic authentication."""
    pair = f"{user}:{password}".encode("utf-8", "surrogateescape")
    return "Basic " + base64.b64encode(pair).decode("ascii")


def _text(secret: bytes) -> str:
    """A secret on one line: what an editor put behind it would end the header."""
    return secret.decode("utf-8", "surrogateescape").strip()
