"""The files of a base image have their lines in the base's own Dockerfile, for bases that were built here, and further down."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.engine.bench import Bench, reference
from tests.engine.test_file_origin import story, trace
from tests.engine.test_image_layers import quiet, silent
from tests.registry.support import Registry, running_registry

from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions
from jettison.engine.origin import FileOrigin
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.squash_image import SquashRequest, squash_image
from jettison.model.oci import Index, parse_manifest
from jettison.model.reference import Reference

BASE = """FROM busybox:test AS tools
COPY tool.c /src/
RUN cp /src/tool.c /tool
FROM busybox:test
COPY conf /etc/conf.d/
COPY --from=tools /tool /usr/bin/tool
RUN echo made > /made
"""
APP = """# an application
FROM base:1
COPY main.py /app/
RUN echo more >> /made
CMD ["sh"]
"""
TOP = """FROM app:1 AS build
RUN cp /usr/bin/tool /built
FROM app:1
COPY --from=build /built /final/
COPY --from=base:1 /etc/conf.d/app.conf /final/
"""
FILES = {"tool.c": "t", "conf/app.conf": "c", "main.py": "m"}


def build_all(bench: Bench) -> None:
    for name, text in (("base:1", BASE), ("app:1", APP), ("top:1", TOP)):
        bench.build(text, FILES, tags=(Reference.parse(name),))


def places(origin: FileOrigin | None) -> list[tuple[str, str]]:
    """Line and image of what brought the file, from the image back."""
    found = []
    while origin is not None:
        if origin.brought is not None:
            found.append((origin.brought.location.rpartition("Dockerfile:")[2], origin.brought.image))
        origin = origin.taken_from
    return found


@pytest.mark.parametrize(
    ("path", "expected", "last"),
    [
        pytest.param(
            "/app/main.py", [("3:1", "app:1")], "the build context of app:1: main.py", id="the base's context"
        ),
        pytest.param(
            "/usr/bin/tool",
            [("6:1", "base:1"), ("3:1", "base:1")],
            "stage tools of base:1: tool <- RUN cp /src/tool.c /tool",
            id="a stage of the base of the base",
        ),
        pytest.param("/made", [("4:1", "app:1")], "the image: made <- RUN echo more >> /made", id="changed on the way"),
        pytest.param("/bin/sh", [("", "busybox:test")], "the image: bin/sh <- busybox for tests", id="nobody's"),
        pytest.param(
            "/final/built",
            [("4:1", ""), ("2:1", "")],
            "stage build: built <- RUN cp /usr/bin/tool /built",
            id="a stage on a base",
        ),
        pytest.param(
            "/final/app.conf",
            [("5:1", ""), ("5:1", "base:1")],
            "the build context of base:1: conf/app.conf",
            id="an image that was copied from",
        ),
    ],
)
def test_a_file_is_followed_into_the_bases(bench: Bench, path: str, expected: list[tuple[str, str]], last: str) -> None:
    """Each place is in the Dockerfile of the image that is named beside it."""
    build_all(bench)
    origin = trace(bench, path, "top:1")
    assert places(origin) == expected
    assert story(origin)[-1] == last
    assert origin.claims == ()


def test_every_layer_below_is_told(bench: Bench) -> None:
    """Of which image each is."""
    build_all(bench)
    made = trace(bench, "/made", "top:1")
    assert [(one.image, one.instruction) for one in made.touches] == [
        ("base:1", "RUN echo made > /made"),
        ("app:1", "RUN echo more >> /made"),
    ]


def test_a_base_that_is_gone_is_known_still(bench: Bench) -> None:
    """Its record stays with what was built from it; the layers of its stages may be gone."""
    build_all(bench)
    for name in ("app:1", "base:1"):
        bench.store.remove_image(name)
    origin = trace(bench, "/usr/bin/tool", "top:1")
    assert places(origin)[0] == ("6:1", "base:1")


def test_a_name_that_leads_elsewhere_now_misleads_nobody(bench: Bench) -> None:
    """The base is known by its id."""
    build_all(bench)
    bench.build("FROM busybox:test\nRUN echo other > /made\n", tags=(Reference.parse("base:1"),))
    assert trace(bench, "/made", "top:1").touches[0].instruction == "RUN echo made > /made"


def test_a_base_that_adds_no_layer(bench: Bench) -> None:
    """What stands below it is told."""
    bench.build(BASE, FILES, tags=(Reference.parse("base:1"),))
    bench.build("FROM base:1\nENV a=b\n", tags=(Reference.parse("settings:1"),))
    bench.build("FROM settings:1\nRUN echo x > /x\n", tags=(Reference.parse("app:1"),))
    assert places(trace(bench, "/made", "app:1")) == [("7:1", "base:1")]


def test_a_squashed_base(bench: Bench) -> None:
    """The layer that folds several has no line, what is below it has."""
    bench.build(BASE, FILES, tags=(Reference.parse("base:1"),))
    bench.build("FROM base:1\nRUN echo a > /a\nRUN echo b > /b\n", tags=(Reference.parse("middle:1"),))
    squash_image(SquashRequest(name="middle:1", tags=(Reference.parse("flat:1"),)), bench.machine(quiet), silent)
    bench.build("FROM flat:1\nRUN echo c > /c\n", tags=(Reference.parse("app:1"),))
    assert places(trace(bench, "/made", "app:1")) == [("7:1", "base:1")]
    folded = trace(bench, "/a", "app:1").brought
    assert folded is not None
    assert (folded.location, folded.image) == ("", "flat:1")


def test_an_image_from_elsewhere_on_a_base_from_here(bench: Bench) -> None:
    """By the layers that both have; that is said."""
    bench.build(BASE, FILES, tags=(Reference.parse("base:1"),))
    built = bench.build("FROM base:1\nRUN echo x > /x\n")
    data = bench.store.blobs.read(built.result.image_id)
    bench.store.images.remove(built.result.image_id)
    bench.store.images.put(data)
    origin = trace(bench, "/usr/bin/tool", built.result.image_id)
    assert places(origin)[0] == ("6:1", "base:1")
    assert places(trace(bench, "/x", built.result.image_id)) == [("", "")]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    if not shutil.which("docker-registry"):
        pytest.skip("docker-registry is not installed")
    with running_registry(tmp_path / "registry") as started:
        yield started


PROVENANCE = AttestOptions(provenance=ProvenanceOptions(mode=Mode.MAX))
PUSHED = Output(kind=OutputKind.IMAGE, push=True)


def test_a_base_that_a_build_pulled_brings_its_provenance(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """Its lines are known, as a claim of its own; without it, the image's own lines are."""
    base = reference(f"{registry.host}/base:1")
    new_bench().build(BASE, FILES, tags=(base,), outputs=(PUSHED,), attest=PROVENANCE)
    other = new_bench()
    built = other.build(f"FROM {base}\nCOPY main.py /app/\n", FILES, tags=(Reference.parse("app:1"),))
    assert built.notices == []
    origin = trace(other, "/usr/bin/tool", "app:1")
    assert places(origin) == [("6:1", str(base))]
    assert origin.claims == (str(base),)
    assert origin.taken_from is not None
    assert [candidate.location for candidate in origin.taken_from.candidates] == ["Dockerfile:3:1", "Dockerfile:1:1"]
    assert trace(other, "/app/main.py", "app:1").claims == ()
    other.store.remove_image(str(base))
    assert places(trace(other, "/usr/bin/tool", "app:1")) == [("6:1", str(base))]


