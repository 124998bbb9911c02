"""``jettison plan`` as a user calls it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.terminal import Terminal

DOCKERFILE = """\
FROM scratch AS files
COPY app.py /
FROM scratch AS other
COPY app.py /other
FROM files
COPY --from=files app.py /copy.py
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context whose build runs no command."""
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "app.py").write_text("print()\n")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    return folder


def test_text(run: Run, context: Path) -> None:
    """What is cached after a build, what a change does, which stage is skipped."""
    assert run("build", str(context)).code == 0
    (context / "app.py").write_text("print(1)\n")
    result = run("plan", str(context))
    assert (result.code, result.err) == (0, "")
    assert (
        result.out
        == """\
files  (stage 0)
 │ <── FROM scratch
 └── WILL RUN  1/1 COPY app.py /
               file app.py changed

other  (stage 1)  SKIPPED
 │ <── FROM scratch
 └── the target does not need it: nothing is built on it, nothing copies from it

stage 2  <- target
 │ <── FROM files
 └── WILL RUN  1/1 COPY --from=files app.py /copy.py
               the step before it runs first

2 steps: 2 to run, 0 that may run, 0 cached; 1 stage skipped
"""
    )


def test_flags_of_build(run: Run, context: Path) -> None:
    """--target, --no-cache, a Dockerfile on standard input, the wrong ones."""
    run("build", str(context))
    found = json.loads(run("plan", "--format", "json", "--target", "other", str(context)).out)
    assert [stage["skipped"] is None for stage in found["stages"]] == [False, True, False]
    assert "(--no-cache)" in run("plan", "--no-cache", str(context)).out
    piped = run("plan", "-f", "-", str(context), stdin=b"FROM scratch\nCOPY app.py /piped\n").out
    assert "COPY app.py /piped" in piped
    assert run("plan", "--target", "nosuch", str(context)).code == 1
    assert run("plan", "--format", "svg", str(context)).code == 2
    assert run("plan").code == 2


def test_dot(run: Run, context: Path) -> None:
    """A graph with a cluster a stage."""
    out = run("plan", "--format=dot", str(context)).out
    assert out.startswith("digraph plan {")
    assert out.count("subgraph cluster_") == 3


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours(run: Run, context: Path, home: Path, no_color: str, coloured: bool) -> None:
    """On a terminal alone, and not where NO_COLOR is set."""
    assert "\x1b" not in run("plan", str(context)).out
    command = [sys.executable, "-m", "jettison", "--home", str(home), "plan", "."]
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm", "NO_COLOR": no_color}
    with Terminal(command, environment, context) as terminal:
        terminal.wait_for("stage skipped")
    assert ("\x1b[" in terminal.seen) is coloured
