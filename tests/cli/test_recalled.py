"""Builds answered from memory: the same answer while nothing changed, the right one when anything did."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from tests.cli.terminal import Terminal
from tests.cli.test_timing import rows

from jettison.cli.environment import read_settings
from jettison.cli.main import EXIT_BROKEN_PIPE
from jettison.cli.variables import VARIABLES
from jettison.errors import StorageError
from jettison.model.reference import Reference
from jettison.recall.question import FOLDER, question, recall_path
from jettison.recall.record import KEPT_SECONDS, read_record, write_record
from jettison.store import Store

BUSYBOX = shutil.which("busybox") or ""

ALLOWED = Path(__file__).parents[1] / "architecture" / "modules_of_a_remembered_build.txt"

WATCHED = """\
import sys
before = {*sys.modules}
report, *argv = sys.argv[1:]
seen = {"opened": [], "started": []}
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        seen["opened"].append(str(arguments[0]))
    elif event in ("subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.forkpty"):
        seen["started"].append(event)
from jettison.cli.main import entry_point
sys.addaudithook(watch)
sys.argv[1:] = argv
code = entry_point()
seen["modules"] = sorted({*sys.modules} - before)
import json
with open(report, "w") as file:
    json.dump(seen, file)
sys.exit(code)
"""

DOCKERFILE = """\
FROM base
ARG GREETING=hello
LABEL greeting=$GREETING
COPY . /app/
COPY big /big
"""


@dataclass(frozen=True)
class Seen:
    """What a command line did."""

    code: int
    out: str
    err: str
    modules: tuple[str, ...]
    opened: tuple[str, ...]
    started: tuple[str, ...]

    @property
    def recalled(self) -> bool:
        """Whether it was answered from memory."""
        return "jettison.cli.parser" not in self.modules


@dataclass(frozen=True)
class Desk:
    """A folder with a build context, a store, and the program."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def context(self) -> Path:
        return self.root / "context"

    def run(self, *argv: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Seen:
        """Run in a process of its own, which is watched."""
        report = self.root / "report.json"
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.root), "JETTISON_HOME": str(self.home)}
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, str(report), *argv],
            cwd=folder or self.root,
            env=variables | self.environment | dict(environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        seen = json.loads(report.read_text())
        return Seen(
            done.returncode, done.stdout, done.stderr, *(tuple(seen[key]) for key in ("modules", "opened", "started"))
        )

    def build(self, *argv: str, environment: Mapping[str, str] | None = None) -> Seen:
        """Build the context into an archive."""
        return self.run("build", "-o", "type=oci,dest=out.tar", *argv, "context", environment=environment)

    def settle(self) -> None:
        """Let the clock of the file system go on: what is as young as a build is not remembered."""
        time.sleep(0.05)

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Mode and content of all files of the newest archive."""
        return archive_files(self.root / "out.tar")


def archive_files(path: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of the files of an image archive, later layers over earlier ones."""
    with tarfile.open(path) as archive:

        def load(name: str) -> bytes:
            member = archive.extractfile(name)
            assert member is not None
            return member.read()

        def blob(digest: str) -> bytes:
            return load("blobs/" + digest.replace(":", "/"))

        manifest = json.loads(blob(json.loads(load("index.json"))["manifests"][0]["digest"]))
        found: dict[str, tuple[int, bytes]] = {"config": (0, blob(manifest["config"]["digest"]))}
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=io.BytesIO(blob(layer["digest"]))) as tar:
                for member in tar:
                    content = tar.extractfile(member) if member.isreg() else None
                    found[member.name] = (member.mode, content.read() if content else b"")
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A context, built once on the base image ``base``."""
    desk = Desk(tmp_path)
    make_base(desk, "one")
    (desk.context / "sub").mkdir(parents=True)
    (desk.context / "Dockerfile").write_text(DOCKERFILE)
    (desk.context / "a").write_text("a")
    (desk.context / "sub" / "b").write_text("b")
    (desk.context / "big").write_bytes(os.urandom(100_000))
    desk.settle()
    assert desk.build().code == 0
    return desk


@pytest.fixture
def known(desk: Desk) -> Desk:
    """The same, and the build is known to be remembered."""
    assert desk.build().recalled
    return desk


def make_base(desk: Desk, text: str) -> None:
    """Build the base image anew, holding this text."""
    folder = desk.root / f"base-{text}"
    folder.mkdir()
    (folder / "text").write_text(text)
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY text /\n")
    assert desk.run("build", "-q", "-t", "base", str(folder)).code == 0


def other_content(desk: Desk) -> None:
    path = desk.context / "a"
    status = path.stat()
    path.write_text("A")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def other_mode(desk: Desk) -> None:
    (desk.context / "a").chmod(0o755)


def other_name(desk: Desk) -> None:
    (desk.context / "sub" / "b").rename(desk.context / "sub" / "c")


def new_file(desk: Desk) -> None:
    (desk.context / "sub" / "new").write_text("new")


def gone_file(desk: Desk) -> None:
    (desk.context / "a").unlink()


def replaced_folder(desk: Desk) -> None:
    shutil.copytree(desk.context / "sub", desk.context / "sub2")
    shutil.rmtree(desk.context / "sub")
    (desk.context / "sub2").rename(desk.context / "sub")
    (desk.context / "sub" / "b").write_text("B")


def ignore_file(desk: Desk) -> None:
    (desk.context / ".dockerignore").write_text("a\n")


def own_ignore_file(desk: Desk) -> None:
    (desk.context / "Dockerfile.dockerignore").write_text("sub\n")


def other_dockerfile(desk: Desk) -> None:
    (desk.context / "Dockerfile").write_text(DOCKERFILE.replace("/app", "/other"))


def other_base(desk: Desk) -> None:
    make_base(desk, "two")


CHANGES: dict[str, Callable[[Desk], None]] = {
    change.__name__: change
    for change in (
        other_content, other_mode, other_name, new_file, gone_file, replaced_folder, ignore_file, own_ignore_file,
        other_dockerfile, other_base,
    )
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(known: Desk, change: Callable[[Desk], None]) -> None:
    """What a build reads is read again; the image is what a store that knows nothing makes of it."""
    before = known.files()
    change(known)
    known.settle()
    seen = known.build()
    assert (seen.code, seen.recalled) == (0, False)
    after = known.files()
    assert after != before
    base = "two" if change is other_base else "one"
    fresh = Desk(known.root, {"JETTISON_HOME": str(known.root / "fresh")})
    (known.root / f"base-{base}").rename(known.root / "base-again")
    assert fresh.run("build", "-q", "-t", "base", str(known.root / "base-again")).code == 0
    assert fresh.build().code == 0
    del after["config"]
    assert {name: found for name, found in known.files().items() if name != "config"} == after


def touched(desk: Desk) -> None:
    os.utime(desk.context / "a")


def copied_back(desk: Desk) -> None:
    path = desk.context / "a"
    shutil.copy2(path, desk.root / "copy")
    (desk.root / "copy").rename(path)


def lost_layer(desk: Desk) -> None:
    for layer in (desk.home / "layers").iterdir():
        if (desk.home / "blobs" / "sha256" / layer.name).stat().st_size > len(b"big") * 10_000:  # not that of the base
            shutil.rmtree(layer)


def lost_blob(desk: Desk) -> None:
    biggest = max((desk.home / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    biggest.unlink()


def pruned(desk: Desk) -> None:
    assert desk.run("prune", "-f").code == 0


def strange_record(desk: Desk) -> None:
    for path in (desk.home / FOLDER).iterdir():
        path.write_bytes(path.read_bytes()[:100])


def newer_format(desk: Desk) -> None:
    edit_records(desk, question="[2]")


def old(desk: Desk) -> None:
    edit_records(desk, made=time.time() - KEPT_SECONDS - 1)


def from_the_future(desk: Desk) -> None:
    edit_records(desk, made=time.time() + 100)


def incomplete(desk: Desk) -> None:
    edit_records(desk, followed=None)


def edit_records(desk: Desk, **changes: object) -> None:
    for path in (desk.home / FOLDER).iterdir():
        record = read_record(str(path))
        assert record is not None
        record.document |= changes
        write_record(str(path), record)


DOUBTS: dict[str, Callable[[Desk], None]] = {
    doubt.__name__: doubt
    for doubt in (
        touched, copied_back, lost_layer, lost_blob, pruned, strange_record, newer_format, old,
        from_the_future, incomplete,
    )
}  # fmt: skip


@pytest.mark.parametrize("doubt", DOUBTS.values(), ids=DOUBTS)
def test_in_doubt_the_build_is_asked_for_in_earnest(known: Desk, doubt: Callable[[Desk], None]) -> None:
    """Never an error: the ordinary build gives the same image, and is remembered in its turn."""
    before = {name: found for name, found in known.files().items() if name != "config"}
    doubt(known)
    known.settle()
    seen = known.build()
    assert (seen.code, seen.recalled) == (0, False), seen.err
    assert {name: found for name, found in known.files().items() if name != "config"} == before
    known.settle()
    known.build()
    assert known.build().recalled


def test_a_damaged_blob_is_not_given_out(known: Desk) -> None:
    """A blob that was written to is read in earnest, which finds the damage; the next build makes it anew."""
    before = known.files()
    for path in (known.home / "blobs" / "sha256").iterdir():
        data = path.read_bytes()
        if len(data) > 50_000 and data[:2] == b"\x1f\x8b":
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
            break
    known.settle()
    damaged = known.build()
    assert (damaged.recalled, damaged.code) == (False, 5)
    assert known.files() == before
    assert known.build().code == 0
    assert known.files() == before


def test_the_environment_is_part_of_the_question(known: Desk) -> None:
    """Variables that count, and those that the command line names; no others."""
    assert known.build(environment={"UNREAD": "x"}).recalled
    assert not known.build(environment={"SOURCE_DATE_EPOCH": "1"}).recalled
    for text in ("a", "b"):
        for _ in range(2):
            known.build("--build-arg", "GREETING", environment={"GREETING": text})
        seen = known.build("--build-arg", "GREETING", environment={"GREETING": text})
        assert seen.recalled
        config = json.loads(known.files()["config"][1])
        assert config["config"]["Labels"] == {"greeting": text}


def test_all_variables_that_are_read_by_name_are_known() -> None:
    """The settings look at no variable that is missing in the list."""

    class Watched(dict[str, str]):
        asked: ClassVar[set[str]] = set()

        def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
            self.asked.add(key)
            return default

        def __getitem__(self, key: str) -> str:
            self.asked.add(key)
            return super().__getitem__(key)

    read_settings(Watched())
    assert Watched.asked - {*VARIABLES} == set()


def test_another_version_asks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another jettison remembered answers nothing."""
    mine = question(["build", "."], {}, VARIABLES)
    monkeypatch.setattr("jettison.__version__", "999")
    other = question(["build", "."], {}, VARIABLES)
    assert mine != other
    assert recall_path("/home", mine) != recall_path("/home", other)


