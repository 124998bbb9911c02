"""Where events go: many threads, broken outputs, the choice of a display; and a real terminal."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.tui.script import begin, end, finish, output, start

from jettison.solve.events import Event, VertexOutput
from jettison.tui.sink import EventSink, ProgressMode, make_sink

BUILD = """
import sys, time
from jettison.tui.sink import ProgressMode, make_sink
from jettison.solve.events import *
names = ("[builder 1/2] FROM golang", "[builder 2/2] RUN make", "[stage-1 1/1] RUN sleep")
vertices = tuple(VertexInfo(number=number, name=name) for number, name in enumerate(names, 1))
def say(event, **fields):
    sink(event(time=time.time(), **fields))
with make_sink(ProgressMode.TTY, sys.stderr, term="xterm") as sink:
    say(BuildStarted, vertices=vertices, isolation="")
    say(VertexStarted, number=1)
    say(VertexFinished, number=1, cached=True)
    say(VertexStarted, number=2)
    say(VertexStarted, number=3)
    say(VertexOutput, number=2, stream=1, data=b"compiling everything\\n\\x1b[2J")
    while not __import__("pathlib").Path(sys.argv[1]).exists():
        time.sleep(0.02)
    say(VertexFinished, number=2)
    say(VertexFinished, number=3)
    say(BuildFinished)
print("the end")
"""


class Recorder:
    """A display that notices two threads at once."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ticks = 0
        self.closed = 0
        self._inside = threading.Lock()

    def feed(self, event: Event) -> None:
        assert self._inside.acquire(blocking=False)
        self.events.append(event)
        self._inside.release()

    def tick(self, now: float) -> None:
        assert self._inside.acquire(blocking=False)
        self.ticks += 1
        self._inside.release()

    def close(self, now: float) -> None:
        self.closed += 1


def test_many_threads_one_at_a_time() -> None:
    """Events of several threads arrive one after the other, those of one thread in its order; closing is idempotent."""
    display = Recorder()
    with EventSink(display) as sink:
        sink(begin("[1/1] RUN a"))

        def work(number: int) -> None:
            for count in range(500):
                sink(output(number, b"%d" % count))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while not display.ticks:
            time.sleep(0.01)
    sink.close()
    assert display.closed == 1
    assert len(display.events) == 2001
    for number in range(4):
        data = [event.data for event in display.events if isinstance(event, VertexOutput) and event.number == number]
        assert data == [b"%d" % i for i in range(500)]
    assert not any(thread.name == "progress" and thread.is_alive() for thread in threading.enumerate())


def test_a_broken_output_does_not_stop_the_build() -> None:
    """After the first failed write the display is silent."""

    class Broken(Recorder):
        def feed(self, event: Event) -> None:
            super().feed(event)
            raise OSError(errno.EPIPE, "gone")

    display = Broken()
    with EventSink(display) as sink:
        sink(begin("[1/1] RUN a"))
        sink(start(1))
    assert len(display.events) == 1
    assert display.closed == 0


def test_the_display_is_closed_when_the_build_raises() -> None:
    """A context manager: the terminal is given back whatever happens."""
    display = Recorder()
    with pytest.raises(KeyboardInterrupt), EventSink(display) as sink:
        sink(begin("[1/1] RUN a"))
        raise KeyboardInterrupt
    assert display.closed == 1


def shown(mode: ProgressMode) -> str:
    stream = io.StringIO()
    with make_sink(mode, stream, term="xterm") as sink:
        for event in (begin("[1/1] RUN a"), start(1), finish(1, 1.0), end(1.0)):
            sink(event)
    return stream.getvalue()


def test_each_mode_has_its_look() -> None:
    """Auto is plain where there is no terminal."""
    assert shown(ProgressMode.PLAIN) == shown(ProgressMode.AUTO) == "#1 [1/1] RUN a\n#1 DONE 1.0s\n"
    assert shown(ProgressMode.QUIET) == ""
    assert [json.loads(line)["event"] for line in shown(ProgressMode.RAWJSON).splitlines()] == [
        "build_started", "vertex_started", "vertex_finished", "build_finished",
    ]  # fmt: skip
    assert "\x1b[?25h" in shown(ProgressMode.TTY)


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A tmux server of our own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "HOME": str(tmp_path)}

    def call(*arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(tmp_path / "socket"), *arguments],
            check=True, capture_output=True, text=True, env=environment,
        ).stdout  # fmt: skip

    yield call
    call("kill-server")


@pytest.mark.parametrize(("columns", "rows"), [(100, 30), (40, 20)])
def test_in_a_real_terminal(tmux: Callable[..., str], tmp_path: Path, columns: int, rows: int) -> None:
    """What tmux shows while it runs, and after its end, the cursor visible again."""
    script, go_on = tmp_path / "build.py", tmp_path / "go-on"
    script.write_text(BUILD)
    command = f"{sys.executable} {script} {go_on}; sleep 1000"
    tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), command)

    def wait_for(text: str) -> list[str]:
        give_up = time.monotonic() + 60
        while True:
            screen = tmux("capture-pane", "-p").rstrip().splitlines()
            if any(text in line for line in screen):
                return screen
            assert time.monotonic() < give_up, screen
            time.sleep(0.05)

    screen = wait_for("compiling everything")
    assert screen[0].startswith(" => CACHED [builder 1/2] FROM")
    assert screen[1].startswith("[+] Building ")
    assert screen[1].endswith("s (1/3)")
    assert [line[: len(" => [builder 2/2] RUN make")] for line in screen if "RUN" in line] == [
        " => [builder 2/2] RUN make", " => [stage-1 1/1] RUN sleep"[:26],
    ]  # fmt: skip
    assert len(screen) == (4 if columns == 100 else 5)
    assert tmux("display-message", "-p", "#{cursor_flag}").strip() == "0"
    go_on.touch()
    screen = wait_for("the end")
    assert [line[:26] for line in screen[:3]] == [
        " => CACHED [builder 1/2] F", " => [builder 2/2] RUN make", " => [stage-1 1/1] RUN slee",
    ]  # fmt: skip
    assert screen[3].endswith("(3/3) FINISHED")
    assert screen[4] == "the end"
    assert tmux("display-message", "-p", "#{cursor_flag}").strip() == "1"
