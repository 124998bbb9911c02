"""ADD of git repositories, from real servers."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.bench import PLATFORM, Bench, Built
from tests.support.git_server import (
    COMMIT_SECONDS,
    GitServer,
    Repository,
    basic,
    git_daemon,
    serving_git,
)

from jettison.engine.credentials import SecretSource
from jettison.engine.plan import plan
from jettison.engine.request import BuildRequest
from jettison.errors import BuildError, CancelledError, JettisonError
from jettison.model.entry import EntryType
from jettison.sources.access import RemoteAccess

pytestmark = pytest.mark.root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder that is served."""
    return tmp_path / "served"


@pytest.fixture
def server(root: Path) -> Iterator[GitServer]:
    root.mkdir()
    with serving_git(root) as serving:
        yield serving


@pytest.fixture
def repository(root: Path, server: GitServer) -> Repository:
    """Three commits: the middle one is the branch ``old/er`` and the annotated tag ``v1``."""
    made = Repository.create(root / "r", {"f": "1", "dir/g": "g1", "run.sh": "#!/bin/sh\n"})
    (made.path / "run.sh").chmod(0o755)
    (made.path / "soft").symlink_to("f")
    made.commit({"f": "2"})
    made.git("branch", "old/er")
    made.git("tag", "-a", "v1", "-m", "first")
    made.git("tag", "light")
    made.commit({"f": "3"})
    return made


def add(bench: Bench, source: str, flags: str = "") -> Built:
    return bench.build(f"FROM scratch\nADD {flags} {source} /r/\n")


def test_the_default_branch(bench: Bench, server: GitServer, repository: Repository) -> None:
    """Files, modes and links as they were committed, owned by root, without .git; a second build fetches nothing."""
    built = add(bench, f"{server.url}/r/.git")
    assert set(built.tree.entries) == {"r", "r/f", "r/dir", "r/dir/g", "r/run.sh", "r/soft"}
    assert built.text("r/f") == "3"
    assert built.entry("r/f").mode == 0o644 and built.entry("r/run.sh").mode == 0o755
    assert built.entry("r/dir").mode == 0o755 and built.entry("r/dir").uid == 0
    assert built.entry("r/soft").link == "f"
    server.requests.clear()
    again = add(bench, f"{server.url}/r/.git")
    assert again.ran == [] and again.result.image_id == built.result.image_id
    assert not any("upload-pack" in request for request in server.requests if request.startswith("POST /r/.git/x"))
    repository.commit({"f": "4"})
    assert add(bench, f"{server.url}/r/.git").text("r/f") == "4"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("#main", "3"),
        ("#old/er", "2"),
        ("#v1", "2"),
        ("#light", "2"),
        ("#refs/tags/v1", "2"),
        ("?tag=v1", "2"),
        ("?branch=old/er", "2"),
        ("?ref=tags/v1", "2"),
        ("?ref=heads/main", "3"),
        ("?tag=light&submodules=false", "2"),
    ],
)
def test_refs(bench: Bench, server: GitServer, repository: Repository, query: str, expected: str) -> None:
    """Branches, light and annotated tags, in all the forms of fragment and query."""
    assert add(bench, f"{server.url}/r/.git{query}").text("r/f") == expected


def test_commits(bench: Bench, server: GitServer, repository: Repository) -> None:
    """A full commit that no ref leads to alone; the second time nobody is asked."""
    first = repository.git("rev-parse", "HEAD~2")
    assert add(bench, f"{server.url}/r/.git#{first}").text("r/f") == "1"
    server.requests.clear()
    assert add(bench, f"{server.url}/r/.git#{first}").ran == []
    assert server.requests == []
    with pytest.raises(JettisonError, match=f"does not contain commit {'1' * 40}"):
        add(bench, f"{server.url}/r/.git#{'1' * 40}")


def test_subdirectories(bench: Bench, server: GitServer, repository: Repository) -> None:
    """Only what is below, in both forms; files and links are no folders."""
    for form in ("#:dir", "#main:dir", "?subdir=dir", "#v1:/dir/."):
        assert set(add(bench, f"{server.url}/r/.git{form}").tree.entries) == {"r", "r/g"}
    for wrong, why in (("no", "no folder 'no'"), ("f", "non-directory 'f'"), ("soft", "non-directory 'soft'")):
        with pytest.raises(JettisonError, match=why) as caught:
            add(bench, f"{server.url}/r/.git#:{wrong}")
        assert "Dockerfile:2" in str(caught.value.place)


