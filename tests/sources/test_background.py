"""What blocks is waited for on a thread that can be left."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest
from tests.support.threads import no_more_threads

from jettison.errors import JettisonError
from jettison.sources.background import in_background


def _nothing() -> None:
    pass


def test_items_come_in_order_and_errors_last() -> None:
    """More of them than are made ahead; what is raised on the thread is raised here."""

    def produce() -> Generator[int]:
        yield from range(100)
        raise ValueError("at the end")

    taken: list[int] = []
    with pytest.raises(ValueError, match="at the end"):
        taken.extend(in_background(produce, _nothing))
    assert taken == list(range(100))


def test_waiting_can_be_ended() -> None:
    """While nothing comes ``waiting`` is asked, and what it raises ends the wait, not the thread."""
    go_on, closed = threading.Event(), threading.Event()

    def produce() -> Generator[int]:
        try:
            yield 1
            go_on.wait()
            yield 2
        finally:
            closed.set()

    def waiting() -> None:
        raise KeyboardInterrupt

    items = in_background(produce, waiting)
    assert next(items) == 1
    with pytest.raises(KeyboardInterrupt):
        next(items)
    assert not closed.is_set()
    go_on.set()
    assert closed.wait(60)


def test_whoever_stops_early_is_not_worked_for() -> None:
    """The thread closes what it reads from, also where it waits for somebody to take an item."""
    closed = threading.Event()

    def produce() -> Generator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    items = in_background(produce, _nothing)
    assert next(items) == 1
    items.close()
    assert closed.wait(60)


def test_without_threads_it_says_so() -> None:
    """Nothing is read, and the error is one that people can act on."""

    def produce() -> Generator[int]:
        yield from map(pytest.fail, ["nobody reads"])

    with no_more_threads(), pytest.raises(JettisonError, match="no more threads"):
        list(in_background(produce, _nothing))
