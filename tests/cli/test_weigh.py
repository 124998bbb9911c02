"""``jettison weigh``: what it prints, for people and for programs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from benchmarks.heavy_image import Shape, write_image
from tests.cli.conftest import Run
from tests.cli.terminal import Terminal
from tests.layer.archives import write_layer
from tests.layout.support import layer_tar, make_image
from tests.report.schema import faults

from jettison.layer.tar_header import encode_header
from jettison.layout.write import write_docker_archive
from jettison.model.entry import Entry, EntryType
from jettison.model.image_source import NamedImage

SCHEMA: Mapping[str, Any] = json.loads((Path(__file__).parents[2] / "docs/weigh.schema.json").read_text())
VIEWS = ("instruction", "cause", "category", "package", "path")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive of an image that deletes most of what it brings."""
    path = tmp_path / "image.tar"
    image = make_image(
        layer_tar({"big": b"x" * 900_000, "hello": b"y" * 100_000}),
        write_layer(Entry(path="big", type=EntryType.WHITEOUT))[0],
    )
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=image)])
    return path


def test_the_verdict_is_the_first_line(run: Run, archive: Path) -> None:
    """Size, ballast and what it is; then the tables."""
    done = run("weigh", str(archive))
    assert done.code == 0, done.err
    first, _, rest = done.out.partition("\n")
    assert first == "1 MB, of which 900 kB (90 %) is ballast: deleted in a later layer 900 kB"
    assert "leave them out of" in rest
    assert "after all changes: 100 kB (program 100 kB)\nefficiency as dive counts it: 10.0%, wasted 900 kB\n" in rest
    assert all(len(line) <= 80 for line in rest.splitlines() if "->" not in line and "after all" not in line)


def test_standard_input_is_an_image(run: Run, archive: Path) -> None:
    """``docker save x | jettison weigh -``."""
    assert run("weigh", "-", stdin=archive.read_bytes()).out == run("weigh", str(archive)).out


def test_what_takes_long_is_shown(archive: Path, tmp_path: Path) -> None:
    """On a terminal, as a build is: how much was read; and nothing of it stays in the way of the answer."""
    fifo, filler = tmp_path / "fifo", 64 << 20
    os.mkfifo(fifo)
    command = shlex.join([sys.executable, "-m", "jettison", "--home", str(tmp_path / "home"), "weigh", "-"])
    left = filler
    with Terminal(["sh", "-c", f"{command} < fifo"], {**os.environ, "TERM": "xterm"}, tmp_path) as terminal:
        with fifo.open("wb", buffering=0) as pipe:
            pipe.write(encode_header(name=b"filler", flag=b"0", size=filler))

            def is_shown() -> bool:
                nonlocal left
                if left and "weighing -" not in terminal.seen:
                    left -= pipe.write(bytes(1 << 16))
                return "weighing -" in terminal.seen and "standard input" in terminal.seen

            terminal.wait_until(is_shown)
            pipe.write(bytes(left))
            pipe.write(archive.read_bytes())
        terminal.wait_for("of which 900 kB (90 %) is ballast")


def test_the_answer_is_the_same_on_every_run(tmp_path: Path) -> None:
    """For people, for programs and as a page: not the order in which this run of Python happens to hold sets."""
    image = tmp_path / "image.tar"
    write_image(image, Shape(layers=15, files=1500, total_bytes=40_000_000))
    command = [sys.executable, "-m", "jettison", "--home", str(tmp_path / "home"), "weigh", str(image), "--format"]
    for form in ("text", "json", "html"):
        answers = {
            subprocess.run(
                [*command, form], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
            ).stdout
            for seed in ("0", "1", "2", "3")
        }
        assert len(answers) == 1, form


@pytest.mark.parametrize("view", VIEWS)
def test_each_table_alone(view: str, run: Run, archive: Path) -> None:
    """--by shows one table, --top how much of it."""
    done = run("weigh", "--by", view, "--top", "1", str(archive))
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) < 12


def test_the_document_is_what_its_schema_says(run: Run, archive: Path) -> None:
    """--format json, validated; the parts add up."""
    document = json.loads(run("weigh", "--format", "json", str(archive)).out)
    assert list(faults(document, SCHEMA, SCHEMA)) == []
    assert document["total_bytes"] == 1_000_000
    assert document["predicted_bytes"] == 100_000
    assert document["prediction"]["parts"] == [{"what": "program", "size_bytes": 100_000}]
    assert [each["added_bytes"] for each in document["instructions"]] == [1_000_000, 0]


