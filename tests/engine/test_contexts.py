"""Where a build's files come from: folders, ignore files, standard input, named contexts."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path

import pytest
from tests.engine.archives import COMPRESSORS, make_tar
from tests.engine.bench import Bench, reference

from jettison.engine.outputs import Output, OutputKind
from jettison.errors import DockerfileError, NotFoundError, UsageError

pytestmark = pytest.mark.root


def test_ignore_files(bench: Bench) -> None:
    """``**``, exceptions and order; the file named after the Dockerfile goes before .dockerignore."""
    bench.write({"a/b.log": "", "a/keep.log": "", "c.txt": "", "d/e/f.txt": "", "Other": "FROM scratch\nCOPY . /\n"})
    bench.write({".dockerignore": "**/*.log\n!a/keep.log\nd\n!d/e/f.txt\n", "Other.dockerignore": "*\n!c.txt\n"})
    built = bench.build("FROM scratch\nCOPY a d /x/\n")
    assert set(built.tree.entries) == {"x", "x/keep.log", "x/e", "x/e/f.txt"}
    built = bench.build(None, dockerfile=bench.context / "Other")
    assert set(built.tree.entries) == {"c.txt"}


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_a_tar_on_standard_input(bench: Bench, suffix: str) -> None:
    """Of every compression; owners are as in the archive, and .dockerignore is a file like others, as in BuildKit."""
    files = {"Dockerfile": b"FROM scratch\nCOPY . /\n", "f": b"f", ".dockerignore": b"f\n"}
    data = COMPRESSORS[suffix](make_tar(files, uid=7))
    built = bench.build(None, context=None, stdin=io.BytesIO(data))
    assert set(built.tree.entries) == {"f", "Dockerfile", ".dockerignore"}
    assert built.entry("f").uid == 7
    assert bench.build(None, context=None, stdin=io.BytesIO(data)).ran == []


def test_a_dockerfile_on_standard_input(bench: Bench) -> None:
    """Alone, and with a folder for a context."""
    built = bench.build(None, context=None, stdin=io.BytesIO(b"FROM scratch\nLABEL a=b\n"))
    assert dict(built.config.run.labels) == {"a": "b"}
    bench.write({"f": "f"})
    stdin = io.BytesIO(b"FROM scratch\nCOPY f /\n")
    assert bench.build(None, dockerfile_on_stdin=True, stdin=stdin).text("f") == "f"


def test_a_dockerfile_from_a_pipe(bench: Bench) -> None:
    """``-f <(generate)``."""
    bench.write({"f": "f"})
    read_end, write_end = os.pipe()
    os.write(write_end, b"FROM scratch\nCOPY f /\n")
    os.close(write_end)
    try:
        assert bench.build(None, dockerfile=Path(f"/proc/self/fd/{read_end}")).text("f") == "f"
    finally:
        os.close(read_end)


def test_named_folders(bench: Bench) -> None:
    """As a source of COPY and of mounts, with an ignore file of their own."""
    other = bench.root / "other"
    other.mkdir()
    (other / "f").write_text("other")
    (other / "no").write_text("no")
    (other / ".dockerignore").write_text("no\n")
    built = bench.build(
        "FROM busybox:test\nCOPY --from=lib . /lib2/\nRUN --mount=from=lib,target=/m cat /m/f > /out\n",
        build_contexts=(("lib", str(other)),),
    )
    assert built.text("out") == "other"
    assert not built.has("lib2/no")


def test_named_images(bench: Bench) -> None:
    """``oci-layout://`` and ``docker-image://`` in place of what FROM and COPY name."""
    layout = bench.root / "layout"
    output = Output(kind=OutputKind.OCI, destination=layout, as_tar=False)
    bench.build("FROM busybox:test\nRUN echo laid out > /out\n", outputs=(output,), tags=(reference("x:tag"),))
    contexts = (("base", f"oci-layout://{layout}:tag"), ("alpine", "docker-image://busybox:test"))
    built = bench.build("FROM base\nCOPY --from=alpine:latest /etc/motd /motd\n", build_contexts=contexts)
    assert built.text("out") == "laid out\n"
    assert built.text("motd") == "be well\n"


@pytest.mark.parametrize("kind", [OutputKind.OCI, OutputKind.DOCKER, OutputKind.LOCAL, OutputKind.TAR])
def test_outputs(bench: Bench, kind: OutputKind) -> None:
    """Each holds the files; nothing else is left beside it."""
    folder = bench.root / "out"
    folder.mkdir()
    destination = folder / "result"
    bench.build(
        "FROM busybox:test\nRUN echo x > /new && rm /etc/motd\n", outputs=(Output(kind=kind, destination=destination),)
    )
    assert [path.name for path in folder.iterdir()] == ["result"]
    if kind is OutputKind.LOCAL:
        assert (destination / "new").read_text() == "x\n"
        assert not (destination / "etc/motd").exists()
        return
    names = subprocess.run(["tar", "-tf", str(destination)], capture_output=True, text=True, check=True).stdout.split()
    wanted = {OutputKind.OCI: "index.json", OutputKind.DOCKER: "manifest.json", OutputKind.TAR: "new"}[kind]
    assert wanted in names
    if kind is OutputKind.TAR:
        assert "etc/motd" not in names


def test_outputs_to_a_stream(bench: Bench) -> None:
    """``-o -``: the same bytes as in a file."""
    stream = io.BytesIO()
    path = bench.root / "out.tar"
    outputs = (Output(kind=OutputKind.TAR, stream=stream), Output(kind=OutputKind.TAR, destination=path))
    bench.build("FROM busybox:test\nCOPY f /f\n", {"f": "f"}, outputs=outputs)
    assert stream.getvalue() == path.read_bytes()


def test_equal_builds_give_equal_archives(bench: Bench) -> None:
    """An archive of a cached build has the bytes of the first."""
    paths = [bench.root / name for name in ("one", "two")]
    for path in paths:
        bench.build("FROM busybox:test\nRUN echo x > /new\n", outputs=(Output(kind=OutputKind.OCI, destination=path),))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_contexts_that_are_none(bench: Bench) -> None:
    """Missing, a file, without a Dockerfile; layouts and images that are not there."""
    with pytest.raises(NotFoundError, match="does not exist"):
        bench.build(None, context=bench.root / "nowhere")
    (bench.root / "file").write_text("")
    with pytest.raises(UsageError, match="not a directory"):
        bench.build(None, context=bench.root / "file")
    with pytest.raises(NotFoundError, match="no Dockerfile") as caught:
        bench.build(None)
    assert "-f" in str(caught.value.hint)
    (bench.context / "Dockerfile").mkdir()
    with pytest.raises(NotFoundError, match="is a folder, not a Dockerfile"):
        bench.build(None)
    with pytest.raises(NotFoundError, match="is a folder, not a Dockerfile"):
        bench.build(None, dockerfile=bench.context)
    (bench.context / "Dockerfile").rmdir()
    with pytest.raises(NotFoundError, match="no such OCI layout"):
        bench.build("FROM a\n", build_contexts=(("a", "oci-layout:///nowhere:x"),))
    with pytest.raises(DockerfileError, match="not a text file"):
        bench.build(None, {"Dockerfile": b"\0\1"})
