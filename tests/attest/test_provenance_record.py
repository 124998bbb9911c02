"""Provenance that is read: what lies, or wants to keep the reader busy, is refused."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from jettison.attest.provenance_record import read_provenance
from jettison.errors import IntegrityError
from jettison.model.build_record import RecordedMount
from jettison.model.digest import Digest
from jettison.model.op import CopyAction

LAYERS = tuple(Digest.of(bytes([number])) for number in range(3))
DOCKERFILE = "FROM a AS one\nRUN x\nFROM b\nCOPY --from=one \\\n/f /g\n"
IMAGE: dict[str, Any] = {"source": {"identifier": "docker-image://docker.io/library/b:latest@sha256:" + "1" * 64}}
OTHER: dict[str, Any] = {"source": {"identifier": "docker-image://docker.io/library/a:latest"}}
RUN: dict[str, Any] = {
    "exec": {
        "meta": {"args": ["/bin/sh", "-c", "x"]},
        "mounts": [
            {"dest": "/"},
            {"dest": "/m", "input": 1, "selector": "/sub", "readonly": True},
            {"dest": "/c", "input": -1, "mountType": 3},
        ],
    }
}
COPY: dict[str, Any] = {
    "file": {"actions": [{"Action": {"copy": {"src": "/f", "dest": "/g"}}, "secondaryInput": 1, "output": 0}]}
}


def step(number: int, operation: dict[str, Any], *inputs: int) -> dict[str, Any]:
    return {"id": f"step{number}", "op": {"Op": operation}, "inputs": [f"step{source}:0" for source in inputs]}


STEPS = (
    step(0, OTHER),
    step(1, {"source": {"identifier": "local://context"}}),
    step(2, RUN, 0, 1),
    step(3, IMAGE),
    step(4, COPY, 3, 2),
    step(5, {}, 4),
)


def statement(*steps: dict[str, Any], layers: dict[str, int] | None = None, dockerfile: str = DOCKERFILE) -> bytes:
    def at(line: int) -> dict[str, Any]:
        return {"locations": [{"ranges": [{"start": {"line": line}, "end": {"line": line}}]}]}

    metadata = {
        "source": {
            "infos": [{"filename": "D", "data": base64.b64encode(dockerfile.encode()).decode()}],
            "locations": {"step2": at(2), "step3": at(3), "step4": at(4), "step1": {}},
        },
        "layers": {f"{name}:0": [[{}] * count] for name, count in (layers or {}).items()},
    }
    predicate = {
        "buildDefinition": {"internalParameters": {"buildConfig": {"llbDefinition": list(steps)}}},
        "runDetails": {"metadata": {"buildkit_metadata": metadata}},
    }
    return json.dumps({"predicate": predicate}).encode()


def test_steps_have_instructions_places_and_layers() -> None:
    """Those of the image have its layers, the base as many as are left over; those of stages have unknown ones."""
    record = read_provenance(statement(*STEPS, layers={"step3": 2, "step4": 3}), LAYERS)
    assert record is not None
    assert (record.base_name, record.base_layers) == ("b:latest", 2)
    assert [(step.instruction, layer) for step, layer in record.stack(record.result)] == [
        ("FROM docker.io/library/b:latest", LAYERS[0]),
        ("FROM docker.io/library/b:latest", LAYERS[1]),
        ("COPY --from=one /f /g", LAYERS[2]),
    ]
    copy, run = record.steps[4], record.steps[2]
    assert copy.location == "D:4:1"
    assert copy.actions == (CopyAction(input=2, sources=("f",), destination="/g", wildcards=False),)
    assert copy.inputs == (3, 3, 2)
    assert (run.instruction, run.stage, run.location) == ("RUN x", "one", "D:2:1")
    assert run.mounts == (RecordedMount(input=2, source="sub", target="/m"),)
    assert [(step.kind, layer) for step, layer in record.stack(2)] == [("image", None), ("run", None)]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param({"step3": 1, "step4": 3}, id="the base has others"),
        pytest.param({"step4": 7}, id="more than there are"),
    ],
)
def test_layers_that_contradict_the_image_are_not_believed(layers: dict[str, int]) -> None:
    """No step has any then."""
    record = read_provenance(statement(*STEPS, layers=layers), LAYERS)
    assert record is not None
    assert {layer for _, layer in record.stack(record.result)} == {None}


def test_without_steps_there_is_no_record() -> None:
    """The least provenance has none."""
    assert read_provenance(b'{"predicate": {"buildDefinition": {}}}', LAYERS) is None
    assert read_provenance(b'{"predicate": {}}', LAYERS) is None


def test_without_a_dockerfile_steps_are_told_by_what_they_do() -> None:
    """As far as that can be said."""
    record = read_provenance(statement(*STEPS, dockerfile="nonsense"), LAYERS)
    assert record is not None
    assert [record.steps[number].instruction for number in (2, 4)] == ["RUN x", "COPY /f /g"]


def merges(count: int) -> list[dict[str, Any]]:
    """Each stands twice on the one before: a stack of 2^count layers."""
    return [step(0, IMAGE), *(step(n, {"merge": {"inputs": []}}, n - 1, n - 1) for n in range(1, count + 1))]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(b"{", "not valid JSON", id="no JSON"),
        pytest.param(b"[]", "expected an object", id="no object"),
        pytest.param(statement(step(0, COPY, 0)), "what does not come before it", id="stands on itself"),
        pytest.param(statement(step(0, COPY, 1), step(1, COPY, 0)), "does not come before", id="a circle"),
        pytest.param(statement(step(0, COPY, 9)), "what does not come before it", id="stands on nothing"),
        pytest.param(statement(step(0, {}), step(1, RUN, 0)), "a step that does nothing", id="stands on a name"),
        pytest.param(statement(step(0, {"build": {}})), "a kind that is not known: build", id="unknown kind"),
        pytest.param(statement(*merges(60)), "more than 10000 steps", id="a bomb"),
        pytest.param(
            statement(step(0, IMAGE), step(1, {"file": {"actions": [{"Action": {"copy": {"src": 1}}}]}}, 0)),
            "expected a string, found 1",
            id="wrong types",
        ),
    ],
)
def test_what_is_no_provenance_is_an_error(data: bytes, problem: str) -> None:
    """That names the place."""
    with pytest.raises(IntegrityError, match=problem):
        read_provenance(data, LAYERS)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value in a document."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


WHOLE = json.loads(statement(*STEPS, layers={"step3": 2, "step4": 3}))
STRANGE: tuple[Any, ...] = (None, -1, 1 << 70, 1.5, True, "", "step4:0", "\udcff", "/../..", [], [[]], {}, {"a": 1})


@pytest.mark.parametrize("value", STRANGE, ids=repr)
def test_whatever_stands_in_it_there_is_a_record_an_error_or_nothing(value: Any) -> None:
    """At any place; and the record can be walked through."""
    for place in list(places(WHOLE))[1:]:
        document = copy.deepcopy(WHOLE)
        inner = document
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
        try:
            record = read_provenance(json.dumps(document).encode(), LAYERS)
        except IntegrityError:
            continue
        for number, step in record.steps.items() if record else ():
            assert record is not None
            assert all(source is None or source in record.steps for source in step.inputs)
            assert all(mount.input < len(step.inputs) for mount in step.mounts)
            assert all(action.input < len(step.inputs) for action in step.actions if isinstance(action, CopyAction))
            record.stack(number)


def test_an_image_that_several_stages_stand_on_has_no_line() -> None:
    """BuildKit makes one step of them: any of their lines would be a guess."""
    dockerfile = "FROM b AS one\nRUN x\nFROM b AS two\n"
    document = json.loads(statement(*STEPS, dockerfile=dockerfile))
    details = document["predicate"]["runDetails"]["metadata"]["buildkit_metadata"]["source"]["locations"]
    places = [{"ranges": [{"start": {"line": line}, "end": {"line": line}}]} for line in (1, 3)]
    details["step3"] = {"locations": places}
    record = read_provenance(json.dumps(document).encode(), LAYERS)
    assert record is not None
    assert (record.steps[3].location, record.steps[3].stage) == ("", "")
    details["step3"] = {"locations": places[:1]}
    record = read_provenance(json.dumps(document).encode(), LAYERS)
    assert record is not None
    assert (record.steps[3].location, record.steps[3].stage) == ("D:1:1", "one")
