"""A command that begins before its turn: on what the command below it left, while that is being packed."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from jettison.engine.inputs import Snapshot
from jettison.engine.run_step import Above
from jettison.errors import JettisonError
from jettison.hints import Protocol
from jettison.pools import Future, ThreadPoolExecutor


class Early(Protocol):
    """A step that may have its command run early."""

    def run_early(self, below: Snapshot, above: Above, cancelled: threading.Event) -> Path | None:
        """Run the command on ``below`` with ``above`` on it; the directory that it left, None where nothing was done.

        Ends soon with an error once ``cancelled`` is set.
        """

    def reserve(self, root: Snapshot) -> bool:
        """The root is known now: have nobody else do the same; whether that worked out."""

    def tidy(self) -> None:
        """Remove what the step leaves; idempotent."""


class HeadStart:
    """The head start of one step. The step below begins it and waits for it, the step itself takes its result.

    It may be that it is never begun, or begun and of no use: whoever knows says :meth:`drop`.
    """

    def __init__(self, step: Early, pool: ThreadPoolExecutor) -> None:
        self._step = step
        self._pool = pool
        self._cancelled = threading.Event()
        self._held = threading.Event()
        self._future: Future[Path | None] | None = None

    def begin(self, below: Snapshot, upper: Path) -> None:
        """Begin to run the command on ``below`` and on the directory ``upper``, which stays until :meth:`wait_ended`,
        and where it is until :meth:`wait_held`.
        """
        if self._cancelled.is_set():
            return
        above = Above(directory=upper, held=self._held.set)
        with suppress(JettisonError):  # there may be no thread more
            self._future = self._pool.submit(self._step.run_early, below, above, self._cancelled)
            self._future.add_done_callback(lambda _: self._held.set())

    def wait_held(self) -> None:
        """Return once the directory below may be renamed: the command holds it open, or will never begin."""
        if self._is_running():
            self._held.wait()

    def wait_ended(self) -> None:
        """Return once the command ended, or will never begin."""
        if self._is_running():
            assert self._future is not None
            self._future.exception()

    def reserve(self, root: Snapshot) -> None:
        """The root is known now, of which the directory below has become the topmost layer."""
        if self._future is not None and not self._step.reserve(root):
            self.cancel()

    def result(self) -> Path | None:
        """The directory that the command left; None where it did not run. Waits for it, and raises what it raised."""
        if self._future is None or not self._is_running():
            return None
        return self._future.result()

    def cancel(self) -> None:
        """Have the command killed, soon."""
        self._cancelled.set()

    def drop(self) -> None:
        """Nobody takes the result: have the command killed and what it left removed."""
        self.cancel()
        if self._future is None or not self._is_running():
            self._step.tidy()
        else:
            self._future.add_done_callback(lambda _: self._step.tidy())

    def _is_running(self) -> bool:
        """Whether the command runs, or has run; from now on it does not begin where it has not."""
        return self._future is not None and not self._future.cancel()
