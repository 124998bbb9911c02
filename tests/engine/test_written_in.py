"""The Dockerfile of an image is known where somebody tells: the store that built it, or the provenance beside it."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.engine.bench import Bench, reference
from tests.engine.test_image_layers import quiet, silent
from tests.registry.support import running_registry
from tests.report.schema import faults

from jettison.analyze.weight import Weight
from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions, SlsaVersion
from jettison.engine.image_diff import diff_images, keep_for_diff
from jettison.engine.image_layers import open_image
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.squash_image import SquashRequest, squash_image
from jettison.engine.transfer import load, pull
from jettison.engine.weigh import weigh_image
from jettison.model.reference import Reference
from jettison.report.weight_json import weight_document
from jettison.report.weight_notes import notes
from jettison.report.weight_text import weight_text

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
SCHEMA: Mapping[str, Any] = json.loads((Path(__file__).parents[2] / "docs/weigh.schema.json").read_text())


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


def from_standard_input(archive: Path, bench: Bench) -> Weight:
    with archive.open("rb") as stdin:
        return weigh_image("-", bench.machine(quiet), progress=silent, stdin=stdin)


def from_folder(archive: Path, bench: Bench) -> Weight:
    folder = bench.root / "layout"
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return weigh(bench, f"oci-layout://{folder}")


def loaded(archive: Path, bench: Bench) -> Weight:
    ((image_id, _),) = load(archive, bench.machine(quiet), silent)
    return weigh(bench, image_id)


@pytest.mark.parametrize("way", [from_standard_input, from_folder, loaded])
def test_provenance_is_read_wherever_the_image_lies(
    new_bench: Callable[[], Bench], way: Callable[[Path, Bench], Weight]
) -> None:
    """Also where it was loaded: the store keeps what lay beside it."""
    weight = way(attested(new_bench(), ProvenanceOptions(mode=Mode.MAX)), new_bench())
    assert told(weight) == [(6, "WORKDIR"), (7, "COPY"), (9, "RUN")]
    assert [each.instruction.text for each in weight.instructions][-2] == "COPY --from=builder /made ./"
    claimed = "what is told of the build is what the provenance that came with the image claims: nobody verified it"
    assert weight.remarks == (claimed,)


def test_provenance_in_a_registry(new_bench: Callable[[], Bench], tmp_path: Path) -> None:
    """Read from there, and kept by a pull."""
    one, other = new_bench(), new_bench()
    with running_registry(tmp_path / "registry") as registry:
        name = reference(f"{registry.host}/team/app:1")
        options = AttestOptions(provenance=ProvenanceOptions(mode=Mode.MAX))
        one.build(DOCKERFILE, tags=(name,), outputs=(Output(kind=OutputKind.IMAGE, push=True),), attest=options)
        assert told(weigh(other, f"docker://{name}")) == [(6, "WORKDIR"), (7, "COPY"), (9, "RUN")]
        machine = other.machine(quiet)
        pull(name, machine.platform, machine, silent)
    weight = weigh(other, str(name))
    assert told(weight) == [(6, "WORKDIR"), (7, "COPY"), (9, "RUN")]
    assert weight.base.known == "its provenance"


def test_provenance_of_no_use_is_told(new_bench: Callable[[], Bench]) -> None:
    """What is no statement, what is about other layers: the history is told then, with a remark.

    Where it tells of no steps nothing is lost that images have, and nothing is said.
    """
    bench = new_bench()
    bench.build(DOCKERFILE, tags=(Reference.parse(NAME),))
    archive = attested(new_bench(), ProvenanceOptions(mode=Mode.MIN))
    other = new_bench()
    ((image_id, _),) = load(archive, other.machine(quiet), silent)
    assert weigh(other, image_id).remarks == ()
    for statement in (
        b"{",
        b"[]",
        b"{}",
        b'{"predicate": {"buildDefinition": {"internalParameters": {"buildConfig": 1}}}}',
    ):
        other.store.builds.keep_provenance(image_id, statement)
        weight = weigh(other, image_id)
        assert "is of no use" in weight.remarks[0]
        assert weight.dockerfile is None


def test_a_load_goes_on_without_provenance_that_cannot_be_read(new_bench: Callable[[], Bench]) -> None:
    """It is no reason to refuse the image; that is said."""
    bench = new_bench()
    folder = bench.root / "layout"
    with tarfile.open(attested(new_bench(), ProvenanceOptions(mode=Mode.MAX))) as tar:
        tar.extractall(folder, filter="data")
    for blob in (folder / "blobs/sha256").iterdir():
        if b'"predicateType"' in blob.read_bytes()[:2000]:
            blob.write_bytes(b"?" * blob.stat().st_size)
    said: list[str] = []
    ((image_id, _),) = load(folder, bench.machine(quiet), silent, remark=said.append)
    assert "the attestations beside the image" in said[0]
    assert weigh(bench, image_id).dockerfile is None


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


BASE = "FROM busybox:test\nCOPY conf /etc/conf.d/\nRUN echo made > /made\n"
ON_BASE = "FROM base:1\nRUN echo own > /own\n"


def build_on_base(bench: Bench) -> None:
    bench.build(BASE, {"conf/app.conf": "conf"}, tags=(Reference.parse("base:1"),))
    bench.build(ON_BASE, tags=(Reference.parse(NAME),))


def test_the_lines_of_the_base(bench: Bench) -> None:
    """Apart from the image's own: in its own Dockerfile, with the image beside each; in every view and every format."""
    build_on_base(bench)
    weight = weigh(bench, NAME)
    layers = [each.instruction for each in weight.instructions if each.layer is not None]
    assert [(each.in_base, each.image, each.line, each.text) for each in layers] == [
        (True, "busybox:test", None, "busybox for tests"),
        (True, "base:1", 2, "COPY conf /etc/conf.d/"),
        (True, "base:1", 3, "RUN echo made > /made"),
        (False, "", 2, "RUN echo own > /own"),
    ]
    assert [(each.image, each.dockerfile.text) for each in weight.base_dockerfiles] == [("base:1", BASE)]
    text = weight_text(weight, view="instruction", top=None, columns=100)
    own, of_base = text.split("of that by the Dockerfile of base:1, ")
    assert "RUN echo own" in own
    assert "made" not in own
    assert "   2    4 B      4 B     0 B  COPY conf /etc/conf.d/" in of_base
    paths = weight_text(weight, view="path", top=None, columns=100)
    assert "/etc/conf.d/app.conf  line 2 of base:1, COPY conf /etc/conf.d/" in paths
    document = weight_document(weight)
    assert list(faults(document | {"gates": []}, SCHEMA, SCHEMA)) == []
    assert [each["image"] for each in document["base_dockerfiles"]] == ["base:1"]
    assert weight.remarks == ()
    assert not [note.path for note in notes(weight, ()) if note.line == 3]


