"""Pools of threads."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from jettison.pools import ThreadPoolExecutor


def fail() -> None:
    raise ValueError("no")


def test_jobs_are_done_and_their_results_told() -> None:
    """What a job returns and what it raises; with as many threads as there are jobs at once, and no more than allowed."""
    together = threading.Barrier(3)
    with ThreadPoolExecutor(3, thread_name_prefix="three") as pool:
        meeting = [pool.submit(together.wait, 30) for _ in range(3)]
        assert sorted(job.result() for job in meeting) == [0, 1, 2]
        assert list(pool.map(pow, range(40), [2] * 40)) == [number**2 for number in range(40)]
        names = {pool.submit(lambda: threading.current_thread().name).result() for _ in range(40)}
        assert names <= {"three_0", "three_1", "three_2"}
        failed = pool.submit(fail)
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                failed.result()
        assert isinstance(failed.exception(), ValueError)
        assert pool.submit(int, "11", base=2).exception() is None


def test_one_thread_keeps_the_order() -> None:
    """Jobs are begun as they came."""
    done: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        for number in range(200):
            pool.submit(done.append, number)
    assert done == list(range(200))


def test_the_end_of_the_body_waits() -> None:
    """Also where it raises; afterwards nothing is taken any more."""
    gate, done = threading.Event(), threading.Event()

    def slow() -> None:
        gate.wait(30)
        done.set()

    with pytest.raises(ValueError, match="no"), ThreadPoolExecutor(1) as pool:
        pool.submit(slow)
        gate.set()
        fail()
    assert done.is_set()
    with pytest.raises(RuntimeError):
        pool.submit(fail)


def test_what_nobody_began_can_be_cancelled() -> None:
    """One job, or all of a pool that shuts down; what is at work goes on."""
    begun, gate = threading.Event(), threading.Event()

    def work() -> bool:
        begun.set()
        return gate.wait(30)

    pool = ThreadPoolExecutor(1)
    running, one, other = pool.submit(work), pool.submit(fail), pool.submit(fail)
    begun.wait(30)
    assert one.cancel()
    told = threading.Event()
    other.add_done_callback(lambda _: told.set())
    threading.Timer(0.05, gate.set).start()
    pool.shutdown(cancel_futures=True)
    assert told.is_set()
    assert running.result() is True
    assert not running.cancel()
    with pytest.raises(Exception, match="cancelled"):
        other.result()


def test_a_callback_is_told_once() -> None:
    """Before the end or after it."""
    told: list[object] = []
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(int)
        job.add_done_callback(told.append)
        job.result()
    job.add_done_callback(told.append)
    assert told == [job, job]


def test_a_pool_that_is_not_waited_for_ends() -> None:
    """Its last jobs are done all the same."""
    done = threading.Event()
    pool = ThreadPoolExecutor(2)
    pool.submit(done.set)
    pool.shutdown(wait=False)
    assert done.wait(30)


def test_nothing_else_is_loaded() -> None:
    """The library that this stands in for loads a dozen modules."""
    script = "import sys, jettison.pools\nprint(*{'logging', 'concurrent.futures', 'traceback'} & {*sys.modules})"
    assert (
        subprocess.check_output([sys.executable, "-S", "-c", f"import sys\nsys.path[:0] = {sys.path!r}\n{script}"])
        == b"\n"
    )


_WITHOUT_THREADS = """
import resource, threading
from jettison.errors import JettisonError
from jettison.pools import ThreadPoolExecutor
threading.stack_size(1 << 30)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
with ThreadPoolExecutor(2) as pool:
    try:
        pool.submit(print, "never")
    except JettisonError as error:
        print(error, bool(error.hint))
    threading.stack_size(0)
    print(pool.submit(int, "7").result())
"""


def test_a_thread_that_cannot_be_started_is_an_error_and_no_fault() -> None:
    """Where memory is limited the job is refused with a hint, is never done, and the pool still ends and serves."""
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_THREADS], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "no more threads can be started True\n7\n"
