"""A weight for other programs: each format is read by a reader of that format, and hostile names stay names."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from tests.analyze.support import file, gone, weight_of

from jettison.analyze.base import Base
from jettison.analyze.gates import Amount, Limits, check_limits
from jettison.analyze.weight import InstructionWeight
from jettison.analyze.written import Written
from jettison.frozen import replace
from jettison.report.weight_ci import FORMATS, gates_text, github, gitlab, junit, markdown, seen_from, weight_sarif
from jettison.report.weight_notes import RULES

EVIL = "x\n::error::|`*]]><script>\x1b[31m\udcff%0A"
WEIGHT = weight_of(
    [file("big", 5_000_000), file(f"{EVIL}/y", 7)], [gone("big"), gone(EVIL)], texts=(f"RUN {EVIL}", "RUN rm")
)
GATES = check_limits(WEIGHT, Limits(size_bytes=10, waste=Amount(share=0.5), layers=9))


def test_limits_for_people() -> None:
    """One line each, with the instruction to blame."""
    lines = gates_text(WEIGHT, GATES).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["FAILED", "FAILED", "ok"]
    assert "Dockerfile:2 (RUN x" in lines[0]
    assert "brings 5 MB that nobody sees" in lines[1]
    assert lines[2] == "ok: --max-layers: the image has 2 layers, at most 9 are allowed"


def test_dockerfiles_are_named_as_from_the_folder() -> None:
    """A build may have been told an absolute path; those who show remarks know the files of a checkout."""

    def moved(each: InstructionWeight) -> InstructionWeight:
        return replace(each, instruction=replace(each.instruction, place=f"/src/app/{each.instruction.place}"))

    weight = replace(WEIGHT, instructions=tuple(map(moved, WEIGHT.instructions)))
    gates = check_limits(weight, Limits(size_bytes=10))
    assert "file=app/Dockerfile,line=2," in github(*seen_from(Path("/src"), weight, gates))
    assert "file=/src/app/Dockerfile,line=2," in github(*seen_from(Path("/elsewhere"), weight, gates))


def test_what_no_line_is_to_blame_for_is_told_where_the_image_begins() -> None:
    """At the FROM of its base, in the Dockerfile that it was built from; else at the top of the one that is known."""
    weight = replace(WEIGHT, incomplete=("a place",))
    assert "::notice file=Dockerfile,line=1,title=incomplete::" in github(weight, ())
    written = Written(path="/src/app/Dockerfile", text="FROM a\nFROM b AS c\nFROM c\n", stages=(2, 3))
    seen, _ = seen_from(Path("/src"), replace(weight, dockerfile=written), ())
    assert "::notice file=app/Dockerfile,line=2,title=incomplete::" in github(seen, ())


def test_what_one_change_settles_is_one_remark() -> None:
    """Compilers and headers of one line are told together."""
    weight = weight_of(
        [file("usr/lib/libc.so.6", 2_000_000), gone("x")],
        [file("usr/lib/gcc/x86_64-linux-gnu/12/cc1", 9_000_000), file("usr/include/stdio.h", 400_000)],
        [file("app/main", 5_000_000)],
        base=Base(layers=1, name="debian:12"),
        texts=["debian", "RUN apt-get install -y gcc", "COPY main /app/"],
    )
    notice = github(weight, ()).splitlines()[-2]
    assert "::9.4 MB C compilers and build tools, headers: " in notice
    assert "| 9.4 MB | C compilers and build tools, headers | " in markdown(weight, ())


def test_junit() -> None:
    """A case for each limit; those that are not kept are failures."""
    suite = ElementTree.fromstring(junit(WEIGHT, GATES))
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    cases = {case.get("name"): case.find("failure") is None for case in suite.iter("testcase")}
    assert cases == {"max-size": False, "max-waste": False, "max-layers": True}
    assert ElementTree.fromstring(junit(WEIGHT, ())).get("failures") == "0"


def test_sarif() -> None:
    """Errors for limits, notes for findings; rules by name and index, at the line."""
    (run,) = json.loads(weight_sarif(WEIGHT, GATES))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [name for name, _ in RULES]
    told = [(rules[result["ruleIndex"]], result["level"]) for result in run["results"]]
    assert told == [("max-size", "error"), ("max-waste", "error"), ("deleted", "note")]
    place = run["results"][2]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("Dockerfile", 2)


def test_github() -> None:
    """A line is a command; what an image says cannot begin another one."""
    *commands, verdict = github(WEIGHT, GATES).splitlines()
    assert [command.partition(" ")[0] for command in commands] == ["::error", "::error", "::notice"]
    assert all(
        command.startswith(("::error file=Dockerfile,line=2,", "::notice file=Dockerfile,line=2,"))
        for command in commands
    )
    assert verdict.startswith("5 MB, of which 5 MB (100 %) is ballast")


def test_gitlab() -> None:
    """The code quality format: fingerprints differ, and are the same the next time."""
    issues = json.loads(gitlab(WEIGHT, GATES))
    assert [issue["severity"] for issue in issues] == ["major", "major", "info"]
    assert len({issue["fingerprint"] for issue in issues}) == 3
    assert issues == json.loads(gitlab(WEIGHT, GATES))
    assert issues[0]["location"] == {"path": "Dockerfile", "lines": {"begin": 2}}


def test_markdown() -> None:
    """Verdict, limits, what to change; tags and links of strangers are text."""
    text = markdown(WEIGHT, GATES)
    assert "❌ `max-size`" in text
    assert "✅ `max-layers`" in text
    assert "| 5 MB | deleted in a later layer |" in text
    assert text.endswith("\nBallast: 100 %; after all changes: 0 B.\n")
    outside_of_code = "".join(text.split("`")[::2])
    assert "<script" not in outside_of_code.replace("\\<", "")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_text_without_controls(name: str) -> None:
    """That any terminal and any file can take."""
    text = FORMATS[name](WEIGHT, GATES)
    text.encode()
    assert "\x1b" not in text
