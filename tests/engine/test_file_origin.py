"""Why a file is in an image, back through stages to where it came from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.engine.archives import make_tar
from tests.engine.bench import Bench
from tests.engine.test_add import serving
from tests.engine.test_image_layers import quiet, silent
from tests.registry.support import running_registry

from jettison.attest.options import AttestOptions, Mode, ProvenanceOptions, SlsaVersion
from jettison.engine.file_origin import trace_file
from jettison.engine.image_layers import open_image
from jettison.engine.origin import FileOrigin
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.squash_image import SquashRequest, squash_image
from jettison.errors import NotFoundError
from jettison.model.reference import Reference

DOCKERFILE = """
FROM busybox:test AS sources
COPY src /src
FROM busybox:test AS builder
COPY --from=sources /src/*.txt /in/
RUN mkdir -p /out/bin && cp /in/a.txt /out/bin/made && ln -s made /out/bin/link
FROM busybox:test
COPY --from=builder /out/ /app/
COPY --from=builder /in/a.txt /app/copied
COPY --link --from=busybox:test /bin/sh /app/sh
COPY one.txt two.txt /many/
COPY src/*.txt /wild/
COPY <<END /text
hello
END
RUN chmod 700 /app/copied && rm /app/bin/link
"""
FILES = {"src/a.txt": "a", "src/deep/b.txt": "b", "one.txt": "1", "two.txt": "2"}


def trace(bench: Bench, path: str, name: str = "app:v1") -> FileOrigin:
    with open_image(name, bench.machine(quiet), progress=silent) as image:
        return trace_file(image, path, bench.store)


def story(origin: FileOrigin | None) -> list[str]:
    """Place, path and instruction, from the image back."""
    told = []
    while origin is not None:
        instruction = origin.brought.instruction if origin.brought else ""
        told.append(f"{origin.place}: {origin.path}" + (f" <- {instruction}" if instruction else ""))
        origin = origin.taken_from
    return told


@pytest.fixture
def app(bench: Bench) -> Bench:
    """A bench with ``app:v1``."""
    bench.build(DOCKERFILE, FILES, tags=(Reference.parse("app:v1"),))
    return bench


def test_a_file_is_followed_through_all_stages(app: Bench) -> None:
    """To the place in the build context."""
    assert story(trace(app, "/app/copied")) == [
        "the image: app/copied <- COPY --from=builder /in/a.txt /app/copied",
        "stage builder: in/a.txt <- COPY --from=sources /src/*.txt /in/",
        "stage sources: src/a.txt <- COPY src /src",
        "the build context: src/a.txt",
    ]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("app/bin/made", ["stage builder: out/bin/made <- RUN mkdir"], id="a command wrote it"),
        pytest.param("app/sh", ["image busybox:test: bin/busybox <- busybox for tests"], id="an image had it"),
        pytest.param("many/one.txt", ["the build context: one.txt"], id="one of several"),
        pytest.param("many/two.txt", ["the build context: two.txt"], id="the other"),
        pytest.param("wild/a.txt", ["the build context: src/a.txt"], id="by a wildcard"),
        pytest.param("text", ["a text in the Dockerfile: "], id="a heredoc"),
        pytest.param("app", ["stage builder: out <- RUN mkdir"], id="a folder"),
        pytest.param("many", [], id="a folder that was made on the way"),
        pytest.param("bin/busybox", [], id="the base had it"),
    ],
)
def test_where_a_file_was_taken_from(app: Bench, path: str, expected: list[str]) -> None:
    """By every kind of source."""
    told = story(trace(app, path))[1:]
    assert [found[: len(wanted)] for found, wanted in zip(told, expected, strict=True)] == expected


def test_every_layer_that_touched_it_is_told(app: Bench) -> None:
    """With place and stage of the instruction."""
    origin = trace(app, "/app/copied")
    first, last = origin.touches
    assert (first.touch.kind, last.touch.kind) == ("added", "metadata")
    assert first is origin.brought
    assert last.instruction.startswith("RUN chmod 700")
    assert first.location.endswith("Dockerfile:9:1")
    assert not origin.is_gone


def test_what_was_deleted_is_told_too(app: Bench) -> None:
    """Which instruction brought it, and which took it away."""
    origin = trace(app, "/app/bin/link")
    assert origin.is_gone
    assert [one.touch.kind for one in origin.touches] == ["added", "removed"]
    assert story(origin)[1] == (
        "stage builder: out/bin/link <- RUN mkdir -p /out/bin && cp /in/a.txt /out/bin/made && ln -s made /out/bin/link"
    )


def test_a_path_that_never_was_is_an_error(app: Bench) -> None:
    """With the nearest name."""
    with pytest.raises(NotFoundError, match="no such file in the image: /app/copide") as caught:
        trace(app, "/app/copide")
    assert caught.value.hint == "did you mean /app/copied?"


def test_a_squashed_image_knows_its_layers_from_before(app: Bench) -> None:
    """As long as they are in the store; afterwards it says that they are not."""
    request = SquashRequest(name="app:v1", tags=(Reference.parse("squashed:v1"),))
    squash_image(request, app.machine(quiet), silent)
    origin = trace(app, "/app/copied", "squashed:v1")
    assert story(origin) == story(trace(app, "/app/copied"))
    assert origin.remark == "the image was squashed: these are its layers from before"
    app.store.remove_image("app:v1")
    app.store.prune(images=False, all=True)
    origin = trace(app, "/app/copied", "squashed:v1")
    assert "not in the store any more" in origin.remark
    assert story(origin) == ["the image: app/copied <- squash of 7 layers"]


def test_stages_that_were_pruned_are_said_to_be_gone(app: Bench) -> None:
    """What can be told without their layers is told."""
    app.store.prune(images=False, all=True)
    origin = trace(app, "/app/copied")
    assert story(origin) == [
        "the image: app/copied <- COPY --from=builder /in/a.txt /app/copied",
        "stage builder: in/a.txt",
        "stage sources: src/a.txt",
        "the build context: src/a.txt",
    ]
    assert origin.taken_from is not None
    assert origin.taken_from.remark == "the layers of stage builder are not in the store any more"
    assert [candidate.instruction.split()[0] for candidate in origin.taken_from.candidates] == ["RUN", "COPY"]


def test_a_foreign_image_is_told_by_its_history(app: Bench) -> None:
    """Without a record there are instructions, and no places or stages."""
    origin = trace(app, "/bin/sh", "busybox:test")
    assert [one.instruction for one in origin.touches] == ["busybox for tests"]
    assert origin.taken_from is None


def test_hostile_links_end(app: Bench) -> None:
    """A loop on the way to a path is an error as everywhere, not a hang."""
    app.build("FROM busybox:test\nRUN ln -s b /a && ln -s a /b\n", tags=(Reference.parse("loop"),))
    from jettison.errors import BuildError

    with pytest.raises(BuildError, match="too many symbolic links"):
        trace(app, "/a/x", "loop")


MOUNTING = """
FROM busybox:test AS tools
COPY src/a.txt /out/a.txt
FROM busybox:test
RUN --mount=from=tools,source=/out,target=/t --mount=target=/ctx --mount=from=busybox:test,target=/b \\
    cp /t/a.txt /taken && cat /t/a.txt /t/a.txt > /made
"""


def test_what_a_command_had_mounted_is_told(bench: Bench) -> None:
    """The stage, the image and the context; a file with the content of a mounted one is followed to that."""
    bench.build(MOUNTING, FILES, tags=(Reference.parse("app:v1"),))
    made = trace(bench, "/made")
    assert made.brought is not None
    assert [(mounted.place, mounted.path, mounted.target) for mounted in made.brought.mounted] == [
        ("image busybox:test", "", "/b"),
        ("the build context", "", "/ctx"),
        ("stage tools", "out", "/t"),
    ]
    assert made.taken_from is None
    taken = trace(bench, "/taken")
    assert [line.partition(" <- ")[0] for line in story(taken)] == [
        "the image: taken",
        "stage tools: out/a.txt",
        "the build context: src/a.txt",
    ]
    assert taken.taken_from is not None
    assert taken.taken_from.is_by_content
    assert taken.taken_from.remark == (
        "the command had it mounted below /t; what it had mounted of files that are not kept may hold the same"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("from/opt/file", "opt/file in the archive pack.tar of the build context", id="a file"),
        pytest.param("from/opt", "opt in the archive pack.tar of the build context", id="a folder"),
        pytest.param("from", " in the archive pack.tar of the build context", id="where it was unpacked"),
        pytest.param("kept/pack.tar", "pack.tar in the build context", id="one that was copied"),
        pytest.param("fetched/remote.txt", " in {url}/remote.txt", id="a URL"),
        pytest.param("opened/opt/file", "opt/file in the archive {url}/pack.tar", id="an archive behind a URL"),
    ],
)
def test_archives_and_urls(bench: Bench, path: str, expected: str) -> None:
    """What was unpacked is told by its name in the archive."""
    packed = make_tar({"opt/": b"", "opt/file": b"x"})
    with serving({"/remote.txt": b"r", "/pack.tar": packed}) as server:
        text = f"""FROM busybox:test
ADD pack.tar /from/
COPY pack.tar /kept/
ADD {server.url}/remote.txt /fetched/
ADD --unpack=true {server.url}/pack.tar /opened/
"""
        bench.build(text, {"pack.tar": packed}, tags=(Reference.parse("app:v1"),))
        origin = trace(bench, path).taken_from
    assert origin is not None
    assert f"{origin.path} in {origin.place}" == expected.format(url=server.url)
    assert origin.is_relative


def test_the_names_of_one_file(app: Bench) -> None:
    """Hard links, whichever of them is asked for."""
    app.build("FROM busybox:test\nRUN echo x > /a && ln /a /b && ln /b /etc/c\n", tags=(Reference.parse("links"),))
    assert [trace(app, path, "links").names for path in ("/a", "/b", "/etc/c", "/bin/busybox")] == [
        ("b", "etc/c"),
        ("a", "etc/c"),
        ("a", "b"),
        (),
    ]


def attested(bench: Bench, text: str, **options: Any) -> str:
    """The OCI archive of a build, with all that provenance tells."""
    archive = bench.root / "attested.tar"
    output = Output(kind=OutputKind.OCI, destination=archive)
    bench.build(text, FILES, outputs=(output,), attest=AttestOptions(provenance=ProvenanceOptions(**options)))
    return str(archive)


@pytest.mark.parametrize("version", SlsaVersion)
def test_provenance_beside_an_image_tells_as_much_as_it_can(
    new_bench: Callable[[], Bench], version: SlsaVersion
) -> None:
    """On a machine that never built it: instructions, places, stages, by what the instructions of the stages say."""
    archive = attested(new_bench(), DOCKERFILE, version=version)
    elsewhere = new_bench()
    origin = trace(elsewhere, "/app/copied", archive)
    assert story(origin) == [
        "the image: app/copied <- COPY --from=builder /in/a.txt /app/copied",
        "stage builder: in/a.txt",
        "stage sources: src/a.txt",
        "the build context: src/a.txt",
    ]
    assert origin.brought is not None
    assert origin.brought.location == "Dockerfile:9:1"
    assert origin.taken_from is not None
    assert origin.taken_from.remark == "the layers of stage builder are not known"
    assert [(candidate.instruction.split()[0], candidate.location) for candidate in origin.taken_from.candidates] == [
        ("RUN", "Dockerfile:6:1"),
        ("COPY", "Dockerfile:5:1"),
    ]
    for path, expected in {
        "/app/bin/made": ["stage builder: out/bin/made"],
        "/app/sh": ["image busybox:test: bin/sh"],
        "/many/one.txt": ["the build context: one.txt"],
        "/many/two.txt": ["the build context: two.txt"],
        "/wild/a.txt": ["the build context: src/a.txt"],
        "/text": ["a text in the Dockerfile: "],
        "/bin/busybox": [],
    }.items():
        assert story(trace(elsewhere, path, archive))[1:] == expected
    made = trace(elsewhere, "/app/bin/made", archive).taken_from
    assert made is not None
    assert [candidate.instruction.split()[0] for candidate in made.candidates] == ["RUN", "FROM"]


def test_provenance_tells_of_mounts(new_bench: Callable[[], Bench]) -> None:
    """As the record of a build does."""
    archive = attested(new_bench(), MOUNTING)
    made = trace(new_bench(), "/made", archive)
    assert made.brought is not None
    assert [(mounted.place, mounted.path, mounted.target) for mounted in made.brought.mounted] == [
        ("image busybox:test", "", "/b"),
        ("the build context", "", "/ctx"),
        ("stage tools", "out", "/t"),
    ]


def test_provenance_in_a_registry(new_bench: Callable[[], Bench], tmp_path: Path) -> None:
    """Is found beside the image that a platform has."""
    if not shutil.which("docker-registry"):
        pytest.skip("docker-registry is not installed")
    with running_registry(tmp_path / "registry") as registry:
        name = f"{registry.host}/team/app:1"
        new_bench().build(
            DOCKERFILE,
            FILES,
            tags=(Reference.parse(name),),
            outputs=(Output(kind=OutputKind.IMAGE, push=True),),
            attest=AttestOptions(provenance=ProvenanceOptions(mode=Mode.MAX)),
        )
        origin = trace(new_bench(), "/app/copied", f"docker://{name}")
        assert (story(origin)[-1], origin.remark) == ("the build context: src/a.txt", "")


def test_the_least_provenance_is_said_to_tell_nothing(new_bench: Callable[[], Bench]) -> None:
    """And the history is told; of what a command made that is all there is to tell."""
    archive = attested(new_bench(), DOCKERFILE, mode=Mode.MIN)
    assert trace(new_bench(), "/bin/busybox", archive).remark == ""
    origin = trace(new_bench(), "/app/copied", archive)
    assert origin.remark.startswith("where it was copied from is not told: provenance of mode=max would tell")
    assert story(origin) == ["the image: app/copied <- COPY /in/a.txt /app/copied"]


def test_links_on_the_way_are_told(app: Bench) -> None:
    """Each with where it leads to; and of a link that was asked for, where it leads."""
    app.build(
        "FROM busybox:test\nRUN mkdir /real && echo x > /real/f && ln -s real /one && ln -s /one/f /two\n",
        tags=(Reference.parse("links"),),
    )
    origin = trace(app, "/one/f", "links")
    assert (origin.path, [(link.path, link.link) for link in origin.links]) == ("real/f", [("one", "real")])
    origin = trace(app, "/two", "links")
    assert (origin.path, origin.link, origin.links) == ("two", "/one/f", ())