def test_checksums(bench: Bench, server: GitServer, repository: Repository) -> None:
    """The commit or its beginning, by flag and by query; of a tag its own too."""
    head, tagged = repository.head, repository.git("rev-parse", "v1^{commit}")
    url = f"{server.url}/r/.git"
    assert add(bench, url, f"--checksum={head}").text("r/f") == "3"
    assert add(bench, f"{url}?commit={head[:9]}").text("r/f") == "3"
    assert add(bench, f"{url}#v1", f"--checksum={tagged[:12]}").text("r/f") == "2"
    assert add(bench, f"{url}?checksum={repository.git('rev-parse', 'v1')}#v1").text("r/f") == "2"
    assert add(bench, f"{url}?fetch-by-commit&commit={tagged}#main").text("r/f") == "2"
    with pytest.raises(JettisonError, match=f"expected checksum to match {tagged}, got {head}"):
        add(bench, url, f"--checksum={tagged}")
    with pytest.raises(JettisonError, match="checksum mismatch"):
        add(bench, f"{url}?commit={tagged}", f"--checksum={head}")
    with pytest.raises(JettisonError, match="invalid checksum sha256"):
        add(bench, url, f"--checksum=sha256:{'0' * 64}")


def test_the_mode_of_the_folder(bench: Bench, server: GitServer, repository: Repository) -> None:
    """The folder that a repository becomes has the usual mode, whatever the umask of the user is."""
    before = os.umask(0o077)
    try:
        built = bench.build(f"FROM scratch\nADD {server.url}/r/.git#v1 /new\nADD {server.url}/r/.git#:dir /dir\n")
    finally:
        os.umask(before)
    assert {built.entry(path).mode for path in ("new", "dir", "new/dir")} == {0o755}


