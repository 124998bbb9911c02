"""The scheduler solves each vertex once, in dependency order, and stops cleanly after a failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jettison.model.digest import Digest
from jettison.model.op import FileOp, Vertex
from jettison.solve.scheduler import Cancel, Examine, Examined, Execute, Executed, Failed, Scheduler, Shared, State

Graph = tuple[Vertex, ...]


def graph(*inputs: tuple[int, ...]) -> Graph:
    return tuple(
        Vertex(op=FileOp(actions=()), inputs=sources, name=f"step {number}") for number, sources in enumerate(inputs)
    )


def key(text: str) -> Digest:
    return Digest.of(text.encode())


def solve(
    vertices: Graph,
    wanted: tuple[int, ...],
    *,
    key_of: Callable[[int], str] = str,
    cached: frozenset[int] = frozenset(),
    choose: Callable[[list[object]], int] = lambda pending: 0,
) -> tuple[Scheduler[str], list[str]]:
    """Answer every command, in the order that ``choose`` picks; return the scheduler and the trace."""
    scheduler: Scheduler[str] = Scheduler(vertices, wanted)
    pending: list[object] = list(scheduler.start())
    trace: list[str] = []
    while pending:
        command = pending.pop(choose(pending))
        if isinstance(command, Examine):
            trace.append(f"examine {command.number}")
            hit = f"cached {command.number}" if command.number in cached else None
            pending.extend(scheduler.handle(Examined(command.number, key(key_of(command.number)), hit)))
        elif isinstance(command, Execute):
            trace.append(f"execute {command.number}")
            pending.extend(scheduler.handle(Executed(command.number, f"result {command.number}")))
    return scheduler, trace


def test_a_chain_runs_in_order() -> None:
    scheduler, trace = solve(graph((), (0,), (1,)), (2,))
    assert trace == ["examine 0", "execute 0", "examine 1", "execute 1", "examine 2", "execute 2"]
    assert scheduler.results[2] == "result 2"


def test_only_what_the_target_needs_is_touched() -> None:
    scheduler, trace = solve(graph((), (), (1,)), (2,))
    assert 0 not in scheduler.states
    assert not any(line.endswith(" 0") for line in trace)


def test_independent_vertices_are_examined_at_once() -> None:
    scheduler: Scheduler[str] = Scheduler(graph((), (), (), (0, 1, 2)), (3,))
    assert [command.number for command in scheduler.start()] == [0, 1, 2]


def test_a_hit_is_not_executed() -> None:
    _, trace = solve(graph((), (0,)), (1,), cached=frozenset({0}))
    assert trace == ["examine 0", "examine 1", "execute 1"]


def test_equal_keys_are_executed_once_and_share_the_result() -> None:
    scheduler: Scheduler[str] = Scheduler(graph((), (), (0, 1)), (2,))
    scheduler.start()
    assert scheduler.handle(Examined(0, key("same"), None)) == [Execute(0, key("same"), ())]
    assert scheduler.handle(Examined(1, key("same"), None)) == []
    assert scheduler.states[1] is State.WAITING
    assert scheduler.handle(Executed(0, "once")) == [Examine(2, ("once", "once"))]
    assert scheduler.take_shared() == [Shared(1, 0)]
    assert scheduler.take_shared() == []


def test_a_failure_cancels_what_runs_and_starts_nothing_new() -> None:
    scheduler: Scheduler[str] = Scheduler(graph((), (), (0, 1)), (2,))
    scheduler.start()
    scheduler.handle(Examined(0, key("a"), None))
    scheduler.handle(Examined(1, key("b"), None))
    error = RuntimeError("no")
    assert scheduler.handle(Failed(0, error)) == [Cancel(1)]
    assert scheduler.running == {1}
    assert scheduler.handle(Executed(1, "late")) == []
    assert not scheduler.running
    assert scheduler.error is error
    assert scheduler.states[2] is State.BLOCKED


def test_a_twin_of_a_failed_vertex_fails_too() -> None:
    scheduler: Scheduler[str] = Scheduler(graph((), ()), (0, 1))
    scheduler.start()
    scheduler.handle(Examined(0, key("same"), None))
    scheduler.handle(Examined(1, key("same"), None))
    scheduler.handle(Failed(0, RuntimeError("no")))
    assert scheduler.states == {0: State.FAILED, 1: State.FAILED}


def test_stopping_from_outside_keeps_the_first_error() -> None:
    scheduler: Scheduler[str] = Scheduler(graph(()), (0,))
    scheduler.start()
    first = KeyboardInterrupt()
    assert scheduler.stop(first) == [Cancel(0)]
    scheduler.stop(RuntimeError("later"))
    assert scheduler.error is first


@given(st.data())
def test_every_order_of_answers_solves_every_needed_vertex_once(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 12))
    vertices = graph(*(tuple(data.draw(st.lists(st.integers(0, n - 1), max_size=3))) if n else () for n in range(size)))
    keys = data.draw(st.lists(st.sampled_from("abcdef"), min_size=size, max_size=size))
    cached = frozenset(data.draw(st.sets(st.integers(0, size - 1))))
    wanted = (data.draw(st.integers(0, size - 1)),)

    def choose(pending: list[object]) -> int:
        return data.draw(st.integers(0, len(pending) - 1))

    scheduler, trace = solve(vertices, wanted, key_of=lambda n: keys[n], cached=cached, choose=choose)
    assert set(scheduler.results) == set(scheduler.states)
    assert all(state is State.SOLVED for state in scheduler.states.values())
    assert len(trace) == len(set(trace))
    assert not scheduler.running


@pytest.mark.parametrize("wanted", [(), (0,)])
def test_nothing_to_do_is_finished_at_once(wanted: tuple[int, ...]) -> None:
    scheduler, _ = solve(graph(()), wanted, cached=frozenset({0}))
    assert not scheduler.running
