"""Jobs are shared out among forked processes, and whatever goes wrong in one of them, only its answer is missing."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

import pytest
from tests.engine.processes import children

from jettison.engine.forked_jobs import Answer, Tell, can_fork, do_forked


@pytest.fixture(autouse=True)
def no_process_stays() -> Iterator[None]:
    """All processes have ended when the answers are there; those of other tests are none of theirs."""
    before = children()
    yield
    assert children() <= before


def no_progress(job: int, number: int) -> None:
    """Nobody is told."""


def test_every_job_is_done_once_somewhere_else() -> None:
    """What they say comes back whole, whatever its length, and so does how far they came."""
    told: list[tuple[int, int]] = []

    def do(job: int, tell: Tell) -> Answer:
        tell(job * 10)
        return Answer(b"%d " % os.getpid() + b"x" * job * 100_000)

    answers = do_forked(range(20), do, lambda job, number: told.append((job, number)))
    assert {job: len(answer.data.partition(b" ")[2]) for job, answer in answers.items()} == {
        job: job * 100_000 for job in range(20)
    }
    assert b"%d" % os.getpid() not in {answer.data.partition(b" ")[0] for answer in answers.values()}
    assert sorted(told) == [(job, job * 10) for job in range(20)]


def test_open_files_come_back() -> None:
    """They can be read here, and nobody else has them."""

    def do(job: int, tell: Tell) -> Answer:
        with tempfile.TemporaryFile() as file:
            file.write(b"from job %d" % job)
            file.flush()
            return Answer(b"", [os.dup(file.fileno())])

    for job, answer in do_forked(range(5), do, no_progress).items():
        (descriptor,) = answer.descriptors
        assert os.pread(descriptor, 100, 0) == b"from job %d" % job
        os.close(descriptor)


@pytest.mark.parametrize("end", ["raises", "killed", "leaves", "silent"])
def test_a_job_that_fails_has_no_answer(end: str) -> None:
    """The others have."""

    def do(job: int, tell: Tell) -> Answer:
        if job == 0:
            match end:
                case "raises":
                    raise ValueError("wrong")
                case "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "leaves":
                    sys.exit(3)
                case "silent":
                    tell(1)
                    os._exit(0)
        return Answer(b"done")

    assert do_forked(range(6), do, no_progress).keys() >= {1, 2, 3, 4, 5}


def test_where_all_are_killed_there_are_no_answers() -> None:
    """And nobody waits for one."""

    def do(job: int, tell: Tell) -> Answer:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    assert do_forked(range(40), do, no_progress) == {}


def test_more_jobs_than_can_be_dealt_out_are_left_undone() -> None:
    """No image has so many layers."""
    assert do_forked(range(20_000), lambda job, tell: Answer(b""), no_progress) == {}


def test_an_error_here_ends_them() -> None:
    """Such as Ctrl-C: nobody waits for what they do."""

    def do(job: int, tell: Tell) -> Answer:
        tell(1)
        select.poll().poll()  # for ever
        return Answer(b"")

    def interrupt(job: int, number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do_forked(range(2), do, interrupt)


def test_a_process_with_threads_is_not_forked() -> None:
    """A lock that one of them holds would never be let go of."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        assert not can_fork()
    finally:
        end.set()
        thread.join()


def test_processes_end_with_the_one_that_asked() -> None:
    """When it is killed, the next thing that they say finds nobody."""
    program = """
import os, time
from jettison.engine.forked_jobs import Answer, do_forked
def do(job, tell):
    while True:
        tell(1)
        time.sleep(0.01)
do_forked(range(4), do, lambda job, number: os.write(1, b"."))
"""
    ours, theirs = os.pipe()
    asking = subprocess.Popen([sys.executable, "-c", program], stdout=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as said:
        assert said.read(1) == b"."
        asking.kill()
        asking.wait()
        while said.read(4096):  # until the last that has the other end is gone
            pass