def test_keeping_the_git_folder(bench: Bench, server: GitServer, repository: Repository) -> None:
    """Then the image has a repository that git understands, with this commit, its ref, and no credentials."""
    url = server.url.replace("//", "//user:secret@")
    for flag, query in (("--keep-git-dir=true", "#v1"), ("--keep-git-dir", "?tag=v1"), ("", "?keep-git-dir&tag=v1")):
        built = add(bench, f"{url}/r/.git{query}", flag)
        assert built.has("r/.git/HEAD") and not built.has("r/.git/FETCH_HEAD")
        assert "secret" not in built.text("r/.git/config")
        assert f"{server.url}/r/.git" in built.text("r/.git/config")
    out = bench.root / "out"
    from jettison.engine.outputs import Output, OutputKind

    bench.build(None, outputs=(Output(kind=OutputKind.LOCAL, destination=out),))
    command = ["git", "-c", "safe.directory=*", "-C", str(out / "r")]
    run = subprocess.run([*command, "describe", "--tags"], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "v1"
    run = subprocess.run([*command, "status", "--porcelain"], capture_output=True, text=True, check=True)
    assert run.stdout == ""
    with pytest.raises(JettisonError, match="inconsistent keep-git-dir"):
        add(bench, f"{server.url}/r/.git?keep-git-dir=false", "--keep-git-dir=true")


def test_times(bench: Bench, server: GitServer, repository: Repository) -> None:
    """Those of the checkout; with ``mtime=commit`` that of the commit."""
    built = add(bench, f"{server.url}/r/.git?mtime=commit")
    assert {built.entry(path).mtime_ns for path in ("r/f", "r/soft", "r/dir/g")} == {COMMIT_SECONDS * 10**9}
    repository.commit({"f": "5"})
    assert add(bench, f"{server.url}/r/.git").entry("r/f").mtime_ns > 1_500_000_000 * 10**9


def test_owners_and_modes(bench: Bench, server: GitServer, repository: Repository) -> None:
    """``--chown`` and ``--chmod`` are for all that is copied, also beside a file and a folder."""
    text = f"FROM scratch\nADD --chown=3:4 --chmod=0750 {server.url}/r/.git own ./d/\n"
    built = bench.build(text, {"own": "own"})
    assert (built.entry("d/f").uid, built.entry("d/f").gid, built.entry("d/f").mode) == (3, 4, 0o750)
    assert built.text("d/own") == "own"


def test_submodules(bench: Bench, root: Path, server: GitServer, repository: Repository) -> None:
    """All the way down, also by relative URLs; not with ``submodules=false``; .git files only with --keep-git-dir."""
    Repository.create(root / "inner", {"deep": "deep"})
    middle = Repository.create(root / "middle", {"m": "m"})
    middle.git("submodule", "add", "-q", f"{server.url}/inner/.git", "sub/inner")
    middle.commit({})
    repository.git("submodule", "add", "-q", f"{server.url}/middle/.git", "mid")
    (repository.path / ".gitmodules").write_text('[submodule "mid"]\n\tpath = mid\n\turl = ../../middle/.git\n')
    repository.commit({})
    built = add(bench, f"{server.url}/r/.git")
    assert built.text("r/mid/sub/inner/deep") == "deep"
    assert not any(path.endswith("/.git") for path in built.tree.entries)
    assert not add(bench, f"{server.url}/r/.git?submodules=false").has("r/mid/m")
    kept = add(bench, f"{server.url}/r/.git", "--keep-git-dir=true")
    assert kept.text("r/mid/.git") == "gitdir: ../.git/modules/mid\n"


@pytest.mark.parametrize("dumb", [True, False])
def test_servers_that_give_no_part(bench: Bench, root: Path, dumb: bool) -> None:
    """Plain web servers, and git daemon: branches and commits."""
    root.mkdir()
    made = Repository.create(root / "r", {"f": "1"})
    made.commit({"f": "2"})
    with serving_git(root, dumb=True) as server, git_daemon(root) as daemon:
        url = f"{server.url}/r/.git" if dumb else f"{daemon}/r/.git"
        assert add(bench, url).text("r/f") == "2"
        assert add(bench, f"{url}#main").text("r/f") == "2"
        assert add(bench, f"{url}#{made.git('rev-parse', 'HEAD~1')}").text("r/f") == "1"
        assert add(bench, url, "--keep-git-dir=true").has("r/.git/HEAD")


def test_repositories_of_sha256(bench: Bench, root: Path, server: GitServer) -> None:
    """Their commits have 64 digits."""
    made = Repository.create(root / "s", {"f": "256"}, object_format="sha256")
    assert add(bench, f"{server.url}/s/.git").text("r/f") == "256"
    assert add(bench, f"{server.url}/s/.git#{made.head}", "--keep-git-dir=true").text("r/f") == "256"


def test_authentication(bench: Bench, server: GitServer, repository: Repository) -> None:
    """By the URL and by secrets, which no message and no kept repository tells."""
    server.authorization = basic("user", "pass word")
    with pytest.raises(BuildError) as caught:
        add(bench, f"{server.url}/r/.git")
    assert "GIT_AUTH_TOKEN" in str(caught.value.hint)
    url = server.url.replace("//", "//user:pass%20word@")
    built = add(bench, f"{url}/r/.git")
    assert built.text("r/f") == "3"
    assert not any("pass" in name for name in built.steps if "[internal]" in name)
    server.authorization = basic("x-access-token", "t0ken")
    host = server.url.removeprefix("http://")
    for name in ("GIT_AUTH_TOKEN", f"GIT_AUTH_TOKEN.{host}"):
        bench.access = RemoteAccess(secret={name: b"t0ken\n"}.get)
        assert add(bench, f"{server.url}/r/.git#v1").text("r/f") == "2"
    bench.access = RemoteAccess()
    given = (SecretSource(id="GIT_AUTH_TOKEN", value=b"t0ken"),)
    built = bench.build(f"FROM scratch\nADD {server.url}/r/.git#v1 /r\n", secrets=given, no_cache=True)
    assert built.text("r/f") == "2"
    bench.access = RemoteAccess(secret={"GIT_AUTH_HEADER": server.authorization.encode()}.get)
    assert add(bench, f"{server.url}/r/.git#old/er").text("r/f") == "2"
    for path in (bench.store.root / "mounts").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(word in data for word in (b"t0ken", b"pass", server.authorization.encode())), path


def test_refs_that_moved_and_were_rewritten(bench: Bench, server: GitServer, repository: Repository) -> None:
    """A branch whose history was replaced, a tag that was moved, a branch where a folder of branches was."""
    url = f"{server.url}/r/.git"
    assert add(bench, f"{url}#v1").text("r/f") == "2"
    repository.git("commit", "-q", "--amend", "-m", "other")
    repository.git("tag", "-f", "-a", "v1", "-m", "moved")
    repository.git("branch", "-D", "old/er")
    repository.git("branch", "old")
    assert add(bench, f"{url}#v1").text("r/f") == "3"
    assert add(bench, f"{url}#old").text("r/f") == "3"


def test_a_damaged_cache_is_made_anew(bench: Bench, server: GitServer, repository: Repository) -> None:
    """Whatever lies in the bare repository that is kept between builds."""
    url = f"{server.url}/r/.git"
    add(bench, url)
    (bare,) = [record.path for record in bench.store.mounts.list()]
    for path in (bare / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"broken")
    (bare / "shallow.lock").write_text("")
    repository.commit({"f": "5"})
    assert add(bench, url).text("r/f") == "5"


def test_trouble(bench: Bench, server: GitServer, repository: Repository) -> None:
    """What went wrong, where in the Dockerfile, without the password."""
    cases = {
        f"{server.url}/r/.git#nowhere": "does not contain ref nowhere",
        f"{server.url}/r/.git#HEAD": "does not contain ref HEAD",
        f"{server.url}/none/.git": "not found",
        "http://user:secret@127.0.0.1:9/r.git": "cannot fetch http://127.0.0.1:9/r.git",
        "git://127.0.0.1:9/r": "Connection refused",
        f"{server.url}/r/.git?reff=x": "unexpected query",
    }
    for source, why in cases.items():
        with pytest.raises(JettisonError, match=re.escape(why)) as caught:
            add(bench, source)
        assert "secret" not in f"{caught.value.message}{caught.value.hint}"
        assert "Dockerfile:2" in f"{caught.value.place}{caught.value.message}"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/etc", "sub"),
        ("file:///etc", "sub"),
        ("ext::sh -c touch% {pwned}", "sub"),
        ("-u./x", "sub"),
        ("--upload-pack=touch {pwned}", "sub"),
        ("{server}/inner/.git", "../../escaped"),
        ("{server}/inner/.git", ".git/hooks"),
        ("ssh://-oProxyCommand=touch {pwned}/x", "sub"),
    ],
)
def test_malicious_submodules(
    bench: Bench, root: Path, server: GitServer, repository: Repository, url: str, path: str
) -> None:
    """They read no files of this machine, run nothing, and write nowhere else."""
    inner = Repository.create(root / "inner", {"f": "inner"})
    pwned = bench.root / "pwned"
    url = url.format(pwned=pwned, server=server.url)
    (repository.path / ".gitmodules").write_text(f'[submodule "sub"]\n\tpath = {path}\n\turl = "{url}"\n')
    repository.git("add", ".gitmodules")
    tree = "sub" if path.startswith(".") else path
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{inner.head},{tree}")
    repository.git("commit", "-q", "-m", "evil")
    try:
        built = add(bench, f"{server.url}/r/.git")
    except JettisonError:
        pass
    else:
        assert not built.has("r/sub/passwd")
    assert not pwned.exists()
    assert not list(bench.store.root.rglob("escaped"))


