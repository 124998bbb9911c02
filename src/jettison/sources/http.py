"""Files from ``http(s)`` URLs (ADD): fetched once, asked for again only whether they changed."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from jettison.errors import BuildError

_CHUNK_BYTES = 1 << 18
_TIMEOUT_SECONDS = 60.0
_RETRIES = 3


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
    url: str, sink: Sink, known: Validators | None = None, progress: Callable[[int, int | None], None] | None = None
) -> Response:
    """Write the body of ``url`` to ``sink``; with ``known`` validators only where it changed.

    ``progress`` is called with bytes received and the total or None. Raises :class:`BuildError` for every failure,
    without the credentials that the URL may hold.
    """
    import urllib3

    headers = {"User-Agent": "jettison", "Accept-Encoding": "identity"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    shown = _without_credentials(url)
    pool = urllib3.PoolManager(retries=urllib3.Retry(_RETRIES, redirect=10, backoff_factor=0.3, raise_on_redirect=True))
    try:
        response = pool.request("GET", url, headers=headers, preload_content=False, timeout=_TIMEOUT_SECONDS)
        try:
            if response.status == 304 and known is not None:
                return Response(validators=known, unchanged=True)
            if response.status != 200:
                raise BuildError(f"{shown}: the server answered {response.status} {response.reason or ''}".rstrip())
            length = response.headers.get("Content-Length", "")
            total = int(length) if length.isdecimal() else None
            received = 0
            for data in response.stream(_CHUNK_BYTES, decode_content=False):
                sink.write(data)
                received += len(data)
                if progress is not None:
                    progress(received, total)
            return Response(
                validators=Validators(
                    etag=response.headers.get("ETag", ""), last_modified=response.headers.get("Last-Modified", "")
                )
            )
        finally:
            response.close()
    except urllib3.exceptions.HTTPError as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(cause := reason.__cause__, OSError) and cause.strerror:
            reason = cause.strerror
        raise BuildError(f"cannot fetch {shown}: {reason}", hint="check the address and the network") from error
    finally:
        pool.clear()


def _without_credentials(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"
