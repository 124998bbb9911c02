"""``jettison ls``, ``cat`` and ``cp``: what they print and where they write."""

from __future__ import annotations

import io
import json
import os
import shlex
import sys
import tarfile
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.terminal import Terminal
from tests.engine.test_image_files import LOWER, UPPER
from tests.layout.support import make_image

from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage


@pytest.fixture
def archive(tmp_path: Path) -> str:
    path = tmp_path / "image.tar"
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=make_image(LOWER, UPPER))])
    return str(path)


def test_ls_lists_names(run: Run, archive: str) -> None:
    """The root, where no path is given."""
    assert run("ls", archive).out.split() == ["etc", "lib", "loop", "null", "out", "usr"]
    assert run("ls", "-", "/lib/", stdin=Path(archive).read_bytes()).out.split() == ["a.so", "b.so", "c.so"]


def test_ls_long_is_as_that_of_coreutils(run: Run, archive: str) -> None:
    """With numbers for owners, and UTC."""
    assert run("ls", "-l", archive, "/lib").out == (
        "-rw-r--r-- 2 0 0 6 2017-07-14 02:40 a.so\n"
        "-rw-r--r-- 2 0 0 6 2017-07-14 02:40 b.so\n"
        "lrw-r--r-- 1 0 0 0 2017-07-14 02:40 c.so -> a.so\n"
    )
    assert run("ls", "-H", archive, "null").out == "crw-r--r-- 1 0 0 1, 3 2017-07-14 02:40 null\n"


def test_ls_for_programs(run: Run, archive: str) -> None:
    """An object a line, with the layer and what made it."""
    first, *_ = (json.loads(line) for line in run("ls", "-R", "--format", "json", archive, "usr").out.splitlines())
    assert first["path"] == "/usr/lib"
    last = json.loads(run("ls", "--format=json", archive, "lib/b.so").out)
    assert (last["name"], last["size"], last["names"], last["layer"], last["instruction"]) == ("b.so", 6, 2, 2, "COPY")


def test_cat_prints_files_one_after_the_other(run: Run, archive: str) -> None:
    """Their bytes as they are; nothing where one of them does not exist."""
    assert run("cat", archive, "etc/motd", "/lib/a.so").out == "hello\nshared"
    done = run("cat", archive, "etc/motd", "etc/modt")
    assert (done.code, done.out) == (1, "")
    assert done.err == "jettison: no such file in the image: /etc/modt\nhint: did you mean /etc/motd?\n"


def test_cp_copies(run: Run, archive: str, tmp_path: Path) -> None:
    """And says nothing; what is left out is told."""
    done = run("cp", f"{archive}:/usr/lib", str(tmp_path / "new"))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert (tmp_path / "new/b.so").read_bytes() == b"shared"
    done = run("cp", f"{archive}:/null", str(tmp_path))
    assert (done.code, done.err) == (0, "/null: device node left out\n")


def test_cp_to_standard_output_is_a_tar(run: Run, home: Path, archive: str) -> None:
    """As docker cp IMAGE:PATH - writes it."""
    done = run("cp", f"{archive}:lib/.", "-")
    with tarfile.open(fileobj=io.BytesIO(done.out.encode())) as tar:
        assert tar.getnames() == ["a.so", "c.so", "b.so"]


@pytest.mark.parametrize(
    "command", ["ls - /etc", "cat - etc/motd", "cp -:/etc/motd .", "why-file - /etc", "diff - x", "diff x -", "weigh -"]
)
def test_a_terminal_is_no_image(command: str, home: Path, archive: str, tmp_path: Path) -> None:
    """Who forgets the pipe is told what to type, and does not wait for ever."""
    words = [archive if word == "x" else word for word in command.split()]
    jettison = shlex.join([sys.executable, "-m", "jettison", "--home", str(home), *words])
    with Terminal(["sh", "-c", f"{jettison}; echo code $?"], dict(os.environ), tmp_path) as terminal:
        terminal.wait_for("standard input is a terminal, and no image")
        terminal.wait_for("code 2")


@pytest.mark.parametrize("command", ["ls - /etc", "cat - etc/motd", "cp -:/etc/motd -", "why-file - /etc/motd"])
def test_an_image_comes_by_a_pipe(command: str, run: Run, home: Path, archive: str) -> None:
    """The answer is that of the archive as a file; nothing of it is left."""
    verb, image, path = command.split()
    piped = run(verb, image, path, stdin=Path(archive).read_bytes())
    assert piped == run(verb, archive + image[1:], path)
    assert piped.code == 0
    assert not any((home / "tmp").iterdir())


@pytest.mark.parametrize(
    ("argv", "code", "message"),
    [
        (["cp", "nothing", "."], 2, "names no file of an image"),
        (["cp", ".", "app:/x"], 2, "files come out of images, and never go into one"),
        (["cp", "./Nowhere:/x", "."], 1, "no such image, folder or archive"),
        (["cp", "x", "y"], 2, "hint: jettison cp IMAGE:/x y"),
        (["cp", "x", "app:/y"], 2, "hint: files come out of images"),
        (["cat", "x"], 2, "requires at least 2 arguments"),
        (["ls", "a", "b", "c"], 2, "requires at most 2 arguments"),
    ],
)
def test_wrong_command_lines(run: Run, argv: list[str], code: int, message: str) -> None:
    """With a hint."""
    done = run(*argv)
    assert (done.code, done.out) == (code, "")
    assert message in done.err