def test_malicious_trees(bench: Bench, server: GitServer, repository: Repository) -> None:
    """A linked .gitmodules, a submodule below a link, names like ``.git``: nothing is written outside."""
    blob = repository.git("hash-object", "-w", "--stdin", stdin=b"/tmp")
    evil = repository.git("hash-object", "-w", "--stdin", stdin=b"[core]\n\tfsmonitor = touch /tmp/pwned\n")
    for listing in (
        f"120000 blob {blob}\t.gitmodules\n100644 blob {evil}\tf\n",
        f"100644 blob {evil}\t.GIT\n",
        f"120000 blob {blob}\ta\n160000 commit {repository.head}\tb\n",
    ):
        tree = repository.git("mktree", "--missing", stdin=listing.encode())
        commit = repository.git("commit-tree", tree, "-m", "evil")
        repository.git("update-ref", "refs/heads/evil", commit)
        try:
            add(bench, f"{server.url}/r/.git#evil")
        except JettisonError:
            pass
        assert not Path("/tmp/pwned").exists()
    nested = repository.git("mktree", stdin=f"100644 blob {evil}\tconfig\n".encode())
    tree = repository.git("mktree", stdin=f"040000 tree {nested}\t.git\n".encode())
    commit = repository.git("commit-tree", tree, "-m", "evil")
    repository.git("update-ref", "refs/heads/evil", commit)
    with pytest.raises(JettisonError, match=r"\.git"):
        add(bench, f"{server.url}/r/.git#evil")


