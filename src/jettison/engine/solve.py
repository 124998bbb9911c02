"""Solving a definition for real: the scheduler's commands are executed on threads, its events told to a display."""

from __future__ import annotations

import queue
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from jettison.engine.early_pulls import EarlyPulls
from jettison.engine.file_step import FileStep
from jettison.engine.head_starts import HeadStarts
from jettison.engine.step import Step
from jettison.engine.workshop import Solved, Workshop
from jettison.errors import CancelledError
from jettison.model.op import FileOp, Vertex
from jettison.pools import ThreadPoolExecutor
from jettison.solve.events import VertexFinished
from jettison.solve.scheduler import (
    Cancel,
    Examine,
    Examined,
    Execute,
    Executed,
    Failed,
    Scheduler,
)

MAX_PARALLEL = 32
"""Steps that may run at once; as with BuildKit a step is not held back because the machine is busy."""


def solve(vertices: Sequence[Vertex], wanted: list[int], workshop: Workshop) -> dict[int, Solved]:
    """Solve the wanted vertices; returns all that were solved. Raises the first failure, located in the Dockerfile.

    Ctrl-C stops what runs, waits for it, and is a :class:`CancelledError`.
    """
    for vertex in vertices:
        if isinstance(vertex.op, FileOp):
            workshop.equal.setdefault(vertex.op, []).append(vertex)
    origins = {vertex.origin for copies in workshop.equal.values() for vertex in copies}
    workshop.first_builds.update(origin for origin in origins if not workshop.examiner.is_origin_known(origin))
    scheduler: Scheduler[Solved] = Scheduler(vertices, wanted)
    answers: queue.SimpleQueue[Examined[Solved] | Executed[Solved] | Failed] = queue.SimpleQueue()
    early = EarlyPulls(
        vertices,
        scheduler.states,
        examiner=workshop.examiner,
        lease=workshop.lease,
        progress_of=lambda number: Step(vertices[number], number, workshop).progress,
    )
    with (
        early,
        HeadStarts(vertices, scheduler.states, workshop) as ahead,
        ExitStack() as left,
        ThreadPoolExecutor(MAX_PARALLEL, thread_name_prefix="step") as pool,
    ):
        left.callback(_close_all, workshop.examined)

        def cancel() -> None:
            workshop.cancelled.set()
            ahead.cancel()

        def submit(commands: list[Examine[Solved] | Execute[Solved] | Cancel]) -> None:
            for command in commands:
                if isinstance(command, Cancel):
                    cancel()
                    continue
                if isinstance(command, Execute):
                    step = ahead.step(command.number, scheduler.results)
                    early.begin(command.number, scheduler.results)
                else:
                    step = Step(vertices[command.number], command.number, workshop)
                pool.submit(_answer, step, command, answers)

        try:
            submit(scheduler.start())
            while scheduler.running:
                submit(scheduler.handle(answers.get()))
                for shared in scheduler.take_shared():
                    number = workshop.first_number + shared.number
                    workshop.emit(VertexFinished(number=number, time=workshop.clock(), cached=True))
                ahead.drop(scheduler.results)
        except BaseException as error:
            cancel()  # the pool waits for every step that runs, whatever was lost of its answer
            if isinstance(error, KeyboardInterrupt):
                raise CancelledError("interrupted") from error
            raise
        finally:
            ahead.cancel()
    if scheduler.error is not None:
        raise scheduler.error
    return scheduler.results


def _close_all(steps: Mapping[int, FileStep]) -> None:
    """Close those that were looked at and never carried out."""
    for step in steps.values():
        step.close()


def _answer(
    step: Step,
    command: Examine[Solved] | Execute[Solved],
    answers: queue.SimpleQueue[Examined[Solved] | Executed[Solved] | Failed],
) -> None:
    try:
        with step.span():
            answer = step.examine(command) if isinstance(command, Examine) else step.execute(command)
        answers.put(answer)
    except BaseException as error:
        answers.put(Failed(command.number, step.located(error)))
    finally:
        step.tidy()
