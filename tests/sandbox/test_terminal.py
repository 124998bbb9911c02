"""The pump between the user's terminal and a command's."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE_SECONDS = 60

pytestmark = pytest.mark.root

PROGRAM = """
import os, sys
from pathlib import Path
from jettison.sandbox.namespaces import NamespacesSandbox
from jettison.sandbox.relay import caught_signals
from jettison.sandbox.terminal import attach
from jettison.sandbox.types import CommandSpec, RootSpec
from jettison.sandbox.window import window_size
with NamespacesSandbox() as sandbox, caught_signals() as signals:
    command = CommandSpec(args=("/busybox", "sh", "-c", sys.argv[2]), terminal=True, terminal_size=window_size(0))
    process = sandbox.start(RootSpec(layers=(Path(sys.argv[1]),)), [], command)
    with signals.to(process, window=0):
        status = attach(process, stdin=0, stdout=1)
sys.exit(status)
"""


class User:
    """A user at a real terminal, in which the program above runs."""

    def __init__(self, script: str, directory: Path) -> None:
        self.terminal, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 77, 0, 0))
        self.before = termios.tcgetattr(inner)
        self.inner = inner
        self.program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, os.fspath(directory), script],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        self.seen = ""

    def sees(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.seen
            self.seen += os.read(self.terminal, 1 << 16).decode()
        self.seen = self.seen.partition(text)[2]

    def enters(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def resizes(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.program.send_signal(signal.SIGWINCH)

    def ends(self) -> int:
        status = self.program.wait(PATIENCE_SECONDS)
        assert termios.tcgetattr(self.inner) == self.before, "the terminal was not restored"
        return status

    def leaves(self) -> None:
        self.program.kill()
        self.program.wait()
        os.close(self.terminal)
        os.close(self.inner)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "busybox").write_bytes(Path("/bin/busybox").read_bytes())
    (tmp_path / "busybox").chmod(0o755)
    return tmp_path


@pytest.fixture
def users() -> Iterator[list[User]]:
    users: list[User] = []
    yield users
    for user in users:
        user.leaves()


def test_keys_output_size_and_status(directory: Path, users: list[User]) -> None:
    user = User("echo start; /busybox stty size; read line; echo got $line; exit 7", directory)
    users.append(user)
    user.sees("start\r\n24 77\r\n")
    user.enters(b"hello\r")
    user.sees("got hello")
    assert user.ends() == 7


def test_a_new_size_of_the_window_is_passed_on(directory: Path, users: list[User]) -> None:
    user = User("trap '/busybox stty size; exit 3' WINCH; echo start; while :; do /busybox sleep 0.02; done", directory)
    users.append(user)
    user.sees("start")
    user.resizes(40, 132)
    user.sees("40 132")
    assert user.ends() == 3


def test_ctrl_c_goes_to_the_command_and_not_to_us(directory: Path, users: list[User]) -> None:
    user = User("trap 'echo caught; exit 5' INT; echo start; while :; do /busybox sleep 0.02; done", directory)
    users.append(user)
    user.sees("start")
    user.enters(b"\x03")
    user.sees("caught")
    assert user.ends() == 5


def test_a_kill_restores_the_terminal(directory: Path, users: list[User]) -> None:
    user = User("echo start; /busybox sleep 1000", directory)
    users.append(user)
    user.sees("start")
    user.program.send_signal(signal.SIGHUP)
    assert user.ends() == 128 + signal.SIGKILL


def test_much_output_arrives_whole(directory: Path, users: list[User]) -> None:
    user = User("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1", directory)
    users.append(user)
    for number in (0, 5000, 19999):
        user.sees(f"line {number}\r\n")
    assert user.ends() == 1


def test_keys_that_nobody_reads_do_not_stop_the_output(directory: Path, users: list[User]) -> None:
    """The command writes and never reads, while the user types more than the terminal holds."""
    user = User("/busybox stty raw -echo; echo start; while :; do echo tick; /busybox sleep 0.05; done", directory)
    users.append(user)
    user.sees("start")
    os.set_blocking(user.terminal, False)
    for _ in range(100):
        try:
            os.write(user.terminal, b"k" * 1000)
        except BlockingIOError:
            break
    for _ in range(3):
        user.sees("tick")
