"""Several builds in one graph: what they share is done once, one may stand on the result of another."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from tests.engine.bench import Bench, read_steps, reference

from jettison.engine.build import build_all
from jettison.engine.layers import LayerFiles, Layers
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.request import BuildRequest, BuildResult
from jettison.errors import BuildError, UsageError
from jettison.model.entry import EntryType
from jettison.model.platform import Platform
from jettison.recall.stamp import packed_stamp
from jettison.solve.events import Event

pytestmark = pytest.mark.root

CACHE_ONLY = (Output(kind=OutputKind.CACHE_ONLY),)


class Yard:
    """Builds several requests at the place of a bench."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.events: list[Event] = []

    def request(self, name: str, dockerfile: str, folder: str = "context", /, **more: Any) -> BuildRequest:
        root = self.bench.root / folder
        root.mkdir(exist_ok=True)
        path = self.bench.root / f"{name}.Dockerfile"
        path.write_text(dockerfile)
        fields: dict[str, Any] = {"name": name, "context": root, "dockerfile": path} | more
        return BuildRequest(**fields)

    def file(self, path: str, text: str) -> None:
        place = self.bench.root / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def build(self, *requests: BuildRequest) -> tuple[BuildResult, ...]:
        guard = threading.Lock()
        self.events = []

        def emit(event: Event) -> None:
            with guard:
                self.events.append(event)

        return build_all(requests, self.bench.machine(emit))

    @property
    def ran(self) -> list[str]:
        steps = read_steps(tuple(self.events))
        return sorted(step.name for step in steps if step.started is not None and not step.cached)

    def files(self, result: BuildResult) -> dict[str, str]:
        diff_ids = self.bench.store.images.config(result.image_id).diff_ids
        files = LayerFiles(Layers(self.bench.store), diff_ids)
        return {
            path: files.read(path, 1 << 20).decode()
            for path in files.tree.entries
            if path.startswith("out") and files.tree.entries[path].type is EntryType.FILE
        }


@pytest.fixture
def yard(bench: Bench) -> Yard:
    return Yard(bench)


def test_a_shared_stage_runs_once(yard: Yard) -> None:
    """Two targets of one Dockerfile need one builder: its steps are there once, under the name of the first."""
    text = """\
FROM busybox:test AS builder
RUN cat /proc/sys/kernel/random/uuid > /out
FROM scratch AS one
COPY --from=builder /out /out-one
FROM scratch AS two
COPY --from=builder /out /out-two
"""
    one, two = yard.build(
        yard.request("one", text, target="one", tags=(reference("one"),)),
        yard.request("two", text, target="two", tags=(reference("two"),)),
    )
    assert yard.files(one)["out-one"] == yard.files(two)["out-two"]
    assert [name for name in yard.ran if "RUN" in name] == [
        "[one builder 2/2] RUN cat /proc/sys/kernel/random/uuid > /out"
    ]
    assert "[two two 1/1] COPY --from=builder /out /out-two" in yard.ran
    assert {name: yard.bench.store.images.find(name).image_id for name in ("one", "two")} == {
        "one": one.image_id,
        "two": two.image_id,
    }


def test_each_build_has_its_own_context(yard: Yard) -> None:
    """Folders, .dockerignore and names do not mix."""
    yard.file("left/file", "left")
    yard.file("right/file", "right")
    yard.file("right/.dockerignore", "hidden")
    yard.file("right/hidden", "hidden")
    text = "FROM scratch\nCOPY . /out/\n"
    left, right = yard.build(yard.request("left", text, "left"), yard.request("right", text, "right"))
    assert yard.files(left)["out/file"] == "left"
    assert yard.files(right)["out/file"] == "right"
    assert "out/hidden" not in yard.files(right)
    assert yard.build(yard.request("left", text, "left"), yard.request("right", text, "right"))[1].image_id == (
        right.image_id
    )
    assert yard.ran == []


def test_files_and_config_of_a_linked_build(yard: Yard) -> None:
    """``target:``: FROM takes the other's files, variables, user and history; COPY --from its files."""
    base = yard.request(
        "base",
        "FROM busybox:test\nENV GREETING=hello\nWORKDIR /out\nRUN echo built > base\n",
        outputs=CACHE_ONLY,
    )
    app = yard.request(
        "app",
        "FROM parent\nRUN echo $GREETING > app\nCOPY --from=parent /out/base copied\n",
        build_contexts=(("parent", "target:base"),),
    )
    result, _ = yard.build(app, base)
    assert yard.files(result) == {"out/base": "built\n", "out/app": "hello\n", "out/copied": "built\n"}
    config = yard.bench.store.images.config(result.image_id)
    told = [entry.created_by for entry in config.history]
    assert [text.split(" # ")[0].rpartition(" ")[2] for text in told[-5:]] == [
        "GREETING=hello",
        "/out",
        "base",
        "app",
        "copied",
    ]
    assert len(config.diff_ids) == sum(not entry.empty_layer for entry in config.history)
    assert yard.bench.store.images.list()[0].image_id == result.image_id
    assert len(yard.bench.store.images.list()) == 2, "what goes nowhere is no image of the store"