@pytest.mark.parametrize("flags", [("--home", "{}"), ("--home={}",)], ids=" ".join)
def test_a_store_that_is_named_is_asked(desk: Desk, flags: tuple[str, ...]) -> None:
    """``--home`` before the command leads to the store that remembers, and to no other."""
    named = [flag.format(desk.root / "named") for flag in flags]
    other = [flag.format(desk.root / "other") for flag in flags]
    (desk.context / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    desk.settle()
    build = ("build", "-o", "type=oci,dest=out.tar", "context")
    seen = [desk.run(*home, *build) for home in (named, named, other, other)]
    assert [(one.code, one.recalled) for one in seen] == [(0, False), (0, True), (0, False), (0, True)]
    assert len(os.listdir(desk.root / "named" / FOLDER)) == 1


def test_a_store_named_after_the_command_does_not_remember(desk: Desk) -> None:
    """There the options of ``build`` would have to be understood first."""
    elsewhere = desk.root / "elsewhere"
    before = len(os.listdir(desk.home / FOLDER))
    for _ in range(2):
        seen = desk.run("build", "--home", str(elsewhere), "-o", "type=oci,dest=out.tar", str(desk.root / "base-one"))
        assert (seen.code, seen.recalled) == (0, False)
    assert len(os.listdir(desk.home / FOLDER)) == before
    assert not (elsewhere / FOLDER).exists()


@pytest.mark.parametrize("progress", ["plain", "rawjson", "quiet"])
def test_the_display_is_that_of_the_ordinary_build(desk: Desk, progress: str) -> None:
    """Line by line, apart from times."""
    flags = ["-q"] if progress == "quiet" else [f"--progress={progress}"]
    (desk.context / "Dockerfile").write_text(
        DOCKERFILE + "COPY a /other\nENTRYPOINT echo\n"
    )  # new, and a check has something to say
    desk.settle()
    cold = desk.build(*flags)
    again = desk.build(*flags)
    shutil.rmtree(desk.home / FOLDER)
    cached, last = desk.build(*flags), desk.build(*flags)
    assert [seen.recalled for seen in (cold, again, cached, last)] == [False, True, False, True]
    for seen in (again, last):
        assert (without_times(seen.err), seen.out) == (without_times(cached.err), cached.out)
    assert bool(again.err) != bool(again.out)


@pytest.mark.root
@pytest.mark.skipif(not BUSYBOX, reason="busybox-static is not installed")
def test_a_build_that_worked_is_remembered_as_cached(desk: Desk) -> None:
    """Commands, their output and what is said of the sandbox are of the first build alone."""
    shutil.copy(BUSYBOX, desk.context / "busybox")
    (desk.context / "Dockerfile").write_text(
        "FROM scratch AS tools\nCOPY busybox /bin/sh\nRUN echo told; echo $((1 + 1)) > /two\n"
        "FROM scratch\nCOPY --from=tools /two /\nCOPY nothing* a /\n"
    )
    desk.settle()
    worked = desk.build()
    assert worked.code == 0, worked.err
    assert "told" in worked.err
    files = desk.files()
    again = desk.build()
    assert (again.recalled, desk.files()) == (True, files)
    shutil.rmtree(desk.home / FOLDER)
    cached = desk.build()
    assert not cached.recalled
    assert sorted(map(str, without_times(again.err))) == sorted(map(str, without_times(cached.err)))
    assert desk.files() == files


def without_times(text: str) -> list[object]:
    lines: list[object] = []
    for line in text.splitlines():
        if line.startswith("{"):
            document = json.loads(line)
            assert abs(document.pop("time") - time.time()) < 600
            lines.append(document)
        else:
            lines.append(line.rpartition(" DONE ")[0] or line)
    return lines


def test_the_live_display_is_that_of_the_ordinary_build(desk: Desk) -> None:
    """The lines that stay on a terminal."""
    argv = [sys.executable, "-m", "jettison", "build", "-o", "type=oci,dest=out.tar", "context"]
    variables = {"PATH": os.environ["PATH"], "HOME": str(desk.root), "JETTISON_HOME": str(desk.home), "TERM": "xterm"}
    screens = []
    before = len(os.listdir(desk.home / FOLDER))
    for _ in range(3):
        with Terminal(argv, variables, desk.root) as terminal:
            terminal.wait_for("\x1b[?25h")
            assert terminal.process.wait() == 0
            screens.append(lasting_lines(terminal.seen))
    assert len(os.listdir(desk.home / FOLDER)) == before + 1
    assert screens[1] == screens[0]
    assert screens[2] == screens[0]
    assert "CACHED" in screens[0][0]
    assert screens[0][-1].startswith("built ")


def lasting_lines(screen: str) -> list[str]:
    """What stays on a terminal: the lines of finished steps, the header of the end, and the outcome; times apart."""
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen)
    lines = [re.sub(r" *\d+\.\ds", "", line).strip() for line in re.split(r"[\r\n]+", text)]
    lasting = [line for line in lines if line.startswith(("=> ", "built ")) or "FINISHED" in line]
    return sorted({*lasting}, key=lasting.index)


