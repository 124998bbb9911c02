"""A build context's files are read no more often than needed: counted by the interpreter's own audit events."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COUNTED = """\
import os, sys
from jettison.cli.main import entry_point
opened = 0
def hook(event, arguments):
    global opened
    if event == "open" and os.path.basename(str(arguments[0])).startswith("counted-"):
        opened += 1
sys.addaudithook(hook)
code = entry_point()
print(f"opened {opened}")
sys.exit(code)
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    for number in range(20):
        (folder / f"counted-{number}").write_text(f"file {number}\n" * 50)
        os.utime(folder / f"counted-{number}", (1_700_000_000, 1_700_000_000))
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /app/\n")
    return folder


def build(tmp_path: Path, context: Path, *flags: str) -> int:
    """Build in a process of its own; how many files of the context were opened."""
    command = [
        sys.executable,
        "-c",
        COUNTED,
        "--home",
        str(tmp_path / "home"),
        "build",
        "-t",
        "x",
        *flags,
        str(context),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout.split("opened ")[1])


def settle() -> None:
    """Wait until the files are old enough for what is known of them to be trusted."""
    subprocess.run(["sleep", "0.1"], check=True)


def test_each_file_is_read_once(tmp_path: Path, context: Path) -> None:
    """The pass that packs a file is the one that hashes it."""
    assert build(tmp_path, context) == 20


def test_nothing_is_read_again(tmp_path: Path, context: Path) -> None:
    """A file whose stat is what it was is not opened, once the memory is old enough to be trusted."""
    build(tmp_path, context)
    settle()
    build(tmp_path, context)
    assert build(tmp_path, context) == 0


def test_a_changed_file_is_found_without_the_others(tmp_path: Path, context: Path) -> None:
    """It is read once; the others are taken from the layer that was made before."""
    build(tmp_path, context)
    settle()
    build(tmp_path, context)
    (context / "counted-3").write_text("another size\n")
    assert build(tmp_path, context) == 1


def test_a_build_without_the_cache_reads_once_too(tmp_path: Path, context: Path) -> None:
    build(tmp_path, context)
    assert build(tmp_path, context, "--no-cache") == 20


def test_equal_folders_share_a_layer(tmp_path: Path, context: Path) -> None:
    """Another clone of the same files is found in the cache: what counts is the content, not the place."""
    build(tmp_path, context)
    other = context.with_name("clone")
    subprocess.run(["cp", "-r", str(context), str(other)], check=True)
    command = [sys.executable, "-m", "jettison", "--home", str(tmp_path / "home")]
    done = subprocess.run([*command, "build", str(other)], capture_output=True, text=True, check=True)
    assert "#1 CACHED" in done.stderr or "#2 CACHED" in done.stderr
