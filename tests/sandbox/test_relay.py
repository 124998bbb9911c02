"""Signals of the user on their way to a command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.threads import no_more_threads

from jettison.errors import JettisonError
from jettison.sandbox.interface import Process
from jettison.sandbox.relay import caught_signals

PATIENCE_SECONDS = 60
KILLED = 128 + signal.SIGKILL

PROGRAM = """
import os, signal, sys
from pathlib import Path
from jettison.sandbox.namespaces import NamespacesSandbox
from jettison.sandbox.relay import caught_signals
from jettison.sandbox.types import CommandSpec, RootSpec
directory, script, early, grace_seconds = sys.argv[1:]
with NamespacesSandbox() as sandbox, caught_signals(grace_seconds=float(grace_seconds)) as signals:
    for number in early.split():
        os.kill(os.getpid(), int(number))
    command = CommandSpec(args=("/busybox", "sh", "-c", script))
    process = sandbox.start(RootSpec(layers=(Path(directory),)), [], command, stdout=1)
    with signals.to(process, window=0):
        status = process.wait()
sys.exit(status)
"""

Start = Callable[..., subprocess.Popen[str]]

root = pytest.mark.root
busybox = pytest.mark.skipif(shutil.which("busybox") is None, reason="busybox is not installed")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the program above, and wait for the command's first line, ``up``."""
    shutil.copy(shutil.which("busybox") or "", tmp_path / "busybox")
    (tmp_path / "up").write_text("up\n")

    def start(
        script: str, *, early: tuple[int, ...] = (), grace_seconds: float = 100, prefix: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        numbers = " ".join(str(int(number)) for number in early)
        process = subprocess.Popen(
            [*prefix, sys.executable, "-c", PROGRAM, os.fspath(tmp_path), script, numbers, str(grace_seconds)],
            stdout=subprocess.PIPE,
            text=True,
        )
        stack.enter_context(process)
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() in ("up\n", "")
        return process

    with ExitStack() as stack:
        yield start


def status_of(process: subprocess.Popen[str]) -> int:
    return process.wait(PATIENCE_SECONDS)


def exits_on(name: str, status: int) -> str:
    return f"trap 'exit {status}' {name}; echo up; while :; do /busybox sleep 0.02; done"


STAYS = "exec /busybox tail -f /up"
"""A command without handlers that says itself that it is up: the shell before it would catch SIGINT."""


@root
@busybox
@pytest.mark.parametrize("name", ["INT", "TERM", "QUIT", "USR1", "USR2"])
def test_a_signal_is_passed_on(start: Start, name: str) -> None:
    """The exit status is the command's."""
    process = start(exits_on(name, 5))
    process.send_signal(signal.Signals[f"SIG{name}"])
    assert status_of(process) == 5


@root
@busybox
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_one_kills(start: Start, number: signal.Signals) -> None:
    """A command that has no handler is process 1, and deaf to the first."""
    process = start(STAYS)
    process.send_signal(number)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(number)
    assert status_of(process) == KILLED


@root
@busybox
def test_sighup_kills(start: Start) -> None:
    """Whatever the command would do about it."""
    process = start("trap '' HUP; " + STAYS)
    process.send_signal(signal.SIGHUP)
    assert status_of(process) == KILLED


@root
@busybox
def test_sigterm_gives_time(start: Start) -> None:
    """After the grace period the command is killed."""
    process = start(STAYS, grace_seconds=0.2)
    process.terminate()
    assert status_of(process) == KILLED


@root
@busybox
@pytest.mark.parametrize("early", [(signal.SIGHUP,), (signal.SIGINT, signal.SIGUSR1, signal.SIGINT)])
def test_what_came_before_the_start_counts(start: Start, early: tuple[int, ...]) -> None:
    """Signals wait for the command, and act on it in their order."""
    assert status_of(start(STAYS, early=early)) == KILLED


@root
@busybox
def test_what_is_ignored_stays_ignored(start: Start) -> None:
    """As nohup(1) has it."""
    process = start(exits_on("TERM", 6), prefix=("nohup",))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    process.terminate()
    assert status_of(process) == 6


def test_everything_is_as_before_afterwards() -> None:
    """Handlers and the wakeup descriptor; inside, a signal raises nothing."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH)
    before = [signal.getsignal(number) for number in numbers]
    with caught_signals():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert [signal.getsignal(number) for number in numbers] == before
    wakeup = signal.set_wakeup_fd(-1)
    assert wakeup == -1


def test_another_thread_hears_nothing() -> None:
    """Signals are the main thread's; a run in another thread works all the same."""
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def body() -> None:
        with caught_signals():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen == [before]


class _Silent(Process):
    """A command that nobody has to signal."""

    terminal = None

    def signal(self, number: int) -> None:
        raise AssertionError(number)

    def kill(self) -> None:
        raise AssertionError

    def wait(self, timeout_seconds: float | None = None) -> int | None:
        raise AssertionError(timeout_seconds)


def test_without_threads_it_says_so() -> None:
    """The body is not entered, and nothing of the relay stays open."""
    before = len(os.listdir("/proc/self/fd"))
    with (
        no_more_threads(),
        caught_signals() as signals,
        pytest.raises(JettisonError, match="no more threads"),
        signals.to(_Silent(), window=0),
    ):
        pytest.fail("the command would run without its signals")
    assert len(os.listdir("/proc/self/fd")) == before