def test_an_image_of_the_store_is_looked_up(known: Desk) -> None:
    """It is the same as long as its name leads to it; a name that moved is moved back."""
    argv = ("build", "-q", "-t", "app", "context")
    known.run(*argv)
    known.run(*argv)
    again = known.run(*argv)
    assert again.recalled
    with Store.open(known.home) as store:
        base = store.images.find("base").image_id
        store.images.tag(Reference.parse("app"), base)
    moved = known.run(*argv)
    assert (moved.recalled, moved.out) == (False, again.out)
    with Store.open(known.home) as store:
        assert str(store.images.find("app").image_id) == again.out.strip()
        store.remove_image("app")
    removed = known.run(*argv)
    assert (removed.recalled, removed.out) == (False, again.out)


def test_another_folder_is_another_question(known: Desk) -> None:
    """The paths of a command line mean something else there."""
    other = known.root / "other"
    shutil.copytree(known.context, other / "context")
    assert not known.run("build", "-o", "type=oci,dest=out.tar", "context", folder=other).recalled


@pytest.mark.parametrize(
    "flag", ["--no-cache", "--pull=true", "--iidfile=id", "--sbom=true", "--build-context=x=context"]
)
def test_what_is_not_simple_is_not_remembered(desk: Desk, flag: str) -> None:
    """Such builds are done in earnest every time."""
    if flag.startswith("--pull"):
        (desk.context / "Dockerfile").write_text(DOCKERFILE.replace("FROM base", "FROM scratch"))
        desk.settle()
    for _ in range(3):
        seen = desk.build(flag)
        assert (seen.code, seen.recalled) == (0, False), seen.err


