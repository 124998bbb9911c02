"""Named build contexts in place of stages and images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.bench import Bench, reference
from tests.support.git_server import GitServer, Repository, serving_git

from jettison.engine.outputs import Output, OutputKind
from jettison.errors import JettisonError, NotFoundError, UsageError

pytestmark = pytest.mark.root


@pytest.fixture
def folder(bench: Bench) -> Path:
    """A context with an ignore file of its own."""
    made = bench.root / "other"
    made.mkdir()
    (made / "f").write_text("other")
    (made / "no").write_text("no")
    (made / ".dockerignore").write_text("no\n")
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "served"
    made.mkdir()
    return made


@pytest.fixture
def server(root: Path) -> Iterator[GitServer]:
    with serving_git(root) as serving:
        yield serving


def test_a_folder_in_place_of_a_stage(bench: Bench, folder: Path) -> None:
    """The stage is not built, nor is its base looked for; files come from the folder, without what it ignores."""
    text = (
        "FROM registry.invalid/none AS Builder\nRUN exit 1\n"
        "FROM busybox:test\nCOPY --from=builder . /c/\nCOPY --from=0 f /zero\n"
        "RUN --mount=from=builder,target=/m cat /m/f > /out\n"
    )
    built = bench.build(text, build_contexts=(("builder", str(folder)),))
    assert built.text("out") == built.text("zero") == built.text("c/f") == "other"
    assert not built.has("c/no")
    assert not any("exit 1" in name or "FROM builder" in name for name in built.steps)


def test_a_stage_on_a_folder(bench: Bench, folder: Path) -> None:
    """The folder is the root file system of an image without a base, its first layer told in the history."""
    for text in ("FROM lib\nENV A=b\nCOPY f /g\n", "FROM none.invalid/x AS lib\nFROM lib\nENV A=b\nCOPY f /g\n"):
        built = bench.build(text, {"f": "mine"}, build_contexts=(("lib", str(folder)),))
        assert (built.text("f"), built.text("g")) == ("other", "mine")
        assert not built.has("no") and built.entry("f").uid == 0
        assert built.history == ["FROM lib", "ENV A=b", "COPY f /g # buildkit"]
        assert len(built.config.diff_ids) == 2
        assert built.config.run.environment()["A"] == "b" and "PATH" in built.config.run.environment()
        assert bench.build(None, build_contexts=(("lib", str(folder)),)).ran == []
    built = bench.build(None, target="lib", build_contexts=(("lib", str(folder)),))
    assert built.text("f") == "other"


def test_an_image_in_place_of_a_stage(bench: Bench) -> None:
    """With its config; what the stage would have done is left out, the triggers of the image are not."""
    bench.build("FROM busybox:test\nRUN echo 1 > /one\nENV A=1\nONBUILD RUN echo 2 > /two\n", tags=(reference("img"),))
    contexts = (("builder", "docker-image://img"),)
    built = bench.build("FROM scratch AS builder\nENV B=2\nFROM builder\nENV C=3\n", build_contexts=contexts)
    environment = built.config.run.environment()
    assert (environment["A"], environment["C"], "B" in environment) == ("1", "3", False)
    assert built.text("one") == "1\n" and built.text("two") == "2\n"
    assert not bench.build(None, build_contexts=contexts, target="builder").has("two")


@pytest.mark.parametrize("name", ["alpine", "alpine:latest", "docker.io/library/alpine"])
@pytest.mark.parametrize("used", ["alpine", "alpine:latest", "docker.io/library/alpine:latest"])
def test_names_are_references(bench: Bench, name: str, used: str) -> None:
    """All ways of writing a reference are one name; another tag is another name."""
    built = bench.build(f"FROM {used}\n", build_contexts=((name, "docker-image://busybox:test"),))
    assert built.text("etc/motd") == "be well\n"
    if name == used:
        bench.write({"Dockerfile": "FROM scratch\nCOPY --from=busybox:test /etc/motd /\n"})
        assert bench.build(None, build_contexts=((name, str(bench.context)),)).has("motd")


def test_names_that_are_none(bench: Bench, folder: Path) -> None:
    """Capitals; a second name goes over the first; ``context`` is no main context; scratch stays scratch."""
    with pytest.raises(UsageError, match="invalid context name 'Lib'") as caught:
        bench.build("FROM scratch\n", build_contexts=(("Lib", str(folder)),))
    assert "lib" in str(caught.value.hint)
    text = "FROM scratch\nCOPY f /mine\nCOPY --from=context f /other\n"
    built = bench.build(text, {"f": "mine"}, build_contexts=(("context", str(folder)),))
    assert (built.text("mine"), built.text("other")) == ("mine", "other")
    built = bench.build("FROM scratch\nCOPY f /\n", build_contexts=(("scratch", "docker-image://busybox:test"),))
    assert set(built.tree.entries) == {"f"}
    built = bench.build("FROM nothing\nCOPY f /\n", build_contexts=(("nothing", "docker-image://scratch"),))
    assert set(built.tree.entries) == {"f"}
    with pytest.raises(NotFoundError, match="does not exist"):
        bench.build("FROM a\n", build_contexts=(("a", str(bench.root / "nowhere")),))


def test_names_of_platforms(bench: Bench, folder: Path) -> None:
    """``NAME::PLATFORM`` goes before ``NAME`` for that platform, and is nothing for all others."""
    bench.build("FROM busybox:test\nLABEL is=own\n", tags=(reference("img"),))
    contexts = ("base::linux/x86_64", "docker-image://img"), ("base", "docker-image://busybox:test")
    text = "FROM base\nCOPY --from=base /etc/motd /x\n"
    assert bench.build(text, build_contexts=contexts).config.run.labels == (("is", "own"),)
    others = ("base::linux/arm64", "docker-image://none.invalid/x"), contexts[1]
    built = bench.build(text, build_contexts=others)
    assert built.config.run.labels == () and built.text("x") == "be well\n"
    with pytest.raises(UsageError, match="invalid context name 'base::x/y/z/w': invalid platform"):
        bench.build(text, build_contexts=(("base::x/y/z/w", str(folder)),))


def test_repositories_and_files(bench: Bench, root: Path, server: GitServer) -> None:
    """Fetched only where they are used: a repository as its files, a file of a web server as it is."""
    repository = Repository.create(root / "r", {"f": "1", "sub/g": "g", ".dockerignore": "f"})
    url = f"{server.url}/r/.git"
    text = "FROM busybox:test\nCOPY --from=src . /src/\nRUN --mount=from=src,target=/m cat /m/f > /out\n"
    built = bench.build(text, build_contexts=(("src", url), ("unused", "http://127.0.0.1:9/x")))
    assert built.text("src/f") == "1" and built.text("out") == "1"
    assert bench.build("FROM src\n", build_contexts=(("src", f"{url}#main:sub"),)).text("g") == "g"
    repository.commit({"f": "2"})
    assert bench.build(text, build_contexts=(("src", url),)).text("out") == "2"
    (root / "plain.tar").write_text("plain")
    with serving_git(root, dumb=True) as files:
        contexts = (("web", f"{files.url}/plain.tar"),)
        built = bench.build("FROM web\nCOPY --from=web context /x/\n", build_contexts=contexts)
        assert built.text("context") == built.text("x/context") == "plain"
    with pytest.raises(UsageError, match="--build-context src: unexpected query"):
        bench.build(text, build_contexts=(("src", f"{url}?what=1"),))


def test_layouts_in_place_of_stages(bench: Bench) -> None:
    """``oci-layout://`` by tag, by digest, by both."""
    layout = bench.root / "layout"
    output = Output(kind=OutputKind.OCI, destination=layout, as_tar=False)
    made = bench.build("FROM busybox:test\nRUN echo x > /out\n", outputs=(output,), tags=(reference("x:tag"),))
    assert made.result.manifest is not None
    digest = made.result.manifest.digest
    for spec in (f"{layout}:tag", f"{layout}@{digest}", f"{layout}:tag@{digest}"):
        contexts = (("builder", f"oci-layout://{spec}"),)
        built = bench.build("FROM none.invalid/x AS builder\nRUN no\nFROM builder\n", build_contexts=contexts)
        assert built.text("out") == "x\n"


def test_targets_outside_of_bake(bench: Bench) -> None:
    """``target:`` needs the other build beside it."""
    with pytest.raises(JettisonError, match="target:base") as caught:
        bench.build("FROM base\n", build_contexts=(("base", "target:base"),))
    assert caught.value.hint
