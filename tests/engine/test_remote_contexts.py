"""Build contexts that are fetched: repositories, archives and Dockerfiles of web servers, from real servers."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.archives import COMPRESSORS, make_tar
from tests.engine.bench import Bench
from tests.support.git_server import COMMIT_SECONDS, GitServer, Repository, serving_git

from jettison.engine.plan import plan
from jettison.engine.request import BuildRequest
from jettison.errors import DockerfileError, IntegrityError, JettisonError, NotFoundError, UsageError

pytestmark = pytest.mark.root

COPY_ALL = "FROM scratch\nCOPY . /\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder that is served."""
    folder = tmp_path / "served"
    folder.mkdir()
    return folder


@pytest.fixture
def server(root: Path) -> Iterator[GitServer]:
    with serving_git(root) as serving:
        yield serving


@pytest.fixture
def files(root: Path) -> Iterator[GitServer]:
    with serving_git(root, dumb=True) as serving:
        yield serving


@pytest.fixture
def repository(root: Path) -> Repository:
    made = Repository.create(
        root / "r",
        {"Dockerfile": COPY_ALL, "f": "f", ".dockerignore": "f\n", "sub/dockerfile": "FROM scratch\nCOPY x /\n"},
    )
    made.commit({"sub/x": "x", "other/Other": "FROM scratch\nCOPY f /other\n"})
    return made


def test_a_repository(bench: Bench, server: GitServer, repository: Repository) -> None:
    """All its files, whatever .dockerignore says; built again without a fetch, and anew after a push."""
    url = f"{server.url}/r/.git"
    built = bench.build(None, context=None, context_url=url)
    assert {"f", ".dockerignore", "sub/x", "Dockerfile"} < set(built.tree.entries)
    assert not built.has(".git")
    again = bench.build(None, context=None, context_url=url)
    assert again.ran == [] and again.result.image_id == built.result.image_id
    repository.commit({"f": "new"})
    assert bench.build(None, context=None, context_url=url).text("f") == "new"


def test_parts_of_a_repository(bench: Bench, server: GitServer, repository: Repository) -> None:
    """``#ref:folder``: the folder is the context; a Dockerfile in lower case is found; ``-f`` is inside."""
    url = f"{server.url}/r/.git"
    assert set(bench.build(None, context=None, context_url=f"{url}#main:sub").tree.entries) == {"x"}
    assert bench.build(None, context=None, context_url=f"{url}?subdir=sub").text("x") == "x"
    assert bench.build(None, context=None, context_url=url, dockerfile=Path("other/Other")).text("other") == "f"
    with pytest.raises(NotFoundError, match=re.escape(f"no nothing in the build context {url}")) as caught:
        bench.build(None, context=None, context_url=url, dockerfile=Path("nothing"))
    assert "Dockerfile" in str(caught.value.hint)


def test_dockerfiles_beside_a_repository(
    bench: Bench, root: Path, server: GitServer, files: GitServer, repository: Repository
) -> None:
    """From a file of this machine, from standard input, from a web server."""
    url = f"{server.url}/r/.git"
    text = "FROM scratch\nCOPY f /mine\n"
    own = bench.root / "Own"
    own.write_text(text)
    (root / "Web").write_text(text)
    assert bench.build(None, context=None, context_url=url, dockerfile=own).text("mine") == "f"
    stdin = io.BytesIO(text.encode())
    built = bench.build(None, context=None, context_url=url, dockerfile_on_stdin=True, stdin=stdin)
    assert built.text("mine") == "f"
    assert bench.build(None, context=None, context_url=url, dockerfile_url=f"{files.url}/Web").text("mine") == "f"


def test_the_git_folder_of_a_context(bench: Bench, server: GitServer, repository: Repository) -> None:
    """BUILDKIT_CONTEXT_KEEP_GIT_DIR and the query keep it; SOURCE_DATE_EPOCH gives files the time of their commit."""
    url = f"{server.url}/r/.git"
    arguments = (("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1"),)
    assert bench.build(None, context=None, context_url=url, build_args=arguments).has(".git/HEAD")
    assert bench.build(None, context=None, context_url=f"{url}?keep-git-dir=true").has(".git/HEAD")
    repository.commit({"f": "dated"})
    arguments = (("SOURCE_DATE_EPOCH", "1"),)
    built = bench.build(None, context=None, context_url=url, build_args=arguments)
    assert built.entry("f").mtime_ns == COMMIT_SECONDS * 10**9


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.zst"])
def test_an_archive_of_a_web_server(bench: Bench, root: Path, files: GitServer, suffix: str) -> None:
    """Its files with their owners; asked for again, but unpacked once."""
    data = make_tar({"Dockerfile": b"", "d/": b"", "d/Other": COPY_ALL.encode(), ".dockerignore": b"*"}, uid=7)
    (root / "c").write_bytes(COMPRESSORS[suffix](data))
    built = bench.build(None, context=None, context_url=f"{files.url}/c", dockerfile=Path("d/Other"))
    assert set(built.tree.entries) == {"Dockerfile", "d", "d/Other", ".dockerignore"}
    assert built.entry("d/Other").uid == 7
    again = bench.build(None, context=None, context_url=f"{files.url}/c", dockerfile=Path("d/Other"))
    assert again.ran == [] and again.result.image_id == built.result.image_id