def test_the_base_of_an_image_whose_own_build_nobody_knows(bench: Bench) -> None:
    """By the layers that it shares with an image of the store; its own are told by the history."""
    build_on_base(bench)
    image_id = bench.store.images.find(NAME).image_id
    config = bench.store.blobs.read(image_id)
    bench.store.images.remove(image_id)
    bench.store.images.put(config)
    weight = weigh(bench, image_id)
    assert told(weight) == [(None, "RUN")]
    assert [each.image for each in weight.base_dockerfiles] == ["base:1"]


def test_a_comparison_tells_the_lines_of_the_base_apart(bench: Bench) -> None:
    """The same instruction of two bases is one, whatever their names are."""
    build_on_base(bench)
    bench.build(BASE.replace("made >", "other >"), {"conf/app.conf": "conf!"}, tags=(Reference.parse("base:2"),))
    bench.build(ON_BASE.replace("base:1", "base:2"), tags=(Reference.parse("app:2"),))
    machine = bench.machine(quiet)
    with (
        open_image(NAME, machine, progress=silent, keep=keep_for_diff) as old,
        open_image("app:2", machine, progress=silent, keep=keep_for_diff) as new,
    ):
        found = {each.instruction: each.counts for each in diff_images(old, new, store=machine.store).instructions}
    assert found["COPY conf /etc/conf.d/ (base image)"].changed == 1
    assert "RUN echo other > /made (base image)" in found


def test_a_comparison_names_the_lines_of_both(bench: Bench) -> None:
    """With their flags; where only one of the two is known, both are told by their histories, or nothing would match."""
    one, two = Reference.parse("app:1"), Reference.parse("app:2")
    bench.build(DOCKERFILE, tags=(one,))
    bench.build(DOCKERFILE.replace("made >", "other >"), tags=(two,))
    machine = bench.machine(quiet)

    def told(other: str) -> set[str]:
        with (
            open_image(str(one), machine, progress=silent, keep=keep_for_diff) as old,
            open_image(other, machine, progress=silent, keep=keep_for_diff) as new,
        ):
            return {each.instruction for each in diff_images(old, new, store=machine.store).instructions}

    assert "COPY --from=builder /made ./" in told(str(two))
    assert not any("--from" in name for name in told("busybox:test"))
