"""Completion in real shells."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.terminal import Terminal

from jettison.model.digest import Digest


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def environment(tmp_path: Path, home: Path, stored: Digest, container: str) -> dict[str, str]:
    """A shell's environment in which ``jettison`` is a command and the home holds an image and a container."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "jettison"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m jettison "$@"\n')
    command.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / "archive.tar").touch()
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "JETTISON_HOME": str(home),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "PWD": str(work),
    }


CASES = [
    ("jettison his", ["history"]),
    ("jettison ima", ["image", "images"]),
    ("jettison images --no-", ["--no-trunc"]),
    ("jettison image re", ["remove"]),
    ("jettison image ls --dig", ["--digests"]),
    ("jettison history a", ["app", "app:latest"]),
    ("jettison history quay", ["quay.io/team/app:v1"]),
    ("jettison rm o", ["owl"]),
    ("jettison inspect --type c", ["container"]),
    ("jettison inspect --type=i", ["image"]),
    ("jettison --home /tmp his", ["history"]),
    ("jettison --deb", ["--debug"]),
    ("jettison rmi --force quay", ["quay.io/team/app:v1"]),
    ("jettison __com", []),
]


@needs("bash")
@pytest.mark.parametrize(("line", "expected"), CASES)
def test_bash(run: Run, environment: dict[str, str], line: str, expected: list[str]) -> None:
    """Bash gets the words that fit; after a colon only what follows it, as readline wants."""
    script = run("completion", "bash").out + (
        f"\nCOMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}\n"
        "compopt() { :; }\n_jettison\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=environment,
        cwd=environment["PWD"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert sorted(done.stdout.split()) == expected


@needs("bash")
def test_bash_after_a_colon(run: Run, environment: dict[str, str]) -> None:
    """Readline takes the colon for the start of a word: only what follows is given."""
    line = "jettison history app:l"
    script = run("completion", "bash").out + (
        f"\nCOMP_LINE={line!r} COMP_POINT={len(line)} COMP_WORDBREAKS=$' :='\n_jettison\necho \"${{COMPREPLY[@]}}\"\n"
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=environment, check=False, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("latest\n", "")


@needs("fish")
@pytest.mark.parametrize(("line", "expected"), CASES)
def test_fish(run: Run, environment: dict[str, str], tmp_path: Path, line: str, expected: list[str]) -> None:
    """Fish's own ``complete -C`` gives the words, here without their descriptions."""
    script = tmp_path / "jettison.fish"
    script.write_text(run("completion", "fish").out)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {shlex.quote(str(script))}; complete -C {shlex.quote(line)}"],
        env=environment, cwd=environment["PWD"], check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stderr == ""
    words = [entry.partition("\t")[0] for entry in done.stdout.splitlines()]
    assert sorted(word.removeprefix("--type=") for word in words) == expected


@needs("zsh")
@pytest.mark.parametrize(("line", "expected"), [case for case in CASES if len(case[1]) == 1])
def test_zsh(run: Run, environment: dict[str, str], tmp_path: Path, line: str, expected: list[str]) -> None:
    """A tab in an interactive zsh completes the word."""
    script = tmp_path / "_jettison"
    script.write_text(run("completion", "zsh").out)
    result = tmp_path / "buffer"
    start = tmp_path / ".zshrc"
    start.write_text(
        f"autoload -Uz compinit; compinit -u -d {tmp_path}/dump; source {script}\n"
        f'report() {{ print -r -- "$BUFFER" > {result}.new; mv {result}.new {result} }}; zle -N report\n'
        "bindkey '^I' complete-word; bindkey '^X' report; PS1='ready> '\n"
    )
    with Terminal(["zsh", "-i"], environment | {"ZDOTDIR": str(tmp_path)}, Path(environment["PWD"])) as terminal:
        terminal.wait_for("ready> ")
        terminal.send(f"{line}\t\x18")
        terminal.wait_until(result.exists)
    completed = result.read_text().rstrip("\n").rstrip()
    assert completed == line[: len(line) - len(line.replace("=", " ").split(" ")[-1])] + expected[0]
