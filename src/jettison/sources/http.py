"""Files from ``http(s)`` URLs (ADD, build contexts): fetched once, asked for again only whether they changed."""

from __future__ import annotations

import email.utils
import urllib.parse
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager

from jettison.dockerfile.git_ref import split_credentials
from jettison.errors import BuildError
from jettison.frozen import dataclass
from jettison.hints import TYPE_CHECKING, Protocol
from jettison.sources.access import RemoteAccess, basic, http_authorization
from jettison.sources.background import in_background
from jettison.text.diagnostics import printable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_CHUNK_BYTES = 1 << 18
_TIMEOUT_SECONDS = 60.0
_RETRIES = 3
_MAX_REDIRECTS = 10
_REDIRECTS = (301, 302, 303, 307, 308)
_WEB = ("http", "https")


class Sink(Protocol):
    """Where the bytes of a response go."""

    def write(self, data: bytes) -> object:
        """Take the next bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server said of a file, sent back to ask whether it changed."""

    etag: str = ""
    last_modified: str = ""

    @property
    def mtime_ns(self) -> int:
        """The time of ``Last-Modified``; 0 where the server gave none, as in BuildKit."""
        if not self.last_modified:
            return 0
        try:
            moment = email.utils.parsedate_to_datetime(self.last_modified)
        except (TypeError, ValueError):
            return 0
        return int(moment.timestamp()) * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The outcome of a request; ``unchanged`` means that nothing was written and the known file is still right."""

    validators: Validators
    unchanged: bool = False


def fetch_url(
    url: str,
    sink: Sink,
    known: Validators | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    *,
    access: RemoteAccess | None = None,
) -> Response:
    """Write the body of ``url`` to ``sink``; with ``known`` validators only where it changed.

    ``progress`` is called with bytes received and the total or None, also while nothing comes; what it raises ends
    the wait. Raises :class:`BuildError` for every failure, without the credentials that the URL may hold.
    """
    import urllib3

    shown, _ = split_credentials(url)
    received, total = 0, None

    def tell() -> None:
        if progress is not None:
            progress(received, total)

    try:
        with closing(in_background(lambda: _exchange(url, known, access or RemoteAccess()), tell)) as parts:
            head = next(parts)
            assert isinstance(head, _Head)
            if head.status == 304 and known is not None:
                return Response(validators=known, unchanged=True)
            if not head.is_good:
                raise BuildError(f"{shown}: the server answered {head.status} {head.reason}".rstrip())
            total = head.total
            for data in parts:
                assert isinstance(data, bytes)
                sink.write(data)
                received += len(data)
                tell()
            return Response(validators=head.validators)
    except urllib3.exceptions.HTTPError as error:
        raise BuildError(f"cannot fetch {shown}: {_reason(error)}", hint="check the address and the network") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What is known before the body comes."""

    status: int
    reason: str
    total: int | None
    """The length of the body, where it is told."""
    validators: Validators

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def _exchange(url: str, known: Validators | None, access: RemoteAccess) -> Generator[_Head | bytes]:
    """The head, then of a good answer the body in pieces.

    A body that the server compressed for the way, though nobody asked for it, is what it was before.
    """
    with _open(url, known, access) as response:
        headers = response.headers
        packed = headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip")
        length = headers.get("Content-Length", "")
        head = _Head(
            status=response.status,
            reason=printable(response.reason or ""),
            total=int(length) if length.isdecimal() and not packed else None,
            validators=Validators(etag=headers.get("ETag", ""), last_modified=headers.get("Last-Modified", "")),
        )
        yield head
        if head.is_good:
            yield from response.stream(_CHUNK_BYTES, decode_content=packed)


@contextmanager
def _open(url: str, known: Validators | None, access: RemoteAccess) -> Iterator[BaseHTTPResponse]:
    """The answer behind all redirects. Credentials go to the host that they were given for, and to no other."""
    import urllib3

    url, credentials = split_credentials(url)
    first = _authority(url)
    authorization = basic(*credentials) if credentials else http_authorization(_host_name(url), access.secret)
    headers = {"User-Agent": "jettison", "Accept-Encoding": "identity"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    retries = urllib3.Retry(_RETRIES, read=0, redirect=False, status=0, backoff_factor=0.3)
    shown = url
    for _ in range(_MAX_REDIRECTS + 1):
        scheme, authority = _authority(url)
        own = {"Authorization": authorization} if authorization and (scheme, authority) == first else {}
        proxy = access.proxy_of(scheme, authority)
        pool = urllib3.PoolManager() if proxy is None else urllib3.ProxyManager(proxy)
        try:
            response = pool.request(
                "GET",
                url,
                headers=headers | own,
                preload_content=False,
                timeout=_TIMEOUT_SECONDS,
                retries=retries,
                redirect=False,
            )
            try:
                target = response.headers.get("Location", "")
                if response.status not in _REDIRECTS or not target:
                    yield response
                    return
            finally:
                response.close()
        finally:
            pool.clear()
        url = _behind(shown, url, target)
    raise BuildError(f"{shown}: more than {_MAX_REDIRECTS} redirects")


def _behind(shown: str, url: str, target: str) -> str:
    """Where the server sends us on to, without credentials."""
    try:
        found, _ = split_credentials(urllib.parse.urljoin(url, target))
    except ValueError:  # such as an IPv6 address without its end
        found, _ = split_credentials(target)
    else:
        if _authority(found)[0] in _WEB:
            return found
    raise BuildError(f"{shown}: the server sends us on to what is no web address: {printable(found[:200])}")


def _authority(url: str) -> tuple[str, str]:
    """The scheme, and the host with its port."""
    scheme, _, rest = url.partition("://")
    return scheme.lower(), rest.partition("/")[0].partition("?")[0].lower()


def _host_name(url: str) -> str:
    """The host without its port, as the names of secrets have it."""
    host = _authority(url)[1]
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _reason(error: Exception) -> str:
    import http.client

    import urllib3

    reason = getattr(error, "reason", None) or error
    parts = [getattr(reason, "__cause__", None), *error.args, *getattr(reason, "args", ())]
    if any(isinstance(part, http.client.IncompleteRead) for part in parts):
        return "the connection ended before the file did"
    if isinstance(reason, urllib3.exceptions.DecodeError):
        return "the server says that it compressed the file by gzip, and did not"
    for part in parts:
        if isinstance(part, http.client.RemoteDisconnected):
            return "the server closed the connection without an answer"
        if isinstance(part, http.client.HTTPException):
            return "what the server answered is not HTTP"
        if isinstance(part, OSError) and part.strerror:
            return part.strerror
    return printable(str(reason))
