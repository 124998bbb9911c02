"""Which commands of a solve may begin before their turn, and what becomes of those that did.

Only what is certain to run: a command that ``--no-cache`` concerns, or that was never done at its place in this
Dockerfile. It stands on a command that runs now, on this machine's platform, and all else that it needs is there.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from jettison.engine.examine import Inputs
from jettison.engine.head_start import HeadStart
from jettison.engine.step import Step
from jettison.engine.workshop import Solved, Workshop
from jettison.model.op import ExecOp, Vertex
from jettison.pools import ThreadPoolExecutor
from jettison.solve.scheduler import users_of

_PARALLEL = 32


class HeadStarts:
    """The head starts of one solve. Used by its thread alone, in ``with``."""

    def __init__(self, vertices: Sequence[Vertex], needed: Iterable[int], workshop: Workshop) -> None:
        self._vertices = vertices
        self._workshop = workshop
        self._users = users_of(vertices, needed)
        self._pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="ahead")
        self._waiting: dict[int, Step] = {}
        """Steps with a head start whose turn has not come."""
        self._begun: list[HeadStart] = []

    def step(self, number: int, results: Mapping[int, Solved]) -> Step:
        """Vertex ``number`` has to be done: its step, with what it did before its turn, and with those that may run
        before theirs.
        """
        step = self._waiting.pop(number, None) or Step(self._vertices[number], number, self._workshop)
        if isinstance(self._vertices[number].op, ExecOp):
            step.followers = self._followers(number, results)
        return step

    def drop(self, solved: Container[int]) -> None:
        """Give up the head starts of steps whose result is there: they were found in the cache, or share another's."""
        for number in [number for number in self._waiting if number in solved]:
            self._drop(self._waiting.pop(number))

    def cancel(self) -> None:
        """Have all commands killed that began, also of steps whose turn has come since."""
        for head_start in self._begun:
            head_start.cancel()

    def __enter__(self) -> HeadStarts:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for all that was begun; no step runs any more."""
        self.cancel()
        for step in self._waiting.values():
            self._drop(step)
        self._pool.shutdown()
        for step in self._waiting.values():
            step.tell_cancelled()

    def _followers(self, number: int, results: Mapping[int, Solved]) -> list[HeadStart]:
        followers: list[HeadStart] = []
        equal: set[ExecOp] = set()
        """Of steps that say the same one is done."""
        for user in dict.fromkeys(self._users.get(number, ())):
            vertex = self._vertices[user]
            if isinstance(vertex.op, ExecOp) and vertex.op not in equal and self._may_begin(vertex, number, results):
                equal.add(vertex.op)
                followers.append(self._new(user, vertex, results))
        return followers

    def _may_begin(self, vertex: Vertex, below: int, results: Mapping[int, Solved]) -> bool:
        assert isinstance(vertex.op, ExecOp)
        native, platform = self._workshop.platform, vertex.op.platform
        first, *beside = vertex.inputs
        return (
            first == below
            and all(source is None or source in results for source in beside)
            and not any(mount.input == 0 for mount in vertex.op.mounts)
            and (platform.os, platform.architecture) == (native.os, native.architecture)
            and not self._workshop.examiner.was_done(vertex)
        )

    def _new(self, number: int, vertex: Vertex, results: Mapping[int, Solved]) -> HeadStart:
        beside: Inputs = tuple(None if source is None else results[source].result for source in vertex.inputs[1:])
        step = Step(vertex, number, self._workshop, beside)
        step.head_start = HeadStart(step, self._pool)
        self._waiting[number] = step
        self._begun.append(step.head_start)
        return step.head_start

    def _drop(self, step: Step) -> None:
        assert step.head_start is not None
        step.head_start.drop()
