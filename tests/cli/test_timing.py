"""``build --timing``, ``bake --timing``, ``--trace`` and the timeline in ``--metadata-file``: real builds, measured."""

from __future__ import annotations

import json
import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.report.trace_rules import check_trace

from jettison.cli.process import process_started

DOCKERFILE = "FROM scratch\nCOPY bin /bin\nRUN echo one > /one\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a context that has a shell."""
    (tmp_path / "context" / "bin").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "context")
    shutil.copy(shutil.which("busybox") or "", "bin/sh")
    Path("Dockerfile").write_text(DOCKERFILE)
    return tmp_path


def rows(text: str) -> dict[str, list[float]]:
    """The seconds of each row of the table."""
    table = text[text.index("where the time went") :].partition("\n\n")[0]
    return {
        line.split("  ")[0]: [float(number) for number in re.findall(r"([\d.]+) s", line)]
        for line in table.splitlines()[1:]
    }


@pytest.mark.root
def test_the_table_names_what_a_build_did(run: Run, folder: Path) -> None:
    """On standard error, after all else; its last column adds up to the total, but for what is rounded."""
    result = run("build", "--timing", "-o", f"type=oci,dest={folder}/out.tar", ".")
    assert result.code == 0 and result.out == ""
    figures = rows(result.err)
    wanted = {"start-up", "Dockerfile", "context", "cache", "sandbox", "commands of RUN", "pack", "compress", "export"}
    assert wanted - figures.keys() == set()
    *parts, total = (figure[-1] for figure in figures.values())
    assert sum(parts) == pytest.approx(total, rel=0.001, abs=0.001 * len(figures))
    steps = result.err.rpartition("\n\n")[2]
    assert "[2/2] RUN echo one > /one" in steps and "[1/2] COPY bin /bin" in steps


def test_a_build_that_fails_says_where_the_time_went_too(run: Run, folder: Path) -> None:
    """The error comes last, and the trace is whole."""
    Path("Dockerfile").write_text("FROM scratch\nCOPY missing /\n")
    result = run("build", "--timing", "--trace", str(folder / "trace.json"), ".")
    assert result.code == 1
    assert "total" in rows(result.err)
    assert result.err.index("where the time went") < result.err.index("Dockerfile:2")
    assert check_trace(json.loads((folder / "trace.json").read_text()))


@pytest.mark.root
def test_a_trace_of_a_build_keeps_the_rules_of_the_format(run: Run, folder: Path) -> None:
    """Every kind of work that the build did is in it, in the row of its thread."""
    result = run("build", "--trace", str(folder / "trace.json"), "-o", f"type=oci,dest={folder}/out.tar", ".")
    assert result.code == 0, result.err
    assert "where the time went" not in result.err
    slices = check_trace(json.loads((folder / "trace.json").read_text()))
    kinds = {one["cat"] for one in slices}
    assert {"start-up", "read", "cache", "step", "sandbox", "command", "pack", "compress", "export"} <= kinds
    (command,) = (one for one in slices if one["cat"] == "command")
    assert command["args"]["step"] == "[2/2] RUN echo one > /one"
    around = [one for one in slices if one["cat"] == "step" and one["tid"] == command["tid"]]
    assert any(one["ts"] <= command["ts"] and one["args"] == command["args"] for one in around)


def test_the_metadata_have_a_timeline_beside_the_keys_of_buildx(run: Run, folder: Path) -> None:
    """Its parts add up to its seconds."""
    Path("Dockerfile").write_text("FROM scratch\nCOPY bin /bin\n")
    assert run("build", "--metadata-file", str(folder / "metadata"), ".").code == 0
    document: dict[str, Any] = json.loads((folder / "metadata").read_text())
    assert {"buildx.build.ref", "containerimage.config.digest", "containerimage.digest"} <= document.keys()
    timeline = document["jettison.timeline"]
    parts = [work["aloneSeconds"] for work in timeline["work"]]
    parts += [timeline[key] for key in ("sharedSeconds", "stepSeconds", "otherSeconds")]
    assert sum(parts) == pytest.approx(timeline["seconds"], abs=1e-4)
    assert [step["name"] for step in timeline["steps"]] == ["[1/1] COPY bin /bin"]


@pytest.mark.root
def test_a_bake_is_measured_as_a_whole(run: Run, folder: Path) -> None:
    """Table, trace and metadata tell of the steps of all targets; without the flags the metadata have targets alone."""
    Path("docker-bake.hcl").write_text(
        'group "default" { targets = ["one", "two"] }\ntarget "one" {}\ntarget "two" { args = { A = "b" } }\n'
    )
    Path("Dockerfile").write_text(f"{DOCKERFILE}ARG A=a\nRUN echo $A > /a\n")
    metadata, trace = folder / "metadata", folder / "trace.json"
    result = run("bake", "--timing", "--trace", str(trace), "--metadata-file", str(metadata))
    assert result.code == 0, result.err
    *parts, total = (figure[-1] for figure in rows(result.err).values())
    assert sum(parts) == pytest.approx(total, rel=0.001, abs=0.02)  # a long one is told in fewer digits
    slices = check_trace(json.loads(trace.read_text()))
    assert len([one for one in slices if one["cat"] == "command"]) == 3
    document = json.loads(metadata.read_text())
    assert document.keys() == {"one", "two", "jettison.timeline"}
    assert run("bake", "--metadata-file", str(metadata)).code == 0
    assert json.loads(metadata.read_text()).keys() == {"one", "two"}


def test_programs_get_spans_and_no_table(run: Run) -> None:
    """With ``--progress rawjson`` every line of standard error is an event; without the flag there are no spans."""
    Path("Dockerfile").write_text("FROM scratch\nCOPY bin /bin\n")
    for flags, has_spans in ((["--timing"], True), ([], False)):
        result = run("build", "--no-cache", "--progress", "rawjson", *flags, ".")
        events = [json.loads(line) for line in result.err.splitlines()]
        assert any(event["event"] == "span" for event in events) is has_spans


def test_a_trace_that_cannot_be_written_is_told_before_the_build(run: Run, folder: Path) -> None:
    """As with every file that a flag names."""
    result = run("build", "--trace", str(folder / "no" / "trace.json"), ".")
    assert result.code != 0 and "--trace" in result.err and "[1/2]" not in result.err


def test_a_process_knows_when_it_was_started() -> None:
    """Before now, and not before the machine."""
    started = process_started()
    assert time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) < started < time.time()
    assert abs(process_started() - started) < 0.02