def test_the_schema_is_really_checked(run: Run, archive: Path) -> None:
    """A document that lacks, adds or mistakes something is refused."""
    document = json.loads(run("weigh", "--format", "json", str(archive)).out)
    changes: tuple[dict[str, Any], ...] = (
        {"total_bytes": -1},
        {"total_bytes": "1"},
        {"more": 1},
        {"paths": [{}]},
        {"version": 2},
    )
    for change in changes:
        assert list(faults(document | change, SCHEMA, SCHEMA)) != []
    del document["name"]
    assert list(faults(document, SCHEMA, SCHEMA)) == [": 'name' is missing"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--by", "colour"], "--by"),
        (["--top", "0"], "invalid number"),
        (["--format", "xml"], "--format"),
    ],
)
def test_wrong_flags_are_told(flags: list[str], message: str, run: Run, archive: Path) -> None:
    """Before anything is read."""
    done = run("weigh", *flags, str(archive))
    assert done.code == 2
    assert message in done.err


@pytest.mark.parametrize(
    ("view", "told"),
    [
        ("instruction", "no instruction brought any content"),
        ("cause", "nothing to save was found"),
        ("category", "there is nothing to sort"),
        ("package", "no packages were found"),
        ("path", "no file has any content"),
    ],
)
def test_an_image_of_nothing(view: str, told: str, run: Run, tmp_path: Path) -> None:
    """Has no tables without rows."""
    path = tmp_path / "empty.tar"
    with path.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=make_image(layer_tar({})))])
    assert run("weigh", "--by", view, str(path)).out == f"0 B: no file has any content\n\n{told}\n"
    assert told not in run("weigh", str(path)).out.splitlines()[1:]


def test_a_broken_archive_is_a_clear_error(run: Run, archive: Path) -> None:
    """Cut off anywhere: an error of integrity, no table."""
    data = archive.read_bytes()
    for length in (0, 10, 600, 100_000, len(data) - 3000):
        done = run("weigh", "-", stdin=data[:length])
        assert done.code == 5, (length, done.err)
        assert done.out == ""


def test_the_page_is_a_file(run: Run, archive: Path, tmp_path: Path) -> None:
    """--html writes it beside the text; where that is impossible, nothing is left, and it is said."""
    page = tmp_path / "report.html"
    done = run("weigh", "--html", str(page), str(archive))
    assert done.code == 0, done.err
    assert done.out.startswith("1 MB, of which")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert run("weigh", "--format", "html", str(archive)).out == page.read_text(encoding="utf-8")
    done = run("weigh", "--html", str(tmp_path / "missing" / "report.html"), str(archive))
    assert done.code != 0
    assert "report.html" in done.err
    assert "hint: make it first: mkdir -p" in done.err


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (["--max-size", "1MB"], 0, "ok: --max-size"),
        (
            ["--max-size", "999kB"],
            3,
            "FAILED: --max-size: the image has 1 MB, more than the 999 kB that are allowed: COPY",
        ),
        (["--max-waste", "90%"], 0, "ok: --max-waste"),
        (["--max-waste", "10%"], 3, "FAILED: --max-waste: the image wastes 900 kB (90 %)"),
        (["--max-waste", "100kB", "--max-layers", "1"], 3, "FAILED: --max-layers: the image has 2 layers"),
    ],
)
def test_limits_are_exit_codes(flags: list[str], code: int, told: str, run: Run, archive: Path) -> None:
    """3 where one is not kept, with the instruction to blame."""
    done = run("weigh", *flags, str(archive), environment={"COLUMNS": "200"})
    assert done.code == code, done.err
    assert told in done.out


def test_growth_is_against_another_image(run: Run, archive: Path, tmp_path: Path) -> None:
    """--against and --max-growth."""
    smaller = tmp_path / "smaller.tar"
    with smaller.open("wb") as out:
        write_docker_archive(out.write, [NamedImage(image=make_image(layer_tar({"hello": b"y" * 100_000})))])
    assert run("weigh", "--against", str(smaller), "--max-growth", "5%", str(archive)).code == 3
    assert run("weigh", "--against", str(archive), "--max-growth", "0%", str(smaller)).code == 0
    assert run("weigh", "--max-growth", "5%", str(archive)).code == 2
    assert run("weigh", "--max-size", "big", str(archive)).code == 2
    assert run("weigh", "--max-waste", "5x%", str(archive)).code == 2


@pytest.mark.parametrize("name", ["json", "junit", "sarif", "github", "gitlab", "markdown"])
def test_every_format_keeps_the_exit_code(name: str, run: Run, archive: Path) -> None:
    """A limit is a limit in each of them, and is told in it."""
    done = run("weigh", "--format", name, "--max-size", "1kB", str(archive))
    assert (done.code, done.err) == (3, "")
    assert "more than the" in done.out
