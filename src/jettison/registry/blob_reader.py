"""A blob's bytes over connections that may break: resumed with Range, or read anew and skipped to the place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from jettison.errors import RegistryError
from jettison.patterns import late_pattern
from jettison.registry.transport import TRANSIENT_ERRORS, Response, explain_failure

Progress = Callable[[int, int], None]
"""Called with the bytes so far and the bytes in all, after every piece."""

_SKIP_BYTES = 256 * 1024
_CONTENT_RANGE = late_pattern(r"bytes (\d+)-\d*/(?:\d+|\*)")


class BlobReader:
    """Reads what ``open_at`` gives and asks it again, from the byte reached, when the connection breaks.

    Gives up after ``attempts`` breaks without a byte of progress. The bytes are not verified here.
    """

    def __init__(
        self,
        open_at: Callable[[int], Response],
        *,
        host: str,
        size: int,
        attempts: int,
        pause: Callable[[int], None],
        progress: Progress | None,
    ) -> None:
        self._open_at = open_at
        self._host = host
        self._size = size
        self._attempts = attempts
        self._pause = pause
        self._progress = progress
        self._offset = 0
        self._failures = 0
        self._response: Response | None = open_at(0)

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes; none at the end. Raises :class:`RegistryError` where the registry is out of reach."""
        while True:
            if self._response is None:
                self._response = self._reopen()
            try:
                data = self._response.read(size)
            except TRANSIENT_ERRORS as error:
                self._fail(error)
                continue
            self._failures = 0
            self._offset += len(data)
            if self._progress is not None and data:
                self._progress(self._offset, self._size)
            return data

    def close(self) -> None:
        """Close the connection; it is reused only if the blob was read to its end."""
        if self._response is not None:
            self._response.close()
            self._response = None

    def _fail(self, error: Exception) -> None:
        self.close()
        self._failures += 1
        if self._failures >= self._attempts:
            raise explain_failure(self._host, error) from error
        self._pause(self._failures)

    def _reopen(self) -> Response:
        response = self._open_at(self._offset)
        if response.status == 206:
            match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != self._offset:
                with closing(response):
                    raise RegistryError("the registry answered a request for a part of a blob with another part")
        else:
            left = self._offset
            while left and (data := response.read(min(left, _SKIP_BYTES))):
                left -= len(data)
        return response
