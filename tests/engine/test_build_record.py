"""What a build leaves behind about its steps, and that it comes back as it was."""

from __future__ import annotations

import json
import zlib

from tests.engine.bench import Bench, Built

from jettison.engine.build_record import parse_build_record, squashed, write_build_record
from jettison.frozen import replace
from jettison.model.build_record import BuildRecord
from jettison.model.op import CopyAction
from jettison.model.reference import Reference

DOCKERFILE = """
FROM busybox:test AS builder
COPY src /src
RUN cp -r /src /out
FROM busybox:test
WORKDIR /app
COPY --from=builder /out/*.txt ./
COPY --link extra.txt /
RUN echo x > x
"""
FILES = {"src/a.txt": "a", "src/b.bin": "b", "extra.txt": "e"}


def record_of(bench: Bench, built: Built) -> BuildRecord:
    data = bench.store.builds.record(built.result.image_id)
    assert data is not None
    record = parse_build_record(data)
    assert record is not None
    return record


def test_every_layer_has_the_step_that_made_it(bench: Bench) -> None:
    """In the order of the image's layers, those of ``--link`` too."""
    built = bench.build(DOCKERFILE, FILES)
    record = record_of(bench, built)
    stack = record.stack(record.result)
    assert tuple(layer for _, layer in stack) == built.config.diff_ids
    assert [step.instruction for step, _ in stack] == [
        "FROM docker.io/library/busybox:test",
        "WORKDIR /app",
        "COPY --from=builder /out/*.txt ./",
        "COPY --link extra.txt /",
        "RUN echo x > x",
    ]
    assert (record.base_name, record.base_layers, record.base_history) == ("busybox:test", 1, 1)


def test_a_copy_leads_to_the_stage_that_it_takes_from(bench: Bench) -> None:
    """Its inputs are steps with layers of their own."""
    record = record_of(bench, bench.build(DOCKERFILE, FILES))
    copy = next(step for step, _ in record.stack(record.result) if "--from" in step.name)
    (action,) = copy.actions
    assert isinstance(action, CopyAction)
    assert (action.sources, action.destination) == (("out/*.txt",), "/app/")
    source = record.stack(copy.inputs[action.input])
    assert [step.instruction for step, _ in source][1:] == ["COPY src /src", "RUN cp -r /src /out"]
    assert source[-1][0].stage == "builder"
    assert source[-1][0].location.endswith("Dockerfile:4:1")


def test_a_record_survives_being_written(bench: Bench) -> None:
    """And what was squashed of the image."""
    record = record_of(bench, bench.build(DOCKERFILE, FILES))
    assert parse_build_record(write_build_record(record)) == record
    folded = squashed(squashed(record, 3), 4)
    assert parse_build_record(write_build_record(folded)) == folded
    assert folded.kept_layers == 3


def test_the_dockerfile_is_kept_as_it_was_written(bench: Bench) -> None:
    """With the stages that the image is made of, and without what arguments were set to."""
    text = f"# why\n{DOCKERFILE.strip()}\nFROM builder\nARG TOKEN=none\nRUN echo ${{#TOKEN}} > n\n"
    built = bench.build(text, FILES, build_args=(("TOKEN", "hush-hush"),))
    kept = record_of(bench, built).dockerfile
    assert kept is not None
    assert (kept.text, len(kept.stages)) == (text, 2)
    assert [text.splitlines()[line - 1] for line in kept.stages] == ["FROM busybox:test AS builder", "FROM builder"]
    data = bench.store.builds.record(built.result.image_id)
    assert data is not None
    assert b"hush" not in zlib.decompress(data)


def test_a_dockerfile_that_is_endless_is_not_kept(bench: Bench) -> None:
    """The steps are."""
    record = record_of(bench, bench.build(DOCKERFILE + "# x\n" * 70_000, FILES))
    assert record.dockerfile is None
    assert record.steps


def test_a_record_without_a_dockerfile_is_read(bench: Bench) -> None:
    """As older versions wrote it."""
    record = record_of(bench, bench.build(DOCKERFILE, FILES))
    document = json.loads(zlib.decompress(write_build_record(record)))
    del document["text"]
    old = parse_build_record(zlib.compress(json.dumps(document).encode()))
    assert old == replace(record, dockerfile=None)


def test_a_record_of_another_version_is_none(bench: Bench) -> None:
    """An older jettison that meets the store of a newer one goes on without."""
    assert parse_build_record(zlib.compress(json.dumps({"version": 99}).encode())) is None


def test_a_cached_build_has_a_record_too(bench: Bench) -> None:
    """The second build of the same file leads to the same steps; the record goes with its image."""
    bench.build(DOCKERFILE, FILES)
    built = bench.build(DOCKERFILE + "LABEL a=b\n", FILES, tags=(Reference.parse("app"),))
    record = record_of(bench, built)
    assert tuple(layer for _, layer in record.stack(record.result)) == built.config.diff_ids
    bench.store.remove_image("app")
    assert bench.store.builds.record(built.result.image_id) is None


def test_an_empty_image_has_an_empty_record(bench: Bench) -> None:
    """Nothing but settings."""
    record = record_of(bench, bench.build("FROM scratch\nENV a=b\n"))
    assert record.stack(record.result) == ()
    assert record.base_name == ""
