"""Plans as text, JSON and Graphviz, with names that are up to no good."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest

from jettison.engine.changes import Change
from jettison.engine.plan import Kind, Plan, PlannedInput, PlannedStage, PlannedStep, Use, Verdict
from jettison.model.definition import StageSummary
from jettison.report.plan_dot import plan_dot
from jettison.report.plan_json import plan_json
from jettison.report.plan_text import plan_text

HOSTILE = 'RUN echo "];}\\N\\" <b>&amp; \x1b]0;owned\x07\n\udcff é 漢 -> step9 # //'


def summary(number: int, name: str, base: str, **more: object) -> StageSummary:
    values = {"base_stage": None, "uses": (), "needed": True, "vertices": (), "instructions": (), "location": "D:1:1"}
    return StageSummary(number=number, name=name, base=base, **(values | more))  # type: ignore[arg-type]


def step(number: int, stage: int | None, name: str, verdict: Verdict = Verdict.CACHED, **more: object) -> PlannedStep:
    values = {"kind": Kind.RUN, "reason": "its result is in the store", "inputs": (), "location": "D:2:1"} | more
    return PlannedStep(number=number, stage=stage, name=name, verdict=verdict, **values)  # type: ignore[arg-type]


CHANGES = (
    Change(what="variable LANG", old="C", new="de_DE.UTF-8"),
    Change(what="file src/app.py", old="sha256:" + "0" * 64, new="sha256:" + "1" * 64),
    Change(what="action 0: files of src", old="sha256:" + "0" * 64, new="sha256:" + "1" * 64),
    Change(what="root file system", old="sha256:" + "0" * 64, new="sha256:" + "1" * 64),
    Change(what="file old.py", old="sha256:" + "0" * 64, new=None),
    Change(what="file new.py", old=None, new="sha256:" + "0" * 64),
)

PLAN = Plan(
    target=1,
    stages=(
        PlannedStage(summary=summary(0, "builder", "golang:1.22"), skipped=None, steps=(0, 2, 3)),
        PlannedStage(summary=summary(1, "", "scratch", uses=(0,)), skipped=None, steps=(4,)),
        PlannedStage(
            summary=summary(2, "tests", "builder", base_stage=0, needed=False), skipped="nothing needs it", steps=()
        ),
    ),
    steps=(
        step(0, 0, "[builder 1/3] FROM docker.io/library/golang:1.22", kind=Kind.IMAGE, reason="2 layers missing"),
        step(
            2,
            0,
            "[builder 2/3] COPY src .",
            Verdict.WILL_RUN,
            kind=Kind.FILES,
            reason="something it reads changed",
            changes=CHANGES,
            inputs=(PlannedInput(use=Use.ROOT, step=0), PlannedInput(use=Use.COPY, context="context")),
        ),
        step(
            3,
            0,
            "[builder 3/3] RUN make",
            Verdict.WILL_RUN,
            reason="the step before it runs first",
            inputs=(PlannedInput(use=Use.ROOT, step=2),),
        ),
        step(
            4,
            1,
            "[stage-1 1/1] COPY --from=builder /app /app",
            Verdict.MAY_RUN,
            kind=Kind.FILES,
            reason="it reads files of a step that runs first: [builder 3/3] RUN make",
            inputs=(PlannedInput(use=Use.COPY, step=3),),
        ),
    ),
    warnings=(("odd", "D:3:1"),),
)

TEXT = """\
builder  (stage 0)
 │ <── FROM golang:1.22
 ├── CACHED    1/3 FROM docker.io/library/golang:1.22
 │             2 layers missing
 ├── WILL RUN  2/3 COPY src .
 │             LANG changed: C -> "de_DE.UTF-8"
 │             file src/app.py changed
 │             files of src changed
 │             the files it starts from changed
 │             file old.py is gone
 │             and 1 more change
 └── WILL RUN  3/3 RUN make
               the step before it runs first

stage 1  <- target
 │ <── FROM scratch
 │ <── COPY --from builder
 └── MAY RUN   1/1 COPY --from=builder /app /app
               it reads files of a step that runs first: [builder 3/3] RUN make

tests  (stage 2)  SKIPPED
 │ <── FROM builder
 └── nothing needs it

