"""What is fetched means here what it means to the newest BuildKit: repositories, web servers, contexts of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.compat.builders import BuildFailedError, JettisonBuilder
from tests.compat.buildkit import AVAILABLE, BuildkitBuilder
from tests.compat.known import REMOTE_ALLOWANCES
from tests.engine.archives import COMPRESSORS, make_tar
from tests.support.compare import Allowance, compare, compare_history, unexplained
from tests.support.flatten import read_picture
from tests.support.git_server import Repository, serving_git

pytestmark = [
    pytest.mark.root,
    pytest.mark.slow,
    pytest.mark.skipif(not AVAILABLE, reason="BUILDKITD and BUILDCTL name no newest BuildKit"),
]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A build in which ``{git}``, ``{web}`` and ``{head}`` stand for the servers and the newest commit."""

    dockerfile: str = ""
    """In a folder with a file ``own``; empty where the context brings it."""
    context: str = ""
    """Empty: the folder of the Dockerfile."""
    file: str = ""
    """``-f``, inside the context."""
    named: tuple[tuple[str, str], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    allow: tuple[Allowance, ...] = field(default=())


def adding(source: str, flags: str = "", destination: str = "/r/") -> Scenario:
    return Scenario(dockerfile=f"FROM scratch\nADD {flags} {source} {destination}\n")


R = "{git}/r/.git"
MASKED_IN_HISTORY = Allowance(name="passwords-in-urls", where="history", what=frozenset({"value"}))
FIRST_IN_HISTORY = Allowance(name="folders-as-bases", where="history", what=frozenset())

SAME = {
    "git": adding(R),
    "git branch": adding(f"{R}#old/er"),
    "git tag": adding(f"{R}#v1"),
    "git ref before branch": adding(f"{R}#same"),
    "git full ref": adding(f"{R}#refs/tags/light"),
    "git tag query": adding(f"{R}?tag=v1"),
    "git branch query": adding(f"{R}?branch=old/er"),
    "git commit": adding(f"{R}#{{first}}"),
    "git subdir": adding(f"{R}#:dir"),
    "git subdir query": adding(f"{R}?subdir=/dir&ref=v1"),
    "git subdir above": adding(f"{R}#:../../dir"),
    "git checksum": adding(R, "--checksum={head}"),
    "git checksum of a tag": adding(f"{R}#v1", "--checksum={tagged}"),
    "git checksum query": adding(f"{R}?commit={{head}}"),
    "git by commit": adding(f"{R}?fetch-by-commit&commit={{head}}#main"),
    "git keep": adding(f"{R}#v1", "--keep-git-dir=true"),
    "git keep subdir": adding(f"{R}#:dir", "--keep-git-dir=true"),
    "git owners": adding(R, "--chown=3:4 --chmod=0640"),
    "git name": adding(R, destination="/new"),
    "git onto files": Scenario(dockerfile=f"FROM scratch\nCOPY own /f\nCOPY own /dir/g\nADD {R} /\n"),
    "git and a file": Scenario(dockerfile=f"FROM scratch\nADD own {R} /d/\n"),
    "git submodules": adding("{git}/super/.git"),
    "git without submodules": adding("{git}/super/.git?submodules=false"),
    "git in a variable": Scenario(dockerfile=f"FROM scratch\nARG REF=v1\nADD {R}#$REF /r/\n"),
    "web": adding("{web}/file", destination="/"),
    "web name": adding("{web}/a%20b/c%2Fd?x=y", destination="/d/"),
    "web root": adding("{web}/", destination="/d/"),
    "web as a file": adding("{web}/file", destination="/named"),
    "web flags": adding("{web}/file", "--chown=5 --chmod=0755"),
    "web login": Scenario(
        dockerfile="FROM scratch\nARG NAME=user\nADD {login}/file http://$NAME:secret@{host}/tgz /d/\n",
        allow=(MASKED_IN_HISTORY,),
    ),
    "web archive": adding("{web}/tgz"),
    "web unpacked": adding("{web}/tgz", "--unpack=true"),
    "web unpacked owners": adding("{web}/tgz", "--unpack=true --chown=1:2"),
    "web unpacked plain": adding("{web}/file", "--unpack=true"),
    "context git": Scenario(context=R),
    "context git subdir": Scenario(context=f"{R}#main:sub"),
    "context git file": Scenario(context=R, file="sub/Other"),
    "context git kept": Scenario(context=R, arguments=(("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1"),)),
    "context web archive": Scenario(context="{web}/context"),
    "context web archive file": Scenario(context="{web}/context", file="d/Other"),
    "context web Dockerfile": Scenario(context="{web}/plain"),
    "named git": Scenario(dockerfile="FROM scratch\nCOPY --from=src f dir /\n", named=(("src", R),)),
    "named web": Scenario(dockerfile="FROM scratch\nCOPY --from=web / /w/\n", named=(("web", "{web}/tgz"),)),
    "named folder": Scenario(
        dockerfile="FROM busybox:test\nCOPY --from=lib . /l/\nRUN --mount=from=lib,target=/m ls -a /m > /out\n",
        named=(("lib", "named"),),
    ),
    "named stage": Scenario(
        dockerfile="FROM none.invalid/x AS lib\nRUN exit 1\nFROM scratch\nCOPY --from=lib f /\nCOPY --from=0 d /\n",
        named=(("lib", "named"),),
    ),
    "named base": Scenario(
        dockerfile="FROM lib\nCOPY own /own\nENV A=b\n", named=(("lib", "named"),), allow=(FIRST_IN_HISTORY,)
    ),
    "named image": Scenario(
        dockerfile="FROM alpine:latest\nRUN cat /etc/motd > /m\n", named=(("alpine", "docker-image://busybox:test"),)
    ),
    "named image as a stage": Scenario(
        dockerfile="FROM scratch AS one\nENV A=b\nFROM one\nENV B=c\n",
        named=(("one", "docker-image://busybox:test"),),
    ),
    "named scratch": Scenario(dockerfile="FROM x\nCOPY own /\n", named=(("x", "docker-image://scratch"),)),
}

REFUSED = {
    "git no ref": adding(f"{R}#none"),
    "git HEAD": adding(f"{R}#HEAD"),
    "git no repository": adding("{git}/none/.git"),
    "git option": adding(f"{R}#--upload-pack=id"),
    "git query": adding(f"{R}?what=1"),
    "git conflict": adding(f"{R}?tag=v1#main"),
    "git checksum": adding(R, "--checksum={tagged}"),
    "git no checksum": adding(R, "--checksum=sha256:" + "0" * 64),
    "git two checksums": adding(f"{R}?commit={{tagged}}", "--checksum={head}"),
    "git keep conflict": adding(f"{R}?keep-git-dir=false", "--keep-git-dir=true"),
    "git file as subdir": adding(f"{R}#:f"),
    "git link as subdir": adding(f"{R}#:soft"),
    "git no subdir": adding(f"{R}#:none"),
    "git file protocol": adding("file:///etc/.git"),
    "git by no commit": adding(f"{R}?fetch-by-commit&commit=abc"),
    "git shorthand": adding("github.com/x/y"),
    "git for COPY": Scenario(dockerfile=f"FROM scratch\nCOPY {R} /\n"),
    "web 404": adding("{web}/none"),
    "web checksum": adding("{web}/file", "--checksum=sha256:" + "0" * 64),
    "web bad checksum": adding("{web}/file", "--checksum=abc"),
    "checksum of two": adding("{web}/file {web}/tgz", "--checksum=sha256:" + "0" * 64),
    "checksum of a path": adding("own", "--checksum=sha256:" + "0" * 64),
    "context git no Dockerfile": Scenario(context=f"{R}#:dir"),
    "context git no file": Scenario(context=R, file="none"),
    "context web 404": Scenario(context="{web}/none"),
    "named git query": Scenario(dockerfile="FROM scratch\nCOPY --from=s / /\n", named=(("s", f"{R}?what=1"),)),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the words of scenarios stand for."""

    words: dict[str, str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Repositories and files, served."""
    root = tmp_path_factory.mktemp("served")
    Repository.create(root / "inner", {"deep": "deep"})
    made = Repository.create(root / "r", {"f": "1", "dir/g": "g", "run.sh": "#!/bin/sh\n", ".dockerignore": "f\n"})
    first = made.head
    (made.path / "run.sh").chmod(0o755)
    (made.path / "soft").symlink_to("f")
    made.commit({"f": "2"})
    made.git("branch", "old/er")
    made.git("branch", "same")
    made.git("tag", "-a", "v1", "-m", "first")
    made.git("tag", "light")
    made.commit({"f": "3", "Dockerfile": "FROM scratch\nCOPY . /c/\n", "sub/dockerfile": "FROM scratch\nCOPY x /\n"})
    made.git("tag", "same")
    made.commit({"sub/x": "x", "sub/Other": "FROM scratch\nCOPY sub /s/\n"})
    outer = Repository.create(root / "super", {"o": "o"})
    web = tmp_path_factory.mktemp("web")
    with serving_git(root) as smart, serving_git(web, dumb=True) as dumb:
        outer.git("submodule", "add", "-q", f"{smart.url}/inner/.git", "mod")
        outer.commit({})
        (web / "file").write_text("file")
        (web / "index").write_text("index")
        (web / "a%20b").mkdir()
        (web / "a%20b/c%2Fd").write_text("odd name")
        (web / "plain").write_text("FROM scratch\nCOPY context /copied\n")
        files = {"d/": b"", "d/x": b"x", "y": b"y"}
        (web / "tgz").write_bytes(COMPRESSORS["tar.gz"](make_tar(files, uid=7)))
        dockerfile = b"FROM scratch\nCOPY . /c/\nCOPY y /\n"
        context = files | {"Dockerfile": dockerfile, "d/Other": b"FROM scratch\nCOPY d /\n", ".dockerignore": b"y\n"}
        (web / "context").write_bytes(COMPRESSORS["tar.gz"](make_tar(context, uid=7)))
        yield Place(
            words={
                "git": smart.url,
                "web": dumb.url,
                "host": dumb.url.removeprefix("http://"),
                "login": dumb.url.replace("//", "//user:secret@"),
                "head": made.head,
                "first": first,
                "tagged": made.git("rev-parse", "v1^{commit}"),
            },
        )


class Pair:
    """One scenario, built by both."""

    def __init__(self, scenario: Scenario, place: Place, folder: Path) -> None:
        self._scenario = scenario
        self._words = place.words
        self._folder = folder
        (folder / "own").write_text("own")
        (folder / "named/d").mkdir(parents=True)
        for name, content in {"f": "f", "d/x": "x", "no": "no", ".dockerignore": "no\n"}.items():
            (folder / "named" / name).write_text(content)
        (folder / "Dockerfile").write_text(self._filled(scenario.dockerfile))

    def ours(self, builder: JettisonBuilder, archive: Path) -> None:
        """Build by jettison."""
        options = ["-f", self._scenario.file] if self._scenario.file else []
        for name, value in self._scenario.arguments:
            options += ["--build-arg", f"{name}={value}"]
        for name, value in self._named():
            options += ["--build-context", f"{name}={value}"]
        builder.build(self._filled(self._scenario.context) or str(self._folder), archive, *options)

    def theirs(self, builder: BuildkitBuilder, archive: Path) -> None:
        """Build by BuildKit."""
        words = ["build", "--frontend", "dockerfile.v0", "--output", f"type=docker,name=compared:1,dest={archive}"]
        if self._scenario.context:
            words += ["--opt", f"context={self._filled(self._scenario.context)}"]
        else:
            words += ["--local", f"context={self._folder}", "--local", f"dockerfile={self._folder}"]
        words += ["--opt", f"filename={self._scenario.file}"] if self._scenario.file else []
        for name, value in self._scenario.arguments:
            words += ["--opt", f"build-arg:{name}={value}"]
        for name, value in self._named():
            if Path(value).is_dir():
                words += ["--local", f"{name}={value}", "--opt", f"context:{name}=local:{name}"]
            else:
                words += ["--opt", f"context:{name}={value}"]
        builder.call(*words)

    def _named(self) -> Iterator[tuple[str, str]]:
        for name, value in self._scenario.named:
            folder = self._folder / value
            yield name, str(folder) if folder.is_dir() else self._filled(value)

    def _filled(self, text: str) -> str:
        for name, value in self._words.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@pytest.mark.parametrize("name", SAME)
def test_same_image(
    name: str, place: Place, jettison: JettisonBuilder, buildkit: BuildkitBuilder, tmp_path: Path
) -> None:
    """Files, config, history and the number of layers are equal."""
    folder = tmp_path / "folder"
    folder.mkdir()
    pair = Pair(SAME[name], place, folder)
    pair.ours(jettison, tmp_path / "ours.tar")
    pair.theirs(buildkit, tmp_path / "theirs.tar")
    ours, theirs = read_picture(tmp_path / "ours.tar"), read_picture(tmp_path / "theirs.tar")
    differences = [*compare(ours, theirs), *compare_history(ours, theirs)]
    found = unexplained(differences, "buildkit", (*REMOTE_ALLOWANCES, *SAME[name].allow))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", REFUSED)
def test_both_refuse(
    name: str, place: Place, jettison: JettisonBuilder, buildkit: BuildkitBuilder, tmp_path: Path
) -> None:
    """What is refused here is refused there."""
    folder = tmp_path / "folder"
    folder.mkdir()
    pair = Pair(REFUSED[name], place, folder)
    with pytest.raises(BuildFailedError):
        pair.theirs(buildkit, tmp_path / "theirs.tar")
    with pytest.raises(BuildFailedError):
        pair.ours(jettison, tmp_path / "ours.tar")
