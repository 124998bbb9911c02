"""``jettison explore`` in real terminals, and where there is none."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.layout.support import layer_tar, make_image, write_old_docker_archive

HOSTILE = "etc/\x1b]0;pwned\x07name"
WITHOUT_TEXTUAL = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "textual" else found(name, package)
from jettison.cli.main import entry_point
sys.exit(entry_point())
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An image of two layers in a file; the upper one writes a file anew and adds one."""
    lower = layer_tar({"etc/one": b"ONE" * 1000, "etc/two": b"lower", HOSTILE: b"x", "bin/tool": b"t" * 100_000})
    upper = layer_tar({"etc/two": b"UPPER" * 5000, "opt/new": b"new"})
    return write_old_docker_archive(tmp_path / "image.tar", make_image(lower, upper), "app:v1")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """A tmux server of our own."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    environment = {
        "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8",
        "HOME": str(tmp_path), "JETTISON_HOME": str(tmp_path / "home"),
    }  # fmt: skip

    def call(*arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-S", str(tmp_path / "socket"), *arguments],
            check=True, capture_output=True, text=True, env=environment,
        ).stdout  # fmt: skip

    yield call
    call("kill-server")


def wait_for(tmux: Callable[..., str], *texts: str) -> list[str]:
    """Until the screen shows all of them."""
    give_up = time.monotonic() + 60
    while True:
        screen = tmux("capture-pane", "-p").rstrip().splitlines()
        if all(any(text in line for line in screen) for text in texts):
            return screen
        assert time.monotonic() < give_up, screen
        time.sleep(0.05)


@pytest.mark.parametrize("setting", ["", "PYTHONUNBUFFERED=1 "], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("piped", [False, True], ids=["file", "standard input"])
def test_in_a_real_terminal(tmux: Callable[..., str], archive: Path, tmp_path: Path, piped: bool, setting: str) -> None:
    """Keys as dive's users know them, a file extracted, the terminal given back; also where the image comes by a pipe.

    However Python was told to write: images of it often come with a setting for that.
    """
    jettison = f"{setting}{shlex.quote(sys.executable)} -m jettison explore"
    command = f"cat {archive} | {jettison} -" if piped else f"{jettison} {archive}"
    tmux(
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        "-x",
        "100",
        "-y",
        "30",
        f"cd {tmp_path}; {command}; echo code $?; sleep 1000",
    )
    wait_for(tmux, "Layer 1 of 2", "▸ bin/", "? keys")
    tmux("send-keys", "Down", "Tab", "C-Space")
    screen = wait_for(tmux, "Layer 2 of 2", "~    25kB      two")
    assert any("+      3B      new" in line for line in screen)
    assert any("      1B      name" in line for line in screen)
    tmux("send-keys", "C-u", "C-a")
    screen = wait_for(tmux, "without added, unmodified", "two")
    assert not any("new" in line for line in screen)
    tmux("send-keys", "End")
    wait_for(tmux, " /etc/two")
    tmux("send-keys", "C-e")
    wait_for(tmux, "Enter extracts")
    tmux("send-keys", "Enter")
    wait_for(tmux, "extracted to")
    assert (tmp_path / "two").read_bytes() == b"UPPER" * 5000
    assert tmux("display-message", "-p", "#{pane_title}").strip() != "pwned"
    tmux("send-keys", "q")
    wait_for(tmux, "code 0")
    assert tmux("display-message", "-p", "#{cursor_flag}").strip() == "1"


def test_without_a_terminal(run: Run) -> None:
    """An error that says so, before anything is read."""
    result = run("explore", "app")
    assert result.code == 2
    assert "explore needs a terminal" in result.err
    assert "hint: " in result.err


def test_without_the_extra(tmp_path: Path) -> None:
    """The error says what to install."""
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TEXTUAL, "explore", "app"],
        check=False, capture_output=True, text=True, env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "jettison: explore needs textual, which is not installed", "hint: pip install 'jettison[tui]'",
    ]  # fmt: skip


def test_no_other_command_loads_the_terminal_library() -> None:
    """Nor does the help of this one, nor the shell completion."""
    code = (
        "import sys, io\n"
        "from jettison.cli.registry import COMMANDS\n"
        "for command in COMMANDS: command.parser(command.load())\n"
        "sys.exit(bool({'textual', 'rich', 'asyncio'} & sys.modules.keys()))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