def test_triggers_of_a_linked_build(yard: Yard) -> None:
    """ONBUILD of the other build is carried out on top of it."""
    parent = yard.request("parent", "FROM busybox:test\nONBUILD RUN echo triggered > /out\n", outputs=CACHE_ONLY)
    app = yard.request("app", "FROM parent\n", build_contexts=(("parent", "target:parent"),))
    _, result = yard.build(parent, app)
    assert yard.files(result)["out"] == "triggered\n"


def test_links_that_cannot_be(yard: Yard) -> None:
    """To nobody, with the nearest name; in a circle; for a platform that the other is not built for."""
    text = "FROM other\n"
    with pytest.raises(UsageError, match="target:bsae") as caught:
        yard.build(
            yard.request("base", "FROM scratch\n"),
            yard.request("app", text, build_contexts=(("other", "target:bsae"),)),
        )
    assert "base" in str(caught.value.hint)
    with pytest.raises(UsageError, match="in a circle: a -> b -> a"):
        yard.build(
            yard.request("a", text, build_contexts=(("other", "target:b"),)),
            yard.request("b", text, build_contexts=(("other", "target:a"),)),
        )
    with pytest.raises(UsageError, match="linux/riscv64"):
        yard.build(
            yard.request("base", "FROM scratch\nCOPY . /\n"),
            yard.request(
                "app",
                text,
                build_contexts=(("other", "target:base"),),
                platforms=(Platform.parse("linux/riscv64"),),
            ),
        )
    with pytest.raises(UsageError, match="two builds are called 'x'"):
        yard.build(yard.request("x", text), yard.request("x", text))


def test_nothing_is_given_out_after_a_failure(yard: Yard) -> None:
    """One of two builds fails: the other has no image either, and what it did is there for the next time."""
    good = yard.request("good", "FROM busybox:test\nRUN echo good > /out\n", tags=(reference("good"),))
    bad = yard.request("bad", "FROM busybox:test\nRUN sleep 1; exit 3\n", tags=(reference("bad"),))
    with pytest.raises(BuildError):
        yard.build(good, bad)
    assert len(yard.bench.store.images.list()) == 1
    (result,) = yard.build(good)
    assert yard.ran == []
    assert yard.files(result) == {"out": "good\n"}


def test_the_memory_of_a_shared_folder(yard: Yard) -> None:
    """Two builds of one folder with different .dockerignore files remember the files of both."""
    yard.file("context/a", "a")
    yard.file("context/b", "b")
    for name, hidden in (("one", "b"), ("two", "a")):
        (yard.bench.root / f"{name}.Dockerfile.dockerignore").write_text(hidden)
    text = "FROM scratch\nCOPY . /out/\n"
    time.sleep(0.1)  # what changed just now is not remembered
    yard.build(yard.request("one", text), yard.request("two", text))
    memory = yard.bench.store.digests.load((yard.bench.root / "context").absolute())
    found = {name for name in "ab" if memory.lookup(name, packed_stamp((yard.bench.root / "context" / name).stat()))}
    assert found == {"a", "b"}


def test_links_of_several_platforms(yard: Yard) -> None:
    """Each platform stands on the other build's result for the same platform."""
    both = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
    base = yard.request(
        "base",
        "FROM scratch\nARG TARGETARCH\nCOPY file /out.$TARGETARCH\n",
        platforms=both,
        outputs=CACHE_ONLY,
    )
    app = yard.request("app", "FROM parent\nLABEL a=b\n", platforms=both, build_contexts=(("parent", "target:base"),))
    yard.file("context/file", "text")
    _, result = yard.build(base, app)
    trees = {
        str(platform): sorted(
            Layers(yard.bench.store).merged(yard.bench.store.images.config(image_id).diff_ids).entries
        )
        for platform, image_id in result.images
    }
    assert trees == {"linux/amd64": ["out.amd64"], "linux/arm64": ["out.arm64"]}
