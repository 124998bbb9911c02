"""Modules that are needed only after a command, loaded while it runs: the program has nothing else to do then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from jettison.pools import ThreadPoolExecutor


class Later:
    """Calls ``loads`` one after the other, on a thread of its own, once a command runs and none is being started.

    What goes wrong with that is not told: whoever needs the module loads it again. Close it.
    """

    def __init__(self, loads: Sequence[Callable[[], object]]) -> None:
        self._loads = loads
        self._guard = threading.Lock()
        self._starting = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="later")

    @contextmanager
    def starting(self) -> Iterator[None]:
        """A command is started in the body, which takes the processors until it runs."""
        with self._guard:
            self._starting += 1
        try:
            yield
        finally:
            with self._guard:
                self._starting -= 1
                loads = () if self._starting else self._loads
                self._loads = self._loads if self._starting else ()
            for load in loads:
                self._pool.submit(load)

    def close(self) -> None:
        """Load what has not begun no more; idempotent."""
        self._pool.shutdown(cancel_futures=True)
