"""Work in a process beside this one gives what it gives here, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable

import pytest
from tests.engine.processes import children

from jettison.engine.beside import Helpers


def _helpers() -> Helpers:
    """For any number of files, also where the tests run beside threads or on one core."""
    return Helpers(least_files=0, may_fork=lambda: True)


def test_a_result_comes_from_another_process() -> None:
    """What it is made of need not be handed over."""
    known = {"a": (1, 2), "b": ("x",)}
    with _helpers() as helpers:
        found = helpers.beside(1, lambda: (os.getpid(), known))
        process, result = found()
    assert process != os.getpid()
    assert result == known


def test_few_files_are_looked_at_here() -> None:
    """A process would take longer; and nothing is done before somebody asks."""
    done: list[int] = []

    def work() -> int:
        done.append(os.getpid())
        return 7

    with Helpers(least_files=10) as helpers:
        found = helpers.beside(9, work)
        assert not done
        assert found() == 7
    assert done == [os.getpid()]


@pytest.mark.parametrize(
    "end", [lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: sys.exit(1)]
)
def test_what_dies_is_done_again_here(end: Callable[[], None]) -> None:
    """However the process ended, with an answer or without."""
    here = os.getpid()

    def work() -> str:
        if os.getpid() != here:
            end()
        return "done"

    with _helpers() as helpers:
        assert helpers.beside(1, work)() == "done"


def test_a_process_with_threads_is_not_copied() -> None:
    """A lock that a thread holds would stay locked in the copy."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        with Helpers(least_files=0) as helpers:
            assert helpers.beside(1, os.getpid)() == os.getpid()
    finally:
        end.set()
        thread.join()


def test_an_error_is_met_here() -> None:
    """As if there were one process."""

    def work() -> None:
        raise ValueError("not this")

    with _helpers() as helpers, pytest.raises(ValueError, match="not this"):
        helpers.beside(1, work)()


def test_a_large_result_arrives_whole() -> None:
    """Also one that is larger than any pipe."""
    with _helpers() as helpers:
        assert helpers.beside(1, lambda: bytes(5_000_000))() == bytes(5_000_000)


def test_nobody_stays_behind() -> None:
    """A process whose result nobody wants any more is ended, and its descriptor closed."""
    before, descriptors = children(), len(os.listdir("/proc/self/fd"))
    with _helpers() as helpers:
        helpers.beside(1, signal.pause)
        assert children() - before
    assert children() <= before
    assert len(os.listdir("/proc/self/fd")) == descriptors
