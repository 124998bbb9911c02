"""Requests to one registry's API: scheme, authorization, redirects, and refusals turned into errors.

An Authorization header goes to the host that it is meant for and to no other; a redirect from https to plain http is
refused unless the registry is declared insecure.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from types import TracebackType
from urllib.parse import urljoin, urlsplit

from jettison.errors import RegistryError
from jettison.frozen import dataclass, field
from jettison.hints import Self
from jettison.model.reference import DEFAULT_DOMAIN
from jettison.registry.auth import Authenticator, Scope
from jettison.registry.credentials import CredentialStore
from jettison.registry.errors import Refusal, RegistryUnreachableError
from jettison.registry.mirrors import Endpoint
from jettison.registry.settings import NetworkSettings
from jettison.registry.transport import TRANSIENT_ERRORS, Body, Response, Transport, explain_failure

HUB_HOST = "registry-1.docker.io"
"""Where docker.io's API is."""
_MAX_REDIRECTS = 5
_MAX_LOGINS = 2
_MAX_REFUSAL_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REDIRECTS_OF_ALL_METHODS = frozenset({307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a registry's API."""

    endpoint: Endpoint
    action: str
    """What it is for, in the infinitive, for messages."""
    method: str
    target: str
    """Below ``/v2/REPOSITORY/``, or an absolute address that the registry gave."""
    scope: Scope
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = b""


class Session:
    """Calls to registries, authorized. Safe to use from several threads; close it."""

    def __init__(self, credentials: CredentialStore, settings: NetworkSettings) -> None:
        self.settings = settings
        self.transport = Transport(settings)
        self._authenticator = Authenticator(credentials, self.transport)
        self._bases: dict[str, str] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept for reuse; further calls open new ones."""
        self.transport.close()

    def url(self, call: Call) -> str:
        """The address that a call goes to, before redirects."""
        if "://" in call.target:
            return call.target
        repository = call.endpoint.reference.path
        return f"{self._base(call.endpoint)}/v2/" + (f"{repository}/{call.target}" if repository else "")

    def send(self, call: Call, accepted: frozenset[int] = frozenset(), *, attempts: int | None = None) -> Response:
        """Make the call; the response's body is unread and must be closed.

        ``attempts`` bounds how often transient failures are tried again; otherwise the settings do. Raises
        :class:`RegistryUnreachableError` or, for a status over 299 that is not ``accepted``,
        :class:`RegistryResponseError`.
        """
        base = self._base(call.endpoint)
        url = self.url(call)
        logins = redirects = 0
        while True:
            authorization = None
            if _origin(url) == _origin(base):
                authorization = self._authenticator.header(call.endpoint, call.scope)
            headers = {**call.headers, "Authorization": authorization} if authorization else call.headers
            response = self.transport.send(
                call.method,
                url,
                headers=headers,
                body=call.body,
                insecure=call.endpoint.insecure,
                attempts=attempts,
            )
            location = response.headers.get("Location", "")
            if location and response.status in _followed(call.method):
                response.close()
                redirects += 1
                if redirects > _MAX_REDIRECTS:
                    host = urlsplit(url).netloc
                    raise RegistryError(f"cannot {call.action}: {host} redirects more than {_MAX_REDIRECTS} times")
                url = self.locate(call, url, location)
            elif response.status == 401 and _origin(url) == _origin(base) and logins < _MAX_LOGINS:
                logins += 1
                wanted = response.headers.getlist("WWW-Authenticate")
                if not self._authenticator.challenged(call.endpoint, call.scope, wanted, authorization):
                    raise self._refusal(call, url, response)
                response.close()
            elif response.status >= 300 and response.status not in accepted:
                raise self._refusal(call, url, response)
            else:
                return response

    def read(self, call: Call, limit_bytes: int) -> tuple[Response, bytes]:
        """Make the call and read the whole body, anew where the connection breaks in the middle."""
        for attempt in range(1, self.settings.attempts + 1):
            response = self.send(call)
            try:
                return response, self.transport.read_body(response, limit_bytes)
            except TRANSIENT_ERRORS as error:
                if attempt == self.settings.attempts:
                    raise explain_failure(call.endpoint.reference.domain, error) from error
                self.transport.pause(attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    @staticmethod
    def locate(call: Call, url: str, location: str) -> str:
        """The absolute address of a Location header that came from ``url``; refuses to go from https to plain http."""
        host = urlsplit(url).netloc
        target = urljoin(url, location)
        parts = urlsplit(target)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise RegistryError(f"cannot {call.action}: {host} redirects to something that is no web address")
        if parts.scheme == "http" and urlsplit(url).scheme == "https" and not call.endpoint.insecure:
            raise RegistryError(
                f"cannot {call.action}: {host} redirects from https to plain http at {parts.netloc}",
                hint="the registry, or a proxy before it, is set up wrongly",
            )
        return target

    def _refusal(self, call: Call, url: str, response: Response) -> RegistryError:
        try:
            body = self.transport.read_body(response, _MAX_REFUSAL_BYTES)
        except (RegistryError, *TRANSIENT_ERRORS):
            body = b""
        refusal = Refusal.of(urlsplit(url).netloc, call.action, response.status, body)
        if _origin(url) != _origin(self._base(call.endpoint)):
            return refusal.error()
        return refusal.error(login=call.endpoint.reference.domain, user=self._authenticator.user(call.endpoint))

    def _base(self, endpoint: Endpoint) -> str:
        """``https://host``, or for a registry that may be insecure whichever scheme it answers to."""
        domain = endpoint.reference.domain
        host = HUB_HOST if domain == DEFAULT_DOMAIN else domain
        if not endpoint.insecure:
            return f"https://{host}"
        with self._lock:
            base = self._bases.get(host)
            if base is None:
                base = self._bases[host] = self._probe(host)
            return base

    def _probe(self, host: str) -> str:
        try:
            return self._ping(f"https://{host}")
        except RegistryUnreachableError as error:
            try:
                return self._ping(f"http://{host}")
            except RegistryUnreachableError:
                raise error from None

    def _ping(self, base: str) -> str:
        self.transport.send("GET", f"{base}/v2/", headers={}, insecure=True, attempts=1).close()
        return base


def _followed(method: str) -> frozenset[int]:
    """The redirects that leave a request what it is (RFC 9110, section 15.4)."""
    return _REDIRECTS if method in ("GET", "HEAD") else _REDIRECTS_OF_ALL_METHODS


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
