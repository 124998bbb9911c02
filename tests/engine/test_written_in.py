"""The Dockerfile of an image is known where somebody tells: the store that built it, or the provenance beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.bench import Bench
from tests.engine.test_image_layers import quiet, silent

from jettison.analyze.weight import Weight
from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions, SlsaVersion
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.squash_image import SquashRequest, squash_image
from jettison.engine.weigh import weigh_image
from jettison.model.reference import Reference

DOCKERFILE = """# one
FROM busybox:test AS builder
RUN echo made > /made

FROM busybox:test
WORKDIR /app
COPY --from=builder \\
    /made ./
RUN echo x > x
"""
NAME = "app:1"


def weigh(bench: Bench, name: str) -> Weight:
    return weigh_image(name, bench.machine(quiet), progress=silent)


def told(weight: Weight) -> list[tuple[int | None, str]]:
    """Line and first word of what made the layers above the base."""
    found = [each.instruction for each in weight.instructions if not each.instruction.in_base]
    return [(each.line, each.text.split()[0]) for each in found if each.layer is not None]


def test_an_image_that_was_built_here(bench: Bench) -> None:
    """The store keeps the text."""
    bench.build(DOCKERFILE, tags=(Reference.parse(NAME),))
    weight = weigh(bench, NAME)
    assert weight.dockerfile is not None
    assert weight.dockerfile.text == DOCKERFILE
    assert weight.dockerfile.stages == (5,)
    assert told(weight) == [(6, "WORKDIR"), (7, "COPY"), (9, "RUN")]


@pytest.mark.parametrize("version", SlsaVersion)
def test_an_archive_with_provenance(new_bench: Callable[[], Bench], version: SlsaVersion) -> None:
    """On another machine: the text, the lines, and where the base image ends."""
    one = new_bench()
    archive = attested(one, ProvenanceOptions(mode=Mode.MAX, version=version))
    weight = weigh(new_bench(), str(archive))
    assert weight.dockerfile is not None
    assert weight.dockerfile.text == DOCKERFILE
    assert told(weight) == [(6, "WORKDIR"), (7, "COPY"), (9, "RUN")]
    assert (weight.base.layers, weight.base.name, weight.base.known) == (1, "busybox:test", "its provenance")
    assert not weight.base.is_guess


def test_an_archive_without(new_bench: Callable[[], Bench]) -> None:
    """The history is all there is."""
    weight = weigh(new_bench(), str(attested(new_bench(), ProvenanceOptions(mode=Mode.MIN))))
    assert weight.dockerfile is None
    assert {line for line, _ in told(weight)} == {None}


def test_a_squashed_image(bench: Bench) -> None:
    """Of the layer that folds several no line is told."""
    bench.build(DOCKERFILE, tags=(Reference.parse(NAME),))
    squash_image(SquashRequest(name=NAME, tags=(Reference.parse("app:2"),)), bench.machine(quiet), silent)
    assert [line for line, _ in told(weigh(bench, "app:2"))] == [None]


def attested(bench: Bench, options: ProvenanceOptions) -> Path:
    archive = bench.root / "attested.tar"
    output = Output(kind=OutputKind.OCI, destination=archive)
    bench.build(DOCKERFILE, outputs=(output,), attest=AttestOptions(provenance=options))
    return archive