def test_a_base_in_a_layout_brings_its_provenance(new_bench: Callable[[], Bench]) -> None:
    """That a named context leads to; the base itself is in no store."""
    one, other = new_bench(), new_bench()
    folder = one.root / "layout"
    output = Output(kind=OutputKind.OCI, destination=folder, as_tar=False)
    one.build(BASE, FILES, tags=(Reference.parse("base:1"),), outputs=(output,), attest=PROVENANCE)
    contexts = (("base", f"oci-layout://{folder}"),)
    other.build("FROM base\nRUN echo x > /x\n", build_contexts=contexts, tags=(Reference.parse("app:1"),))
    origin = trace(other, "/made", "app:1")
    assert (places(origin), origin.claims) == ([("7:1", "base:latest")], ("base:latest",))


def test_provenance_of_a_base_that_cannot_be_read_is_told(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """The build goes on."""
    base = reference(f"{registry.host}/base:1")
    one, other = new_bench(), new_bench()
    one.build(BASE, FILES, tags=(base,), outputs=(PUSHED,), attest=PROVENANCE)
    index = parse_manifest(one.registry.fetch_manifest(base).data)
    assert isinstance(index, Index)
    [entry] = [entry for entry in index.manifests if entry.annotations]
    registry.blob_file(entry.digest).write_bytes(b"{}")
    built = other.build(f"FROM {base}\nRUN echo x > /x\n", tags=(Reference.parse("app:1"),))
    assert "the provenance beside the base image" in built.notices[0]
    assert trace(other, "/x", "app:1").brought is not None


def test_an_image_in_a_registry_on_a_base_there(new_bench: Callable[[], Bench], registry: Registry) -> None:
    """What the base says about itself is asked for, and that it is a claim of both is told."""
    base, app = (reference(f"{registry.host}/{name}:1") for name in ("base", "app"))
    new_bench().build(BASE, FILES, tags=(base,), outputs=(PUSHED,), attest=PROVENANCE)
    new_bench().build(f"FROM {base}\nRUN echo x > /x\n", tags=(app,), outputs=(PUSHED,), attest=PROVENANCE)
    origin = trace(new_bench(), "/usr/bin/tool", f"docker://{app}")
    assert places(origin) == [("6:1", str(base))]
    assert origin.claims == ("", str(base))


def test_no_other_registry_is_asked(new_bench: Callable[[], Bench], registry: Registry, tmp_path: Path) -> None:
    """Whoever made an image decides which name its base has: that makes nobody talk to a host of their choice."""
    with running_registry(tmp_path / "other") as second:
        base, app = reference(f"{second.host}/base:1"), reference(f"{registry.host}/app:1")
        new_bench().build(BASE, FILES, tags=(base,), outputs=(PUSHED,), attest=PROVENANCE)
        new_bench().build(f"FROM {base}\nRUN echo x > /x\n", tags=(app,), outputs=(PUSHED,), attest=PROVENANCE)
        asked = second.log_text().count("GET /v2/base")
        origin = trace(new_bench(), "/usr/bin/tool", f"docker://{app}")
        assert places(origin) == [("", str(base))]
        assert second.log_text().count("GET /v2/base") == asked