warning: D:3:1: odd
4 steps: 2 to run, 1 that may run, 1 cached; 1 stage skipped
"""


def hostile_plan() -> Plan:
    """Everything that a Dockerfile can choose is out to break the view."""
    return Plan(
        target=0,
        stages=(PlannedStage(summary=summary(0, HOSTILE, HOSTILE, uses=(1,)), skipped=None, steps=(0,)),
                PlannedStage(summary=summary(1, HOSTILE, HOSTILE), skipped=HOSTILE, steps=())),
        steps=(
            step(
                0,
                0,
                HOSTILE,
                Verdict.WILL_RUN,
                reason=HOSTILE,
                changes=(Change(what=f"variable {HOSTILE}", old=HOSTILE, new=HOSTILE + "x"),),
                inputs=(PlannedInput(use=Use.COPY, context=HOSTILE),),
            ),
            step(1, None, HOSTILE, kind=Kind.URL),
        ),
        warnings=((HOSTILE, HOSTILE),),
    )  # fmt: skip


def test_text() -> None:
    """The whole of it, to the letter."""
    assert plan_text(PLAN, 80) == TEXT


def test_text_keeps_to_its_width_and_steers_no_terminal() -> None:
    """Whatever stands in the Dockerfile."""
    for found in (PLAN, hostile_plan()):
        text = plan_text(found, 60)
        assert all(len(line) <= 60 for line in text.splitlines())
        assert re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text) is None
    assert "src/app.py changed" in plan_text(PLAN, 60)


def test_text_is_coloured_by_whoever_shows_it() -> None:
    """The words of the verdicts alone; without the colours it is the same."""
    painted = plan_text(PLAN, 80, lambda verdict, text: f"<{verdict.value}>{text}</>")
    assert painted.count("<will-run>") == 2
    assert re.sub(r"<[\w-]+>((?:CACHED|WILL RUN|MAY RUN) *)</>", r"\1", painted) == TEXT


def test_json_has_the_documented_keys() -> None:
    """No more, no less, and any name."""
    document = json.loads(plan_json(PLAN))
    assert set(document) == {"target", "stages", "steps", "warnings"}
    assert set(document["stages"][0]) == {
        "number", "name", "base", "base_stage", "uses", "skipped", "steps", "instructions", "location",
    }  # fmt: skip
    assert document["steps"][1]["changes"][0] == {"what": "variable LANG", "old": "C", "new": "de_DE.UTF-8"}
    assert document["steps"][1]["inputs"] == [{"as": "root", "step": 0}, {"as": "copy", "context": "context"}]
    assert set(document["steps"][1]) == {
        "number", "stage", "kind", "name", "verdict", "reason", "changes", "inputs", "secrets", "ssh",
        "location",
    }  # fmt: skip
    assert document["warnings"] == [{"message": "odd", "location": "D:3:1"}]
    assert json.loads(plan_json(hostile_plan()))["steps"][0]["name"] == HOSTILE


_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[A-Za-z_0-9]+|->|[{}\[\];=,])')


def parse_dot(text: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Nodes and edges of the subset of Graphviz's language that a plan is written in; fails on anything else."""
    tokens, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        assert match is not None, f"no token at {text[place : place + 40]!r}"
        tokens.append(match[1])
        place = match.end()
    nodes: set[str] = set()
    edges: set[tuple[str, str]] = set()

    def take(expected: str | None = None) -> str:
        token = tokens.pop(0)
        assert expected in (None, token), f"{token!r} instead of {expected!r}"
        return token

    def attributes() -> None:
        take("[")
        while tokens[0] != "]":
            take()
            take("=")
            take()
            if tokens[0] == ",":
                take()
        take("]")

    def statements() -> None:
        take("{")
        while tokens[0] != "}":
            word = take()
            if word == "subgraph":
                assert take().startswith("cluster_")
                statements()
                continue
            if tokens[0] == "=":
                take("=")
                take()
            elif tokens[0] == "->":
                take("->")
                edges.add((word, take()))
                attributes()
            else:
                attributes()
                if word not in ("node", "edge"):
                    nodes.add(word)
            take(";")
        take("}")

    assert (take(), take()) == ("digraph", "plan")
    statements()
    assert tokens == []
    return nodes, edges


def test_dot_has_a_node_a_step_and_an_edge_an_input() -> None:
    """A skipped stage is a node of its own."""
    nodes, edges = parse_dot(plan_dot(PLAN))
    assert nodes == {"step0", "step2", "step3", "step4", "stage2", "context0"}
    assert edges == {("step0", "step2"), ("context0", "step2"), ("step2", "step3"), ("step3", "step4")}


def test_dot_quotes_hostile_names() -> None:
    """They add no node and no edge."""
    nodes, edges = parse_dot(plan_dot(hostile_plan()))
    assert nodes == {"step0", "step1", "stage1", "context0"}
    assert edges == {("context0", "step0")}


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
@pytest.mark.parametrize("found", [PLAN, hostile_plan()], ids=["plain", "hostile"])
def test_graphviz_reads_it(found: Plan) -> None:
    """Without a word of complaint, and finds the same nodes."""
    text = plan_dot(found)
    done = subprocess.run(["dot", "-Tplain"], input=text.encode(), capture_output=True, check=True)
    assert done.stderr == b""
    drawn = {line.split()[1].decode() for line in done.stdout.splitlines() if line.startswith(b"node ")}
    assert drawn == parse_dot(text)[0]
