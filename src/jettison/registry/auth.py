"""Proving to a registry who one is: Basic, and the bearer tokens of an authorization server.

Source: distribution's token authentication specification, RFC 6749 section 6 for identity tokens. A client asks nobody
for a token before a registry has asked the client; afterwards it brings one along.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from threading import Lock
from urllib.parse import urlencode, urlsplit

from jettison.errors import RegistryError
from jettison.frozen import dataclass, field
from jettison.hints import TYPE_CHECKING
from jettison.registry.challenge import Challenge, parse_challenges
from jettison.registry.credentials import Credential, CredentialStore
from jettison.registry.errors import Refusal
from jettison.registry.mirrors import Endpoint
from jettison.registry.settings import is_loopback

if TYPE_CHECKING:
    from jettison.registry.transport import Transport

_CLIENT_ID = "jettison"
_DEFAULT_LIFETIME_SECONDS = 60.0
_EARLY_SECONDS = 10.0
"""A token counts as expired this long before it is: the request that it travels with takes time too."""
_MAX_TOKEN_ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is to be done with a repository (token authentication, section Resource Scope)."""

    repository: str
    push: bool = False
    mount_from: str = ""
    """Another repository of the same host that a blob is taken from."""

    def texts(self, challenged: str) -> list[str]:
        """As the authorization server wants it, sorted; with what the registry's challenge asks for besides."""
        scopes = {f"repository:{self.repository}:{'pull,push' if self.push else 'pull'}"} if self.repository else set()
        if self.mount_from:
            scopes.add(f"repository:{self.mount_from}:pull")
        ours = tuple(scope.rpartition(":")[0] + ":" for scope in scopes)
        scopes.update(scope for scope in challenged.split() if not scope.startswith(ours))
        return sorted(scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    header: str = field(repr=False)
    expires: float
    """On the clock of :func:`time.monotonic`."""


class Authenticator:
    """Makes Authorization headers for the hosts of one client; safe to use from several threads."""

    def __init__(self, credentials: CredentialStore, transport: Transport) -> None:
        self._credentials = credentials
        self._transport = transport
        self._challenges: dict[str, Challenge] = {}
        self._tokens: dict[tuple[str, Scope], _Token] = {}
        self._lock = Lock()

    def user(self, endpoint: Endpoint) -> str | None:
        """Who is asking there, for messages."""
        credential = self._credentials.find(endpoint.reference)
        return credential.username if credential else None

    def header(self, endpoint: Endpoint, scope: Scope) -> str | None:
        """The Authorization header for a request, as far as the host has asked for one before."""
        host = endpoint.reference.domain
        with self._lock:
            challenge = self._challenges.get(host)
            if challenge is None:
                return None
            token = self._tokens.get((host, scope))
            if token is None or token.expires <= time.monotonic():
                token = self._answer(challenge, endpoint, scope)
                self._tokens[host, scope] = token
            return token.header or None

    def challenged(self, endpoint: Endpoint, scope: Scope, headers: list[str], used: str | None) -> bool:
        """Learn from the WWW-Authenticate headers of a 401; tell whether trying again can help.

        ``used`` is the Authorization header that was refused. A token that has been replaced meanwhile was only old.
        """
        challenges = {challenge.scheme: challenge for challenge in reversed(parse_challenges(headers))}
        challenge = challenges.get("bearer") or challenges.get("basic")
        if challenge is None:
            return False
        host = endpoint.reference.domain
        with self._lock:
            known = self._challenges.get(host)
            token = self._tokens.get((host, scope))
            if token is not None and token.header == used:
                del self._tokens[host, scope]
            self._challenges[host] = challenge
            return used is None or known is None or known.scheme != challenge.scheme or challenge.scheme == "bearer"

    def _answer(self, challenge: Challenge, endpoint: Endpoint, scope: Scope) -> _Token:
        credential = self._credentials.find(endpoint.reference)
        if challenge.scheme == "bearer":
            return self._fetch_token(challenge, endpoint, scope, credential)
        header = credential.basic() if credential and not credential.identity_token else ""
        return _Token(header=header, expires=float("inf"))

    def _fetch_token(
        self, challenge: Challenge, endpoint: Endpoint, scope: Scope, credential: Credential | None
    ) -> _Token:
        host = endpoint.reference.domain
        realm = _realm(challenge, endpoint)
        scopes = scope.texts(challenge.parameters.get("scope", ""))
        fields = [("service", challenge.parameters["service"])] if challenge.parameters.get("service") else []
        began = time.monotonic()
        if credential is not None and credential.identity_token:
            fields += [
                ("grant_type", "refresh_token"),
                ("client_id", _CLIENT_ID),
                ("refresh_token", credential.identity_token),
                ("scope", " ".join(scopes)),
            ]
            response = self._transport.send(
                "POST",
                realm,
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(fields).encode("ascii"),
                insecure=endpoint.insecure,
            )
        else:
            fields += [("scope", text) for text in scopes]
            if credential is not None:
                fields.append(("account", credential.username))
            response = self._transport.send(
                "GET",
                f"{realm}{'&' if urlsplit(realm).query else '?'}{urlencode(fields)}",
                headers={"Authorization": credential.basic()} if credential else {},
                insecure=endpoint.insecure,
            )
        answer = self._transport.read_body(response, _MAX_TOKEN_ANSWER_BYTES)
        if response.status >= 400:
            action = f"get access to {endpoint.reference.repository}"
            refusal = Refusal.of(host, action, response.status, answer)
            raise refusal.error(login=host, user=credential.username if credential else None)
        return _parse_token(answer, urlsplit(realm).netloc, began)


def _realm(challenge: Challenge, endpoint: Endpoint) -> str:
    """Where to ask for a token: where secrets may travel."""
    realm = challenge.parameters.get("realm", "")
    parts = urlsplit(realm)
    host = endpoint.reference.domain
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise RegistryError(f"{host} asks for a token but does not name a usable authorization server")
    if parts.scheme == "http" and not (endpoint.insecure or is_loopback(parts.netloc)):
        raise RegistryError(
            f"{host} wants credentials to be sent to {parts.netloc} without encryption",
            hint=f'if that is meant, set insecure = true for location = "{host}" in registries.conf',
        )
    return realm


def _parse_token(data: bytes, server: str, began: float) -> _Token:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"the authorization server {server} did not answer with JSON") from error
    fields = answer if isinstance(answer, Mapping) else {}
    token = fields.get("token") or fields.get("access_token")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise RegistryError(f"the authorization server {server} did not answer with a token")
    lifetime = fields.get("expires_in")
    if not isinstance(lifetime, int | float) or lifetime <= 0:
        lifetime = _DEFAULT_LIFETIME_SECONDS
    return _Token(header=f"Bearer {token}", expires=began + max(lifetime - _EARLY_SECONDS, lifetime / 2))
