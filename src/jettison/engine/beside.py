"""Work of a large analysis in a process of its own, beside this one: two interpreters share no lock.

The process is a copy of this one, so what it works on need not be handed to it; only its result is handed back. What
goes wrong there is done again here, and meets the same error.
"""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Callable
from types import TracebackType

from jettison.engine.forked_jobs import can_fork
from jettison.hints import NoReturn, Self, TypeVar

_T = TypeVar("_T")
_LEAST_FILES = 30_000
"""Below that the copy costs more than it brings."""


class Helpers:
    """The processes that were begun; those whose result nobody asked for are ended by ``with``."""

    def __init__(self, *, least_files: int = _LEAST_FILES, may_fork: Callable[[], bool] = can_fork) -> None:
        self._least_files = least_files
        self._may_fork = may_fork
        self._processes: dict[int, int] = {}
        """Process -> where its result comes from."""

    def beside(self, files: int, work: Callable[[], _T], /) -> Callable[[], _T]:
        """Begin to work in another process, where there are many files and another core; gives the result later.

        The result must be fit for pickling. ``work`` touches neither a terminal nor a database.
        """
        if files < self._least_files or not self._may_fork():
            return work
        reading, writing = os.pipe2(os.O_CLOEXEC)
        try:
            process = os.fork()
        except OSError:  # no more processes are allowed, or there is no memory for one: it is done here
            os.close(reading)
            os.close(writing)
            return work
        if process == 0:
            _answer(writing, work)
        os.close(writing)
        self._processes[process] = reading
        return lambda: self._result(process, work)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process, reading in self._processes.items():
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(reading)
        self._processes.clear()

    def _result(self, process: int, work: Callable[[], _T]) -> _T:
        with open(self._processes[process], "rb", closefd=False) as answer:
            data = answer.read()
        os.close(self._processes.pop(process))
        _, status = os.waitpid(process, 0)
        if status:
            return work()
        result: _T = pickle.loads(data)  # noqa: S301 - of a process that is a copy of this one
        return result


def _answer(descriptor: int, work: Callable[[], object]) -> NoReturn:
    """Never returns: what the parent has open is not looked at again."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked says when to end
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with open(descriptor, "wb") as answer:
            pickle.dump(work(), answer, pickle.HIGHEST_PROTOCOL)
        code = 0
    finally:
        os._exit(code)
