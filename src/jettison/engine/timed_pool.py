"""A pool of threads whose every job is measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from jettison.pools import Executor, Future
from jettison.solve.events import SpanKind
from jettison.solve.spans import Spans

_P = ParamSpec("_P")
_T = TypeVar("_T")


class TimedPool(Executor):
    """Hands on to ``pool``, which whoever made it shuts down."""

    def __init__(self, pool: Executor, spans: Spans, kind: SpanKind) -> None:
        self._pool = pool
        self._spans = spans
        self._kind = kind

    def submit(self, job: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """As the pool does."""

        def measured() -> _T:
            with self._spans(self._kind):
                return job(*args, **kwargs)

        return self._pool.submit(measured)
