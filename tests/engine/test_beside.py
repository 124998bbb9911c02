"""Work in a process beside this one gives what it gives here, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jettison.engine.beside import Helpers

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one processor: nothing is done beside")


def _children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_a_result_comes_from_another_process() -> None:
    """What it is made of need not be handed over."""
    known = {"a": (1, 2), "b": ("x",)}
    with Helpers(least_files=0) as helpers:
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

    with Helpers(least_files=0) as helpers:
        assert helpers.beside(1, work)() == "done"


def test_an_error_is_met_here() -> None:
    """As if there were one process."""

    def work() -> None:
        raise ValueError("not this")

    with Helpers(least_files=0) as helpers, pytest.raises(ValueError, match="not this"):
        helpers.beside(1, work)()


def test_a_large_result_arrives_whole() -> None:
    """Also one that is larger than any pipe."""
    with Helpers(least_files=0) as helpers:
        assert helpers.beside(1, lambda: bytes(5_000_000))() == bytes(5_000_000)


def test_nobody_stays_behind() -> None:
    """A process whose result nobody wants any more is ended, and its descriptor closed."""
    before, descriptors = _children(), len(os.listdir("/proc/self/fd"))
    with Helpers(least_files=0) as helpers:
        helpers.beside(1, signal.pause)
        assert _children() != before
    assert _children() == before
    assert len(os.listdir("/proc/self/fd")) == descriptors
