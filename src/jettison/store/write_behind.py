"""Bringing a large file to the disk while it is still written, so that making it durable at its end is soon done.

The kernel by itself begins late: at a tenth of the memory, or after half a minute.
"""

from __future__ import annotations

import os
import threading

from jettison.pools import begin

_STEP_BYTES = 32 << 20
"""Smaller files are left to the end."""


class WriteBehind:
    """One file that grows. Whoever writes it is never held up."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._begun_bytes = 0
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None

    def reach(self, size_bytes: int) -> None:
        """The kernel was given so many bytes by now."""
        if size_bytes - self._begun_bytes < _STEP_BYTES or (self._thread is not None and self._thread.is_alive()):
            return
        self.close()
        self._thread, self._begun_bytes = None, size_bytes
        self._thread = begin(threading.Thread(target=self._sync, name="write-behind"))

    def close(self) -> None:
        """Wait for what is under way; to be called before the file is closed. Idempotent."""
        if self._thread is not None:
            self._thread.join()

    def finish(self) -> None:
        """Wait, and raise the :class:`OSError` that the disk gave: the kernel tells an error once, and not again to
        whoever makes the file durable afterwards.
        """
        self.close()
        if self._error is not None:
            raise self._error

    def _sync(self) -> None:
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._error = error