def test_a_dockerfile_of_a_web_server(bench: Bench, root: Path, files: GitServer) -> None:
    """What is no archive is the Dockerfile, and the only file of its context."""
    (root / "plain").write_text("FROM scratch\nCOPY context /copied\n")
    built = bench.build(None, context=None, context_url=f"{files.url}/plain", dockerfile=Path("ignored"))
    assert built.text("copied") == "FROM scratch\nCOPY context /copied\n"
    assert built.entry("copied").mode == 0o600


def test_contexts_on_standard_input(bench: Bench) -> None:
    """``-f`` names a file of the archive; it makes no sense beside a Dockerfile. Links stay inside."""
    data = make_tar({"Dockerfile": b"", "d/Other": COPY_ALL.encode()})
    built = bench.build(None, context=None, stdin=io.BytesIO(data), dockerfile=Path("d/Other"))
    assert built.has("d/Other")
    with pytest.raises(UsageError, match="ambiguous Dockerfile source"):
        bench.build(None, context=None, stdin=io.BytesIO(b"FROM scratch\n"), dockerfile=Path("x"))
    with pytest.raises(NotFoundError, match="no Dockerfile in the build context -") as caught:
        bench.build(None, context=None, stdin=io.BytesIO(make_tar({"sub/Dockerfile": b""})))
    assert "sub/Dockerfile" in str(caught.value.hint)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("Dockerfile")
        member.type, member.linkname = tarfile.SYMTYPE, "/elsewhere"
        tar.addfile(member)
    with pytest.raises(
        NotFoundError, match="Dockerfile in the build context - is a link that leads to no file"
    ) as caught:
        bench.build(None, context=None, stdin=io.BytesIO(archive.getvalue()))
    assert caught.value.hint == "name it with -f FILE"
    with pytest.raises(IntegrityError, match=r"^the build context from standard input: truncated archive"):
        bench.build(None, context=None, stdin=io.BytesIO(data[:700]))
    with pytest.raises(JettisonError, match=r"\.wh\.x"):
        bench.build(None, context=None, stdin=io.BytesIO(make_tar({"Dockerfile": b"", ".wh.x": b""})))


def test_hints_for_missing_files(bench: Bench, root: Path, files: GitServer) -> None:
    """What a fetched context has that is close, or called the same; so with stages."""
    (root / "c").write_bytes(
        make_tar({"src/": b"", "src/main.go": b"", "Dockerfile": b"FROM scratch\nCOPY main.go /\n"})
    )
    with pytest.raises(JettisonError, match=r'"/main\.go": not found') as caught:
        bench.build(None, context=None, context_url=f"{files.url}/c")
    assert caught.value.hint == "there is 'src/main.go'"
    with pytest.raises(JettisonError, match='"/etc/paswd": not found') as caught:
        bench.build("FROM busybox:test AS a\nFROM scratch\nCOPY --from=a /bin/sh /etc/paswd /\n")
    assert str(caught.value.hint).startswith("there is 'etc/passwd'")


def test_trouble(bench: Bench, root: Path, server: GitServer, files: GitServer, repository: Repository) -> None:
    """What cannot be fetched, or is no context."""
    cases = {
        f"{server.url}/r/.git#nowhere": "does not contain ref nowhere",
        f"{server.url}/r/.git#:nowhere": "no folder 'nowhere'",
        f"{server.url}/r/.git#main:other": "no Dockerfile in the build context",
        f"{server.url}/r/.git?what=x": "unexpected query 'what'",
        f"{files.url}/nothing": "404",
        "http://user:secret@127.0.0.1:9/c": "cannot fetch http://127.0.0.1:9/c: Connection refused",
    }
    for url, why in cases.items():
        with pytest.raises(JettisonError, match=re.escape(why)):
            bench.build(None, context=None, context_url=url)
    (root / "binary").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(DockerfileError, match="not a text file"):
        bench.build(None, context=None, context_url=f"{files.url}/binary")


def test_plans(bench: Bench, server: GitServer, repository: Repository) -> None:
    """A plan of a remote context reads it, and builds nothing."""
    request = BuildRequest(context=None, context_url=f"{server.url}/r/.git")
    found = plan(request, bench.machine(lambda event: None))
    assert [(step.name, step.verdict) for step in found.steps] == [("[1/1] COPY . /", "will-run")]
    bench.build(None, context=None, context_url=f"{server.url}/r/.git")
    found = plan(request, bench.machine(lambda event: None))
    assert [step.verdict for step in found.steps] == ["cached"]