def test_an_archive_appears_whole_or_not_at_all(known: Desk) -> None:
    """A folder that is gone is told of by the ordinary build; nothing else is left."""
    argv = ("build", "-o", "type=oci,dest=sub/out.tar", "context")
    (known.root / "sub").mkdir()
    for _ in range(3):
        seen = known.run(*argv)
    assert seen.recalled
    assert os.listdir(known.root / "sub") == ["out.tar"]
    shutil.rmtree(known.root / "sub")
    gone = known.run(*argv)
    assert (gone.recalled, gone.code) == (False, 6)
    assert "does not exist" in gone.err


def test_a_warm_build_opens_no_context_file_and_starts_nothing(known: Desk) -> None:
    """It reads its record, and the blobs that it copies."""
    seen = known.build()
    assert seen.recalled
    assert seen.started == ()
    opened = [path for path in seen.opened if not path.endswith((".py", ".pyc", ".so"))]
    assert [path for path in opened if "context" in path] == []
    places = {path.replace(str(known.home), "").split("/")[1] for path in opened if path.startswith(str(known.home))}
    assert places == {FOLDER, "blobs"}
    assert len([path for path in opened if FOLDER in path]) == 1


def test_a_warm_build_imports_what_it_needs(known: Desk) -> None:
    """A new import on the way that everybody waits for is a decision: it goes into the list."""
    allowed = ALLOWED.read_text().split()
    assert allowed == sorted(allowed)
    ours = [name for name in known.build().modules if name.startswith("jettison")]
    assert ours == [name for name in allowed if name.startswith("jettison")]
    assert {*known.build().modules} - {*allowed} == set()


