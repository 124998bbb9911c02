"""What an ordinary user may do, and what is said where a user may not: as nobody, whom nothing belongs to."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.root  # to become somebody else

READING = "+dac_read_search"
"""Of the interpreter, wherever it lies."""
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
MAY_READ = [f"--inh-caps={READING}", f"--ambient-caps={READING}"]
Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A context of nobody's, and the store beside it; where everybody may go, other than pytest's folders."""
    with tempfile.TemporaryDirectory(prefix="jettison-test-") as name:
        yield _filled(Path(name))


def _filled(folder: Path) -> Path:
    for path, text in {
        "Dockerfile": "FROM scratch\nCOPY app /app\nCOPY --chown=1:2 --chmod=700 app/a /own/\nWORKDIR /srv\nUSER 7\n",
        "commands": 'FROM scratch\nCOPY app /app\nRUN ["/app/a"]\n',
        "app/a": "a\n",
        "app/b": "b\n",
    }.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    (folder / "roots").mkdir()
    subprocess.run(["chown", "-R", "65534:65534", str(folder)], check=True)
    os.chown(folder / "roots", 0, 0)
    return folder


@pytest.fixture
def call(folder: Path) -> Iterator[Call]:
    """Runs a command line as nobody, in the folder."""

    def run(*argv: str, wrapper: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        line = [*(wrapper or [*NOBODY, *MAY_READ]), sys.executable, "-m", "jettison", *argv]
        environment = os.environ | {"HOME": str(folder), "JETTISON_HOME": str(folder / "home")}
        return subprocess.run(
            line, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    yield run


def test_what_runs_nothing_needs_no_root(call: Call, folder: Path) -> None:
    """Builds of copies in all their outputs, and whatever looks at images or moves them."""
    for line in (
        "build -q -t app:1 .",
        "build -q --squash -t app:2 .",
        "build -q -o type=local,dest=out .",
        "build -q -o type=tar,dest=out.tar .",
        "build -q -o type=oci,dest=oci.tar .",
        "build -q -o type=oci,tar=false,dest=layout .",
        "plan -f commands .",
        "build --check -f commands .",
        "lint commands",
        "weigh app:1",
        "weigh oci.tar --html page.html",
        "ls -l layout /own",
        "cat app:1 /own/a",
        "cp app:1:/own taken",
        "why-file app:1 /own/a",
        "squash oci.tar -t app:3",
        "save -o saved.tar app:1",
        "load -qi saved.tar",
        "tag app:1 other:1",
        "images",
        "history app:1",
        "inspect app:1",
        "du",
        "system df",
        "rmi other:1",
        "prune -f",
    ):
        done = call(*line.split())
        assert (line, done.returncode, done.stderr.count("jettison: ")) == (line, 0, 0), done.stderr
    assert call("diff", "app:1", "saved.tar").returncode == 0
    assert (folder / "out/own/a").read_text() == "a\n"
    assert {path.owner() for path in (folder / "taken/a", folder / "out/own/a")} == {"nobody"}
    assert "-rwx------ 1 1 2 2" in call("ls", "-l", "saved.tar", "/own").stdout


@pytest.mark.parametrize(
    ("line", "code", "message", "hint"),
    [
        ("build -q -f commands .", 7, "here: commands need root for now, and this is user 65534", "run it as root"),
        ("build -q -f commands --isolation oci .", 7, "--isolation oci does not work: commands need root", "as root"),
        ("run --rm app:1 /app/a", 125, "here: commands need root for now, and this is user 65534", "run it as root"),
        ("base own:1 --mode slim", 7, "slim images need root", "--mode distroless"),
        ("save -o roots/x app:1", 6, "/roots' may not be written to", "change who may write there"),
        ("build -q -o roots/x .", 6, "cannot make the folder roots/x: Permission denied", "who may read and write"),
        ("cp app:1:/app roots", 6, "cannot write into roots", "change who may write there"),
        ("weigh app:1 --html roots/x", 6, "/roots' may not be written to", "change who may write there"),
        ("--home roots/home images", 6, "/roots/home: Permission denied", "JETTISON_HOME"),
        ("cp -a app:1:/own new", 0, "", ""),
    ],
)
def test_what_needs_more_says_so(call: Call, line: str, code: int, message: str, hint: str) -> None:
    """In one error, with what to do."""
    assert call("build", "-q", "-t", "app:1", ".").returncode == 0
    done = call(*line.split())
    assert done.returncode == code
    said, _, hinted = done.stderr.rpartition("hint: ") if hint else (done.stderr, "", "")
    assert message in said
    assert hint in hinted
    assert said.count("jettison: ") == (code != 0)


def test_owners_that_a_namespace_does_not_have(call: Call, folder: Path) -> None:
    """Root of a user namespace gives files to nobody but itself."""
    inside = ["unshare", "--user", "--map-root-user"]
    subprocess.run(["chown", "-R", "0:0", str(folder)], check=True)
    assert call("build", "-q", "-t", "app:1", ".", wrapper=inside).returncode == 0
    done = call("cp", "-a", "app:1:/own", "new", wrapper=inside)
    assert done.returncode == 6
    assert "cannot unpack /new/a: it cannot be given to its owner 1:2\nhint: without -a" in done.stderr
    done = call("build", "-q", "-f", "commands", ".", wrapper=inside)
    assert done.returncode == 7
    assert "commands need root of the machine, and this is root of a user namespace" in done.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("load -i app/b", "cannot read app/b: Permission denied"),
        ("weigh app/b", "cannot read app/b: Permission denied"),
        ("build -q .", "cannot read 'app/b' in the build context: Permission denied"),
        ("build -q -f app/b .", "app/b': Permission denied"),
        ("bake -f app/b", "cannot read 'app/b': Permission denied"),
    ],
)
def test_what_may_not_be_read_is_named(call: Call, folder: Path, line: str, message: str) -> None:
    """With who can change that: root that has lost its right to read everything is like any other owner."""
    subprocess.run(["chown", "-R", "0:0", str(folder)], check=True)
    os.chown(folder / "app/b", 65534, 65534)
    (folder / "app/b").chmod(0o600)
    reading = "-dac_override,-dac_read_search"
    done = call(*line.split(), wrapper=["setpriv", f"--bounding-set={reading}", f"--inh-caps={reading}"])
    assert done.returncode in (1, 6)
    assert message in done.stderr
    assert "\nhint: " in done.stderr
