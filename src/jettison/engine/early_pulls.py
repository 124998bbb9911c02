"""Pulling base images early: while other steps run, and not only when the step on top of them can begin.

Only what a step needs that was never done before, at its place in this Dockerfile: a step that was done may be found in
the cache once its inputs are known, and then the files of its base are of no interest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from jettison.engine.examine import Examiner
from jettison.engine.inputs import Snapshot
from jettison.engine.layers import Layers, Progress
from jettison.errors import CancelledError, JettisonError
from jettison.hints import Protocol
from jettison.model.digest import Digest
from jettison.model.op import ExecOp, FileOp, Vertex
from jettison.pools import ThreadPoolExecutor
from jettison.solve.scheduler import users_of
from jettison.store.leases import Lease

_PARALLEL_STEPS = 2


class HasResult(Protocol):
    """A solved vertex."""

    @property
    def result(self) -> object:
        """What it gave."""
        ...


class EarlyPulls:
    """The early pulls of one solve. Used by its thread alone; close it, or use it in ``with``."""

    def __init__(
        self,
        vertices: Sequence[Vertex],
        needed: Iterable[int],
        *,
        examiner: Examiner,
        lease: Lease,
        progress_of: Callable[[int], Progress],
    ) -> None:
        self._vertices = vertices
        self._progress_of = progress_of
        self._examiner = examiner
        self._lease = lease
        self._users = users_of(vertices, needed)
        self._seen: set[int] = set()
        self._stopped = threading.Event()
        self._pool: ThreadPoolExecutor | None = None

    def begin(self, number: int, results: Mapping[int, HasResult]) -> None:
        """Vertex ``number`` has to be done, and so has all that stands on it: pull what that needs beside.

        What goes wrong is told by the step that needs the layers, which then tries itself.
        """
        pending = list(self._users.get(number, ()))
        while pending:
            user = pending.pop()
            if user in self._seen:
                continue
            self._seen.add(user)
            pending += self._users.get(user, ())
            layers = self._missing(self._vertices[user], results)
            if layers:
                self._pull(layers, self._progress_of(user))

    def close(self) -> None:
        """Give up what is under way, and wait for it; idempotent."""
        self._stopped.set()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> EarlyPulls:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _missing(self, vertex: Vertex, results: Mapping[int, HasResult]) -> tuple[Digest, ...]:
        if not isinstance(vertex.op, FileOp | ExecOp):
            return ()
        inputs = [results[source].result for source in vertex.inputs if source is not None and source in results]
        layers = [layer for one in inputs if isinstance(one, Snapshot) for layer in one.layers]
        if not layers or self._examiner.was_done(vertex):
            return ()
        return tuple(dict.fromkeys(layers))

    def _pull(self, layers: tuple[Digest, ...], progress: Progress) -> None:
        self._lease.hold_layers(layers)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_PARALLEL_STEPS, thread_name_prefix="early")
        self._pool.submit(_bring, self._examiner.layers, layers, progress, self._stopped)


def _bring(layers: Layers, wanted: tuple[Digest, ...], progress: Progress, stopped: threading.Event) -> None:
    def tell(part: str, done: int, total: int | None) -> None:
        if stopped.is_set():
            raise CancelledError("no longer needed")
        progress(part, done, total)

    try:
        layers.bring(wanted, tell)
    except JettisonError:
        return  # the step that needs them tries again, and tells