def test_attributes_and_hooks_run_nothing(bench: Bench, server: GitServer, repository: Repository) -> None:
    """Filters that a repository names are unknown here: files are as they were committed."""
    repository.commit({".gitattributes": "* filter=evil diff=evil merge=evil\n", "f": "raw"})
    assert add(bench, f"{server.url}/r/.git").text("r/f") == "raw"


def test_what_is_no_repository(bench: Bench) -> None:
    """``file://`` is no URL of ADD but a path; git references are not for COPY."""
    with pytest.raises(JettisonError, match="file:"):
        add(bench, "file:///etc/.git")
    with pytest.raises(JettisonError, match="source can't be a git ref for COPY"):
        bench.build("FROM scratch\nCOPY https://example.com/x.git /\n")
    with pytest.raises(JettisonError, match="checksum requires HTTP"):
        add(bench, "f", "--checksum=abc")
    with pytest.raises(JettisonError, match="checksum can't be specified for multiple sources"):
        add(bench, "http://127.0.0.1:9/a http://127.0.0.1:9/b", f"--checksum=sha256:{'0' * 64}")


def test_without_git(bench: Bench) -> None:
    """The error says what is missing."""
    bench.access = RemoteAccess(variables={"PATH": str(bench.root)})
    with pytest.raises(BuildError, match="git is not installed") as caught:
        add(bench, "https://example.com/x.git")
    assert "install git" in str(caught.value.hint)


def test_plans(bench: Bench, server: GitServer, repository: Repository) -> None:
    """A plan fetches nothing: what a branch has now only the build will tell."""
    text = f"FROM scratch\nADD {server.url}/r/.git#{repository.head} /a\nADD {server.url}/r/.git /b\n"
    bench.build(text)
    server.requests.clear()
    found = plan(BuildRequest(context=bench.context), bench.machine(lambda event: None))
    verdicts = {step.name: step.verdict for step in found.steps}
    assert [verdict for name, verdict in verdicts.items() if "fetch" in name] == ["cached", "may-run"]
    assert server.requests == []


def test_the_entries_are_files(bench: Bench, server: GitServer, repository: Repository) -> None:
    """A repository can be the source of a mount by way of a stage."""
    built = bench.build(
        f"FROM scratch AS src\nADD {server.url}/r/.git#v1 /\n"
        "FROM busybox:test\nRUN --mount=from=src,target=/src cat /src/f > /out\n"
    )
    assert built.text("out") == "2"
    assert built.entry("out").type is EntryType.FILE
    assert built.config.platform == PLATFORM


def test_a_server_that_says_nothing(bench: Bench) -> None:
    """A fetch that hangs ends when the build is cancelled, as a step and as a context, and leaves no process."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"git://127.0.0.1:{silent.getsockname()[1]}/r"
        for request in ({"context": bench.context}, {"context": None, "context_url": url}):
            timer = threading.Timer(1, os.kill, [os.getpid(), signal.SIGINT])
            timer.start()
            with pytest.raises((CancelledError, KeyboardInterrupt)):
                bench.build(f"FROM scratch\nADD {url} /r/\n", **request)
            timer.join()
    ours = [path for path in Path("/proc").glob("[0-9]*/cmdline") if url.encode() in _read(path)]
    assert ours == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # gone meanwhile
        return b""
