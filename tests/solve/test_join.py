"""Definitions become one graph: what they have in common is there once, links lead to what they name."""

from __future__ import annotations

from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.definition import Definition, StageSummary, Step
from jettison.model.op import ContextOp, FileOp, HttpOp, LinkOp, MakeDirectory, Op, Vertex
from jettison.model.platform import Platform
from jettison.solve.join import Joined, Part, join, prefixed

AMD64 = Platform.parse("linux/amd64")
BASE = ImageConfig(platform=AMD64, author="base")
APP = LinkOp(build="app", platform=AMD64)


def make(path: str) -> FileOp:
    return FileOp(actions=(MakeDirectory(path=path),))


def definition(
    *vertices: tuple[Op, tuple[int | None, ...]],
    link: LinkOp | None = None,
    base: ImageConfig = BASE,
    names: str = "[1/1] step",
) -> Definition:
    """A definition whose last vertex is its result; each FileOp has an entry in the history."""
    made = tuple(
        Vertex(op=op, inputs=inputs, name=names, stage="", location=f"Dockerfile:{number}:1")
        for number, (op, inputs) in enumerate(vertices)
    )
    own = tuple(number for number, (op, _) in enumerate(vertices) if isinstance(op, FileOp))
    return Definition(
        vertices=made,
        result=len(made) - 1 if made else None,
        base=base,
        base_link=link,
        image=base,
        steps=tuple(
            Step(history=HistoryEntry(created_by=str(vertices[number][0])), vertex=number) for number in own
        ),
        stages=(
            StageSummary(
                number=0, name="", base="x", base_stage=None, uses=(), needed=True, vertices=own, instructions=(),
                location="Dockerfile:1:1",
            ),
        ),
        target=0,
    )  # fmt: skip


def part(made: Definition, build: str = "", contexts: dict[str, str] | None = None) -> Part:
    return Part(
        definition=made,
        link=LinkOp(build=build, platform=AMD64),
        contexts=contexts or {},
        origin=f"/{build}",
        prefix=build,
    )


def ops(joined: Joined) -> list[Op]:
    return [vertex.op for vertex in joined.vertices]


def test_equal_steps_on_equal_inputs_are_one_vertex() -> None:
    """The chain that two definitions begin with is there once; what differs, and what stands on it, is there twice."""
    one = definition((make("/a"), (None,)), (make("/b"), (0,)), (make("/d"), (1,)))
    two = definition((make("/a"), (None,)), (make("/c"), (0,)), (make("/d"), (1,)))
    joined = join([part(one, "one"), part(two, "two")])
    assert ops(joined) == [make("/a"), make("/b"), make("/d"), make("/c"), make("/d")]
    assert [vertex.inputs for vertex in joined.vertices] == [(None,), (0,), (1,), (0,), (3,)]
    first, second = joined.definitions
    assert (first.result, second.result) == (2, 4)
    assert [step.vertex for step in second.steps] == [0, 3, 4]
    assert second.stages[0].vertices == (0, 3, 4)
    assert first.vertices == second.vertices == joined.vertices
    assert [vertex.origin for vertex in joined.vertices] == ["/one", "/one", "/one", "/two", "/two"]


def test_one_definition_keeps_its_shape() -> None:
    """Within one definition equal steps stay apart: each is a line of the Dockerfile."""
    twice = definition((make("/a"), (None,)), (make("/a"), (None,)))
    joined = join([part(twice)])
    assert ops(joined) == [make("/a"), make("/a")]
    assert [vertex.name for vertex in joined.vertices] == ["[1/1] step", "[1/1] step"]


def test_steps_with_and_without_the_cache_stay_apart() -> None:
    """A build with --no-cache does not make another one do everything anew."""
    from jettison.frozen import replace

    plain = definition((make("/a"), (None,)))
    anew = replace(plain, vertices=(replace(plain.vertices[0], ignore_cache=True),))
    assert len(join([part(plain), part(anew)]).vertices) == 2


def test_contexts_are_told_apart_by_their_common_names() -> None:
    """Each build calls its own folder "context": only what has one name in the common graph is one vertex."""
    made = definition((ContextOp(name="context"), ()), (make("/a"), (0,)))
    same = join([part(made, "one", {"context": "context"}), part(made, "two", {"context": "context"})])
    assert ops(same) == [ContextOp(name="context"), make("/a")]
    other = join([part(made, "one", {"context": "context"}), part(made, "two", {"context": "context 1"})])
    assert ops(other) == [ContextOp(name="context"), make("/a"), ContextOp(name="context 1"), make("/a")]


def test_a_link_is_the_other_build_result() -> None:
    """Steps on a link stand on the vertex that is the other's result, and so does the history."""
    app = definition((HttpOp(url="http://x", filename="x"), ()), (make("/app"), (None,)))
    user = definition((APP, ()), (make("/more"), (0,)), link=APP, base=ImageConfig(platform=AMD64, author="app"))
    joined = join([part(app, "app"), part(user, "user")])
    assert ops(joined) == [HttpOp(url="http://x", filename="x"), make("/app"), make("/more")]
    assert joined.vertices[2].inputs == (1,)
    found = joined.definitions[1]
    assert found.base == BASE, "what the linked build stands on"
    assert [step.vertex for step in found.steps] == [1, 2]
    assert found.image.author == "app"


def test_a_link_to_nothing_is_the_empty_tree() -> None:
    """A linked build without any file: its users copy from nothing."""
    user = definition((APP, ()), (make("/more"), (0,)))
    joined = join([part(definition(), "app"), part(user, "user")])
    assert ops(joined) == [make("/more")]
    assert joined.vertices[0].inputs == (None,)


def test_links_of_links() -> None:
    """A history is told from the first build of a chain on."""
    second = LinkOp(build="second", platform=AMD64)
    joined = join(
        [
            part(definition((make("/1"), (None,))), "app"),
            part(definition((APP, ()), (make("/2"), (0,)), link=APP), "second"),
            part(definition((second, ()), (make("/3"), (0,)), link=second), "third"),
        ]
    )
    assert [step.vertex for step in joined.definitions[2].steps] == [0, 1, 2]


def test_prefixes() -> None:
    """As buildx writes them."""
    assert prefixed("[builder 2/5] RUN make", "web") == "[web builder 2/5] RUN make"
    assert prefixed("[internal] load build context", "web") == "[web internal] load build context"
    assert prefixed("https://x", "web") == "[web] https://x"
    assert prefixed("[1/2] COPY . .", "") == "[1/2] COPY . ."
