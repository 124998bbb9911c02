"""HTTP to registries: connections, trust, proxies, bounded retries, and errors that say what to do.

Loads urllib3, so it is imported when the first request is made. It knows nothing of images and of credentials.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from email.utils import parsedate_to_datetime
from threading import Lock
from types import TracebackType
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as NoAnswerError

from jettison.errors import RegistryError
from jettison.hints import Protocol, Self
from jettison.registry.errors import RegistryUnreachableError, printable
from jettison.registry.settings import HostCertificates, NetworkSettings


class Upload(Protocol):
    """A body that is sent as it is read."""

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; none at the end."""
        ...


Response = urllib3.BaseHTTPResponse
Body = bytes | Callable[[], AbstractContextManager[Upload]]
"""A request's body: bytes, or what opens a fresh stream for every attempt."""

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
TRANSIENT_ERRORS = (ProtocolError, NoAnswerError)
"""What may be different a moment later, before or in the middle of a response."""
_BLOCK_BYTES = 256 * 1024
"""How much of a body is sent at a time."""
_MAX_RETRY_AFTER_SECONDS = 60.0


class Transport:
    """Sends requests; safe to use from several threads. Close it to close the connections that it keeps."""

    def __init__(self, settings: NetworkSettings, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._sleep = sleep
        self._managers: dict[tuple[str, bool, str | None], urllib3.PoolManager] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept for reuse."""
        with self._lock:
            managers, self._managers = list(self._managers.values()), {}
        for manager in managers:
            manager.clear()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: Body = b"",
        insecure: bool = False,
        attempts: int | None = None,
    ) -> Response:
        """Send one request and return the response with its body unread; redirects are the caller's business.

        Transient failures are tried again with growing pauses, as often as the settings say or ``attempts`` does.
        A response with an error status is returned like any other. Raises :class:`RegistryUnreachableError`.
        """
        attempts = attempts or self._settings.attempts
        host = urlsplit(url).netloc
        for attempt in range(1, attempts + 1):
            try:
                response = self._send_once(method, url, headers, body, insecure=insecure)
            except TRANSIENT_ERRORS as error:
                if attempt == attempts:
                    raise explain_failure(host, error) from error
                self.pause(attempt)
                continue
            except (HTTPError, OSError) as error:
                raise explain_failure(host, error) from error
            if response.status not in RETRIED_STATUSES or attempt == attempts:
                return response
            wait = _retry_after(response)
            response.close()
            self.pause(attempt, at_least=wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def read_body(self, response: Response, limit_bytes: int) -> bytes:
        """The whole body of a small response, which is closed.

        Raises what :data:`TRANSIENT_ERRORS` lists where the connection breaks, :class:`RegistryError` where the body is
        larger than ``limit_bytes``.
        """
        with closing(response):
            data = response.read(limit_bytes + 1)
        if len(data) > limit_bytes:
            raise RegistryError(f"the answer is longer than {limit_bytes} bytes, which no such document is")
        return data

    def pause(self, attempt: int, at_least: float = 0.0) -> None:
        """Wait before the next attempt: twice as long each time."""
        self._sleep(max(at_least, self._settings.pause_seconds * 2 ** (attempt - 1)))

    def _send_once(self, method: str, url: str, headers: Mapping[str, str], body: Body, *, insecure: bool) -> Response:
        parts = urlsplit(url)
        manager = self._manager(parts.netloc, parts.scheme, insecure=insecure)
        fields = {"User-Agent": self._settings.user_agent, "Accept-Encoding": "identity", **headers}
        if not callable(body):
            return self._urlopen(manager, method, url, fields, body)
        with body() as stream:
            return self._urlopen(manager, method, url, fields, stream)

    def _urlopen(
        self, manager: urllib3.PoolManager, method: str, url: str, headers: Mapping[str, str], body: bytes | Upload
    ) -> Response:
        return manager.urlopen(
            method,
            url,
            redirect=False,
            retries=False,
            headers=headers,
            body=body or None,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(
                connect=self._settings.connect_timeout_seconds, read=self._settings.read_timeout_seconds
            ),
        )

    def _manager(self, host: str, scheme: str, *, insecure: bool) -> urllib3.PoolManager:
        certificates = self._settings.certificates_of(host)
        proxy = self._settings.proxies.proxy_of(scheme, host)
        key = (host if certificates else "", insecure, proxy)
        with self._lock:
            manager = self._managers.get(key)
            if manager is None:
                manager = _new_manager(self._settings, certificates, proxy, insecure=insecure)
                self._managers[key] = manager
            return manager


def _new_manager(
    settings: NetworkSettings, certificates: HostCertificates | None, proxy: str | None, *, insecure: bool
) -> urllib3.PoolManager:
    context = _tls_context(certificates or HostCertificates(), insecure=insecure)
    size = settings.connections_per_host
    manager: urllib3.PoolManager
    if proxy is None:
        manager = urllib3.PoolManager(maxsize=size, blocksize=_BLOCK_BYTES, ssl_context=context)
    else:
        user = urlsplit(proxy).netloc.rpartition("@")[0]
        headers = urllib3.make_headers(proxy_basic_auth=unquote(user)) if user else None
        manager = urllib3.ProxyManager(
            proxy, maxsize=size, blocksize=_BLOCK_BYTES, ssl_context=context, proxy_headers=headers
        )
    if insecure:
        manager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _UnverifiedPool}
    return manager


def _tls_context(certificates: HostCertificates, *, insecure: bool) -> ssl.SSLContext:
    if insecure:  # the system's authorities, which take 20 ms to load, are nobody's business then
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = ssl.create_default_context()
    path = None
    try:
        for path in certificates.authorities:
            context.load_verify_locations(path)
        for pair in certificates.clients:
            path = pair.certificate
            context.load_cert_chain(pair.certificate, pair.key)
    except OSError as error:
        raise RegistryError(f"cannot use the certificate {path}: {_reason(error)}") from error
    return context


class _UnverifiedConnection(HTTPSConnection):
    """To a registry that the user has declared insecure: urllib3 need not warn of what is asked for."""

    def connect(self) -> None:
        super().connect()
        self.is_verified = True


class _UnverifiedPool(HTTPSConnectionPool):
    ConnectionCls = _UnverifiedConnection


def explain_failure(host: str, error: Exception) -> RegistryUnreachableError:
    """The error for a request that got no response, or only a part of one."""
    if isinstance(error, ProxyError):
        return RegistryUnreachableError(
            f"cannot reach {host}: the proxy failed: {_reason(error)}", hint="check HTTPS_PROXY and NO_PROXY"
        )
    if isinstance(error, NameResolutionError):
        return RegistryUnreachableError(
            f"cannot reach {host}: there is no such host", hint="check the registry's name and the network's DNS"
        )
    if isinstance(error, SSLError):
        return _explain_tls_failure(host, error)
    if isinstance(error, NoAnswerError) and not isinstance(error, NewConnectionError):
        return RegistryUnreachableError(f"cannot reach {host}: it did not answer in time", hint="try again later")
    return RegistryUnreachableError(
        f"cannot reach {host}: {_reason(error)}",
        hint="check that the registry runs and that the network lets it through",
    )


def _explain_tls_failure(host: str, error: SSLError) -> RegistryUnreachableError:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return RegistryUnreachableError(
            f"cannot trust {host}: {_reason(error)}",
            hint=f"put the certificate of its authority into /etc/containers/certs.d/{host}/ca.crt "
            "or into the system's certificates",
        )
    if any(sign in text for sign in ("WRONG_VERSION_NUMBER", "RECORD_LAYER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST")):
        return RegistryUnreachableError(
            f"cannot reach {host}: it does not speak TLS",
            hint=f'if it is a plain http registry, set insecure = true for location = "{host}" in registries.conf',
        )
    return RegistryUnreachableError(f"cannot reach {host}: TLS failed: {_reason(error)}")


def _reason(error: Exception) -> str:
    """The innermost cause in the words of the operating system or of OpenSSL."""
    cause: BaseException = error
    while True:
        inner = cause.__cause__ or cause.__context__ or next((a for a in cause.args if isinstance(a, Exception)), None)
        if inner is None:
            break
        cause = inner
    if isinstance(cause, ssl.SSLCertVerificationError):
        return printable(cause.verify_message.rstrip("."))
    if isinstance(cause, OSError) and cause.strerror:
        return printable(cause.strerror)
    return printable(str(cause))


def _retry_after(response: Response) -> float:
    """How long the registry asks to wait, within reason (RFC 9110, section 10.2.3)."""
    text = response.headers.get("Retry-After", "")
    try:
        if text.isascii() and text.isdigit():
            seconds = float(text)
        else:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_SECONDS)
