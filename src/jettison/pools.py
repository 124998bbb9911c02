"""Pools of threads: the standard library's, as far as this project needs them.

Type checkers see :mod:`concurrent.futures` itself. At run time that module loads ``logging`` and all that belongs to
it, which takes as long as planning a small build. What differs, and does not matter here: nobody waits for a pool that
was never shut down, and a job's future offers ``result``, ``exception``, ``cancel`` and ``add_done_callback`` alone.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from jettison.errors import JettisonError
from jettison.hints import TYPE_CHECKING, Any, Self


def begin(thread: threading.Thread) -> threading.Thread:
    """Start it; raises :class:`JettisonError` where this machine allows no thread more. Then it must not be joined."""
    try:
        thread.start()
    except RuntimeError as error:
        hint = "memory or processes are limited here: see 'ulimit -v' and 'ulimit -u'"
        raise JettisonError("no more threads can be started", hint=hint) from error
    return thread


class _CancelledError(Exception):
    """Asked for the result of a job that was cancelled."""


class _Executor:
    """Whatever takes jobs."""

    def submit(self, job: Callable[..., Any], /, *args: Any, **named: Any) -> _Future:
        raise NotImplementedError


class _Future:
    """What will come of a job."""

    __slots__ = ("_callbacks", "_changed", "_error", "_is_done", "_is_taken", "_result")

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_taken = False
        self._is_done = False
        self._result: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Any], object]] = []

    def result(self) -> Any:
        """What the job returned, once it is over; raises what it raised."""
        error = self.exception()
        if error is not None:
            try:
                raise error
            finally:
                del error, self  # the traceback holds this frame: no circle of references
        return self._result

    def exception(self) -> BaseException | None:
        """What the job raised, once it is over; None where it returned."""
        with self._changed:
            while not self._is_done:
                self._changed.wait()
            return self._error

    def cancel(self) -> bool:
        """Have a job that nobody began not done; whether that is so."""
        if not self.take():
            return isinstance(self._error, _CancelledError)
        self.finish(None, _CancelledError("cancelled"))
        return True

    def add_done_callback(self, callback: Callable[[Any], object]) -> None:
        """Call it with this future when the job is over, in the thread that did it; at once where it is."""
        with self._changed:
            if not self._is_done:
                self._callbacks.append(callback)
                return
        callback(self)

    def take(self) -> bool:
        """Whether the job is the caller's to do: nobody has begun or cancelled it."""
        with self._changed:
            taken, self._is_taken = self._is_taken, True
            return not taken

    def finish(self, result: Any, error: BaseException | None) -> None:
        """The job is over."""
        with self._changed:
            self._result, self._error, self._is_done = result, error, True
            self._changed.notify_all()
        for callback in self._callbacks:
            callback(self)


class _ThreadPoolExecutor(_Executor):
    """Does jobs on up to so many threads, each begun when a job finds none idle."""

    def __init__(self, max_workers: int, thread_name_prefix: str = "worker") -> None:
        self._most = max_workers
        self._prefix = thread_name_prefix
        self._changed = threading.Condition()
        self._jobs: deque[tuple[_Future, Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = deque()
        self._idle = 0
        self._is_shut_down = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def submit(self, job: Callable[..., Any], /, *args: Any, **named: Any) -> _Future:
        """Have it done; jobs are begun in the order in which they came."""
        future = _Future()
        with self._changed:
            if self._is_shut_down:
                raise RuntimeError("the pool was shut down")
            self._jobs.append((future, job, args, named))
            if self._idle >= len(self._jobs):
                self._changed.notify()
            elif len(self._threads) < self._most:
                name = f"{self._prefix}_{len(self._threads)}"
                thread = threading.Thread(target=self._work, name=name, daemon=True)
                try:
                    self._threads.append(begin(thread))
                except JettisonError:
                    self._jobs.pop()  # nobody would ever do it
                    raise
        return future

    def map(self, job: Callable[..., Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        """The results of one job for each set of arguments, in their order."""
        futures = deque(self.submit(job, *each) for each in zip(*arguments, strict=False))
        return (futures.popleft().result() for _ in itertools.repeat(None, len(futures)))

    def shutdown(self, *, wait: bool = True, cancel_futures: bool = False) -> None:
        """Take no more jobs, and end when all are done; ``wait`` for that. Idempotent."""
        with self._changed:
            self._is_shut_down = True
            dropped = list(self._jobs) if cancel_futures else []
            self._changed.notify_all()
        for future, *_ in dropped:
            future.cancel()
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs:
                    if self._is_shut_down:
                        return
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
                future, job, args, named = self._jobs.popleft()
            if future.take():
                try:
                    result, error = job(*args, **named), None
                except BaseException as raised:
                    result, error = None, raised
                future.finish(result, error)
            del future, job, args, named  # nothing is kept while there is nothing to do
            result = error = None


if TYPE_CHECKING:
    from concurrent.futures import Executor, Future, ThreadPoolExecutor
else:
    Executor = _Executor
    Future = _Future
    ThreadPoolExecutor = _ThreadPoolExecutor

__all__ = ["Executor", "Future", "ThreadPoolExecutor", "begin"]