@pytest.mark.parametrize(("device", "code"), [("pipe", EXIT_BROKEN_PIPE), ("/dev/full", StorageError.exit_code)])
def test_nobody_listens(known: Desk, device: str, code: int) -> None:
    """A standard output that is gone or full ends a remembered build as it ends any other: in one line at most."""
    while not known.build("-q").recalled:
        known.settle()
    if device == "pipe":
        reader, output = os.pipe()
        os.close(reader)
    else:
        output = os.open(device, os.O_WRONLY)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "jettison", "build", "-o", "type=oci,dest=out.tar", "-q", "context"],
            cwd=known.root,
            env={"PATH": os.environ["PATH"], "HOME": str(known.root), "JETTISON_HOME": str(known.home)},
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(output)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


UNUSED = (
    "urllib3", "ssl", "http", "email", "subprocess", "tempfile", "secrets", "difflib", "csv", "isal", "deflate", "backports",
    "jettison.packages", "jettison.attest.spdx", "jettison.attest.provenance", "jettison.registry.transport", "jettison.hcl",
    "jettison.engine.clamp", "jettison.engine.publish", "jettison.engine.url_step", "jettison.layout.detect",
    "jettison.rootfs", "jettison.sandbox.launch", "jettison.sources.git", "jettison.sources.http",
)  # fmt: skip
"""What a build that finds everything in the cache has no use for."""


def test_an_ordinary_cached_build_imports_nothing_of_the_work(desk: Desk) -> None:
    """It asks the cache and writes the archive: no network, no commands, no codecs, no statements about the image."""
    shutil.rmtree(desk.home / FOLDER)
    seen = desk.build()
    assert (seen.code, seen.recalled) == (0, False)
    assert [
        name for name in seen.modules if name.startswith(tuple(f"{unused}." for unused in UNUSED)) or name in UNUSED
    ] == []


def test_an_image_with_a_long_manifest_is_remembered(desk: Desk) -> None:
    """It is in no store, and so part of the answer."""
    flag = f"--annotation=long={'x' * 50_000}"
    first = desk.build(flag)
    assert first.code == 0 and not first.recalled
    archive = (desk.root / "out.tar").read_bytes()
    again = desk.build(flag)
    assert again.code == 0 and again.recalled
    assert (desk.root / "out.tar").read_bytes() == archive


def test_what_an_answer_took(known: Desk) -> None:
    """With ``--timing`` it is the same question, and the answer is as quick; without it nothing is told."""
    seen = known.build("--timing")
    assert seen.code == 0 and seen.recalled
    assert list(rows(seen.err)) == ["start-up", "whether anything changed", "export", "elsewhere", "total"]
    assert "where the time went, answered from memory\n" in seen.err
    assert "where the time went" not in known.build().err


def test_timing_as_the_value_of_another_option_is_that(known: Desk) -> None:
    """Where the flag may be a value, or is said not to be meant, the build is made in earnest."""
    for flags in (("--build-arg", "--timing"), ("--timing=false",), ("--timing=true",)):
        seen = known.build(*flags)
        assert seen.code == 0 and not seen.recalled
        assert ("where the time went" in seen.err) is (flags == ("--timing=true",))


def test_a_build_that_files_or_programs_are_told_of_is_measured_in_earnest(known: Desk) -> None:
    """What was not done has no spans."""
    for flags in (("--progress", "rawjson", "--timing"), ("--trace", "trace.json"), ("--metadata-file", "metadata")):
        for _ in range(2):
            assert not known.build(*flags).recalled
