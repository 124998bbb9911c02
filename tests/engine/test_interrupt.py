"""Ctrl-C, SIGTERM and a timeout stop a build with everything that it started, and leave the store whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tests.engine.bench import Bench

from jettison.engine.build import Announcement
from jettison.solve.events import Event, VertexFinished

pytestmark = pytest.mark.root

DOCKERFILE = """\
FROM busybox:test AS a
RUN (trap '' INT TERM; setsid sleep 1000.0625 & sleep 1000.0625) & echo ready; trap '' INT TERM; sleep 1000.0625
FROM busybox:test AS b
COPY f /f
RUN sleep 1000.0625
FROM scratch
COPY --from=a / /
COPY --from=b / /
"""


def start(bench: Bench, *arguments: str, dockerfile: str = DOCKERFILE) -> subprocess.Popen[str]:
    """The program in a process group of its own, as a shell starts it."""
    bench.write({"Dockerfile": dockerfile, "f": "f"})
    bench.store.close()
    command = [sys.executable, "-m", "jettison", "--home", str(bench.root / "store"), "build", "--progress=plain"]
    return subprocess.Popen(
        [*command, *arguments, str(bench.context)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(bench: Bench, number: signal.Signals, status: int) -> None:
    """The whole tree dies, also what ignores signals and left the session; nothing failed is in the cache."""
    process = start(bench)
    wait_for(lambda: len(sleepers()) >= 4)
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=100)
    assert process.returncode in (130, status)
    assert "Traceback" not in errors
    nothing_is_left(bench)


def test_a_timeout(bench: Bench) -> None:
    """--timeout says what happened; the build failed."""
    process = start(bench, "--timeout", "3s")
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "not done after 3 seconds" in errors
    assert "Traceback" not in errors
    nothing_is_left(bench)


def test_waiting_for_a_token_ends_too(bench: Bench, tmp_path: Path) -> None:
    """A pipe that nobody writes to holds up neither Ctrl-C nor the end, also where fetching asks for what is in it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start(
        bench, "--secret", f"id=GIT_AUTH_TOKEN,src={pipe}", dockerfile="FROM scratch\nADD http://localhost:1/x.git /\n"
    )
    try:
        wait_for(lambda: str(pipe) in opened_by(process))
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=100)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors


def opened_by(process: subprocess.Popen[str]) -> list[str]:
    """The files that a process has open."""
    found = []
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(str(descriptor.readlink()))
    return found


def test_what_is_announced_and_cancelled(bench: Bench) -> None:
    """Ctrl-C while a context is fetched is no error without words."""
    events: list[Event] = []
    announced = Announcement(number=1, machine=bench.machine(events.append))
    with pytest.raises(KeyboardInterrupt), announced:
        raise KeyboardInterrupt
    assert isinstance(events[-1], VertexFinished)
    assert (events[-1].cancelled, events[-1].error) == (True, None)


def nothing_is_left(bench: Bench) -> None:
    """No process, no temporary folder, and the same store builds on."""
    wait_for(lambda: not sleepers())
    home = bench.root / "store"
    assert list((home / "tmp").iterdir()) == []
    bench.write({"Dockerfile": "FROM busybox:test\nCOPY f /f\nRUN true\n"})
    command = [sys.executable, "-m", "jettison", "--home", str(home), "build", "--progress=plain", str(bench.context)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def wait_for(condition: object) -> None:
    deadline = time.monotonic() + 100
    assert callable(condition)
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sleepers() -> list[str]:
    """The processes of the build's commands."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if line.startswith(b"sleep\x001000.0625"):
            found.append(pid)
    return found
