"""The sandbox of one build: opened once, in the background where it is known beforehand that a command will run."""

from __future__ import annotations

import threading
from collections.abc import Callable

from jettison.hints import TYPE_CHECKING
from jettison.pools import Future, ThreadPoolExecutor

if TYPE_CHECKING:
    from jettison.sandbox.interface import Sandbox


class Opening:
    """Safe to use from many threads; close it after the last command ended."""

    def __init__(self, open_sandbox: Callable[[], Sandbox], told: Callable[[Sandbox], None]) -> None:
        """``told`` is called once, when the first command asks for the sandbox."""
        self._open = open_sandbox
        self._told: Callable[[Sandbox], None] | None = told
        self._guard = threading.Lock()
        self._future: Future[Sandbox] | None = None

    def prepare(self) -> None:
        """Begin to open it; idempotent. What goes wrong is told to whoever needs the sandbox, and else to nobody."""
        self._begin()

    def sandbox(self) -> Sandbox:
        """The sandbox, once it is open. Raises what opening it raises."""
        sandbox = self._begin().result()
        with self._guard:
            told, self._told = self._told, None
            if told is not None:
                told(sandbox)
        return sandbox

    def close(self) -> None:
        """Close the sandbox, where it was opened; idempotent."""
        with self._guard:
            future, self._future = self._future, None
        if future is not None and future.exception() is None:
            future.result().close()

    def _begin(self) -> Future[Sandbox]:
        with self._guard:
            if self._future is None:
                pool = ThreadPoolExecutor(1, thread_name_prefix="sandbox")
                self._future = pool.submit(self._open)
                pool.shutdown(wait=False)
            return self._future
