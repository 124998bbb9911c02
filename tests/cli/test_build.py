"""build, run, load, save and pull, from the command line to the store and back."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.terminal import Terminal
from tests.registry.support import running_registry
from tests.support.git_server import Repository, serving_git

from jettison.cli.build import ISOLATIONS, NOT_YET_VALUES
from jettison.sandbox.probe import ISOLATIONS as KNOWN_ISOLATIONS

BUSYBOX = shutil.which("busybox") or ""
pytestmark = [pytest.mark.root, pytest.mark.skipif(not BUSYBOX, reason="busybox-static is not installed")]

DOCKERFILE = """\
FROM scratch AS tools
COPY busybox /bin/sh
FROM tools
ARG GREETING=hello
RUN echo $GREETING > /greeting
LABEL team=red
CMD ["/bin/sh", "-c", "read line < /greeting; echo $line"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context."""
    folder = tmp_path / "context"
    folder.mkdir()
    shutil.copy(BUSYBOX, folder / "busybox")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    return folder


@pytest.fixture
def command(home: Path) -> list[str]:
    """The program as a process of its own."""
    return [sys.executable, "-m", "jettison", "--home", str(home)]


def call(command: list[str], *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *argv], check=False, input=stdin, capture_output=True, text=True)


def test_build_run_images_history(run: Run, command: list[str], context: Path) -> None:
    """The way of a first image; building again runs nothing."""
    built = run("build", "-t", "app", "-t", "quay.io/team/app:v1", str(context), "--progress", "plain")
    assert (built.code, built.out) == (0, "")
    assert "RUN echo hello > /greeting" in built.err
    ran = call(command, "run", "--rm", "app")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "hello\n", "")
    assert run("images", "--format", "{{.Repository}}:{{.Tag}}").out.split() == ["app:latest", "quay.io/team/app:v1"]
    assert len(run("history", "-q", "app").out.split()) == 5
    again = run("build", "-t", "app", str(context))
    assert "DONE" not in again.err
    assert again.err.count("CACHED") == again.err.count("\n\n")


def test_quiet_and_the_files_of_ids(run: Run, context: Path, tmp_path: Path) -> None:
    """-q prints the id alone; --iidfile and --metadata-file hold it too."""
    id_file, metadata = tmp_path / "id", tmp_path / "metadata"
    built = run("build", "-q", "--iidfile", str(id_file), "--metadata-file", str(metadata), "-t", "app", str(context))
    assert (built.code, built.err) == (0, "")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", built.out)
    assert id_file.read_text() == built.out.strip()
    told = json.loads(metadata.read_text())
    assert re.fullmatch("jettison/jettison/[0-9a-f]{25}", told.pop("buildx.build.ref"))
    assert told.pop("jettison.timeline")["seconds"] > 0
    assert told == {
        "containerimage.config.digest": built.out.strip(),
        "containerimage.digest": built.out.strip(),
        "image.name": "docker.io/library/app:latest",
    }


@pytest.mark.parametrize(
    ("flags", "message", "hint"),
    [
        (["--iidfile", "no/id"], "--iidfile: cannot write 'no/id': the folder 'no' does not exist", "mkdir -p no"),
        (["--metadata-file", "no/m"], "--metadata-file: cannot write 'no/m'", "mkdir -p no"),
        (["-o", "type=oci,dest=no/a/x.tar"], "--output type=oci: cannot write 'no/a/x.tar'", "mkdir -p no/a"),
        (["-o", "type=tar,dest=."], "--output type=tar: '.' is a folder", "name a file"),
        (["-o", "file/x"], "--output type=local: cannot make the folder 'file/x': 'file' is not a folder", ""),
    ],
)
def test_a_place_that_cannot_be_written(
    run: Run, context: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], message: str, hint: str
) -> None:
    """It is told before anything is built, and with what to do about it."""
    monkeypatch.chdir(context)
    (context / "file").write_text("")
    built = run("build", *flags, "--progress", "plain", ".")
    assert built.code in (2, 6)
    assert f"jettison: {message}" in built.err
    assert hint in built.err
    assert "RUN" not in built.err


def test_a_folder_for_files_is_made(run: Run, context: Path, tmp_path: Path) -> None:
    """As docker does, with all that leads to it."""
    assert run("build", "-q", "-o", str(tmp_path / "new/folder"), str(context)).code == 0
    assert (tmp_path / "new/folder/greeting").read_text() == "hello\n"


def test_arguments_labels_and_target(run: Run, command: list[str], context: Path) -> None:
    """--build-arg with a value or from the environment, --label, --target."""
    assert run("build", "-q", "-t", "a", "--build-arg", "GREETING=hej", "--label", "team=blue", str(context)).code == 0
    assert call(command, "run", "--rm", "a").stdout == "hej\n"
    assert run("inspect", "-f", '{{index .Config.Labels "team"}}', "a").out == "blue\n"
    environment = {"GREETING": "moin"}
    assert run("build", "-q", "-t", "b", "--build-arg", "GREETING", str(context), environment=environment).code == 0
    assert call(command, "run", "--rm", "b").stdout == "moin\n"
    assert run("build", "-q", "-t", "c", "--target", "tools", str(context)).code == 0
    assert len(run("history", "-q", "c").out.split()) == 1


def test_standard_input(run: Run, context: Path) -> None:
    """A Dockerfile for a context, a Dockerfile alone, a tar of a context."""
    dockerfile = b"FROM scratch\nCOPY busybox /bin/sh\n"
    assert run("build", "-q", "-f", "-", str(context), stdin=dockerfile).code == 0
    assert run("build", "-q", "-", stdin=b"FROM scratch\nLABEL a=b\n").code == 0
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.add(context, ".")
    assert run("build", "-q", "-", stdin=packed.getvalue()).code == 0
    both = run("build", "-f", "-", "-")
    assert both.code == 2
    assert "cannot be both" in both.err


def test_outputs(run: Run, command: list[str], context: Path, tmp_path: Path) -> None:
    """Archives, a layout, files; to files, folders and standard output."""
    oci, docker, layout, files = (tmp_path / name for name in ("oci.tar", "docker.tar", "layout", "files"))
    for output in (
        f"type=oci,dest={oci}",
        f"type=docker,dest={docker}",
        f"type=oci,tar=false,dest={layout}",
        str(files),
    ):
        assert run("build", "-q", "-t", "app", "-o", output, str(context)).code == 0, output
    assert run("images", "-q").out == ""
    assert (files / "greeting").read_text() == "hello\n"
    assert (layout / "oci-layout").is_file()
    streamed = subprocess.run(
        [*command, "build", "-q", "-o", "-", str(context)], check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(streamed)) as tar:
        assert "greeting" in tar.getnames()
    for archive in (oci, docker, layout):
        assert run("load", "-q", "-i", str(archive)).out == "Loaded image: app:latest\n"
        assert run("rmi", "app").code == 0
    assert run("load", "-q", stdin=docker.read_bytes()).code == 0


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("type=registry", "tag is needed when pushing"),
        ("type=local,dest=x,compression=gzip", "type=local has no 'compression'"),
        ("type=oci,dest=x,compression=zstd,oci-mediatypes=false", "conflicts with"),
        ("type=image,annotation-indx.a=b", "unknown annotation type 'indx'"),
        ("type=lokal,dest=x", "did you mean 'local'?"),
        ("type=local", "needs dest=FOLDER"),
        ("dest=x", "type is missing"),
        ("type=oci,dset=x", "unknown key 'dset'"),
        ("type=oci,tar=maybe,dest=x", "expected true or false"),
        ("type=oci,compression=lzma,dest=x", "--output type=oci,compression=lzma,dest=x: compression=lzma is unknown"),
        ("type=oci,compression=estargz,dest=x", "compression=estargz is not supported"),
        ("type=oci,compression-level=99,dest=x", "gzip has no level 99: expected 0 to 12"),
        ("type=image,dest=x", "has no dest"),
    ],
)
def test_outputs_without_sense(run: Run, context: Path, output: str, text: str) -> None:
    """Said before anything is built."""
    result = run("build", "-o", output, str(context))
    assert result.code == 2
    assert text in result.err
    assert "#1" not in result.err


@pytest.mark.parametrize("flag", [f"{flags.rpartition('/')[2]}=x" for flags in NOT_YET_VALUES])
def test_flags_that_come_later_are_refused_by_name(run: Run, context: Path, flag: str) -> None:
    """Not ignored."""
    result = run("build", flag, str(context))
    assert result.code == 2
    assert result.err.startswith(f"jettison: {flag.partition('=')[0]} is not supported yet")


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param(["-o", "", "."], id="output"),
        pytest.param([""], id="PATH"),
        pytest.param(["-t", "", "."], id="tag"),
    ],
)
def test_what_is_empty_is_no_folder(run: Run, context: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str]) -> None:
    """A shell's variable that is not set writes no files here, and reads none."""
    monkeypatch.chdir(context)
    before = sorted(context.iterdir())
    result = run("build", *argv)
    assert (result.code, sorted(context.iterdir())) == (2, before)
    assert "empty" in result.err


@pytest.mark.parametrize("by", ["flag", "environment"])
def test_progress_that_shows_nothing(run: Run, context: Path, by: str) -> None:
    """``quiet`` prints the ID, ``none`` nothing, errors are told all the same."""
    for word, lines in (("quiet", 1), ("none", 0)):
        argv, environment = (["--progress", word], {}) if by == "flag" else ([], {"BUILDKIT_PROGRESS": word})
        done = run("build", *argv, str(context), environment=environment)
        assert (done.code, done.err, len(done.out.splitlines())) == (0, "", lines)
        failed = run("build", *argv, "--target", "nowhere", str(context), environment=environment)
        assert failed.code == 1 and "nowhere" in failed.err


def test_a_failing_run(run: Run, context: Path) -> None:
    """Exit code 1, the last lines, the line of the Dockerfile, once, and nothing that steers the terminal."""
    (context / "Dockerfile").write_text('FROM scratch\nCOPY busybox /bin/sh\nRUN echo one; echo "two\x1b[2J"; exit 7\n')
    result = run("build", "-t", "app", "--progress", "rawjson", str(context))
    assert (result.code, result.out) == (1, "")
    error = result.err.partition("jettison: ")[2]
    assert "exit code: 7" in error
    assert error.count("two") >= 1
    assert "Dockerfile:3" in error
    assert "\x1b" not in error
    assert run("images", "-q").out == ""


def test_the_json_log(run: Run, context: Path) -> None:
    """Each line one event; output as it was written."""
    (context / "Dockerfile").write_text("FROM scratch\nCOPY busybox /bin/sh\nRUN echo one\n")
    events = [json.loads(line) for line in run("build", "--progress", "rawjson", str(context)).err.splitlines()]
    assert events[0]["event"] == "build_started"
    assert events[-1]["event"] == "build_finished"
    written = b"".join(base64.b64decode(event["data"]) for event in events if event["event"] == "vertex_output")
    assert written == b"one\n"


def test_a_build_that_takes_too_long_or_is_interrupted(command: list[str], context: Path) -> None:
    """--timeout, SIGINT and SIGTERM end the command and all of its children."""
    (context / "Dockerfile").write_text(
        'FROM scratch\nCOPY busybox /bin/sh\nRUN ["/bin/sh", "-c", "echo started; while :; do :; done"]\n'
    )
    late = call(command, "build", "--timeout", "1s", "--progress", "plain", str(context))
    assert late.returncode == 1
    assert "not done after 1 seconds" in late.stderr
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen(
            [*command, "build", "--progress", "plain", str(context)], stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None
            while not process.stderr.readline().rstrip().endswith(" started"):
                assert process.poll() is None
            process.send_signal(number)
            assert process.wait() == 130
            assert process.stderr.read().endswith("jettison: interrupted\n")


def test_the_live_display_gives_the_terminal_back(command: list[str], context: Path) -> None:
    """On a terminal the display is live; after Ctrl-C the cursor is there again."""
    (context / "Dockerfile").write_text(
        'FROM scratch\nCOPY busybox /bin/sh\nRUN ["/bin/sh", "-c", "echo started; while :; do :; done"]\n'
    )
    environment = os.environ | {"TERM": "xterm"}
    with Terminal([*command, "build", str(context)], environment, context) as terminal:
        terminal.wait_for("started")
        terminal.send("\x03")
        terminal.wait_for("interrupted")
        assert terminal.seen.rindex("\x1b[?25h") > terminal.seen.rindex("\x1b[?25l")
        assert "CANCELED" in terminal.seen


def test_run_passes_things_on(run: Run, command: list[str], context: Path, tmp_path: Path) -> None:
    """Exit code, environment, standard input, volumes, working folder, entrypoint; docker's codes when it cannot run."""
    run("build", "-q", "-t", "app", str(context))
    env_file = tmp_path / "env"
    env_file.write_text("# a remark\nA=1\nB=2\n")
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "file").write_text("content\n")
    shell = ("app", "/bin/sh", "-c")
    assert call(command, "run", "--rm", *shell, "exit 42").returncode == 42
    assert (
        call(command, "run", "--rm", "-e", "B=3", "--env-file", str(env_file), *shell, "echo $A $B").stdout == "1 3\n"
    )
    assert call(command, "run", "--rm", "-i", *shell, "read a; echo $a", stdin="in\n").stdout == "in\n"
    assert (
        call(command, "run", "--rm", "-v", f"{shared}:/x:ro", *shell, "read a < /x/file; echo $a").stdout == "content\n"
    )
    mount = f"type=bind,source={shared},target=/x,readonly"
    assert call(command, "run", "--rm", "--mount", mount, *shell, "echo a > /x/new").returncode != 0
    assert call(command, "run", "--rm", "-w", "/bin", *shell, "echo $PWD").stdout == "/bin\n"
    assert call(command, "run", "--rm", "--entrypoint", "/bin/sh", "app", "-c", "echo entry").stdout == "entry\n"
    assert call(command, "run", "--rm", "app", "/nosuch").returncode == 127
    assert call(command, "run", "--pull", "never", "nosuch").returncode == 125
    assert call(command, "run", "--rm", "-t", "app").returncode == 125
    noted = call(command, "run", "--rm", "-p", "80:80", "app")
    assert noted.stderr.startswith("note: ")
    refused = call(command, "run", "-d", "app")
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (125, "jettison: --detach is not supported yet")
    assert call(command, "run", "--name", "owl", "app").stdout == "hello\n"
    assert run("ps", "-a", "--format", "{{.Names}} {{.Image}}").out == "owl app\n"


def test_run_without_root_says_that_it_needs_it(run: Run, command: list[str], home: Path, context: Path) -> None:
    """In the words of a build, and before layers are unpacked, which fails on the first file of another owner."""
    assert run("build", "-q", "-t", "app", str(context)).code == 0
    subprocess.run(["chown", "-R", "65534:65534", str(home)], check=True)
    reading = "+dac_read_search"  # of pytest's folders, and wherever this program lies
    nobody = ["setpriv", "--reuid=65534", "--clear-groups", f"--inh-caps={reading}", f"--ambient-caps={reading}"]
    done = call([*nobody, *command], "run", "--rm", "app")
    assert done.returncode == 125
    first, hint = done.stderr.splitlines()[-2:]
    assert first.endswith("no way of running a command works here: commands need root for now, and this is user 65534")
    assert hint.startswith("hint: run it as root; what runs nothing (COPY, ADD, weigh")


def test_run_on_a_terminal(run: Run, command: list[str], context: Path) -> None:
    """-it gives the command a terminal, from the beginning as large as the user's."""
    run("build", "-q", "-t", "app", str(context))
    with Terminal([*command, "run", "--rm", "-it", "app", "/bin/sh"], os.environ, context) as terminal:
        terminal.wait_for("# ")
        terminal.send("/bin/sh -c 'stty size'\n")
        terminal.wait_for("33 77")
        terminal.send("test -t 0 && test -t 1 && echo ter''minal; exit 5\n")
        terminal.wait_for("terminal")
        assert terminal.process.wait(60) == 5


def test_rm_gives_the_terminal_back(run: Run, command: list[str], context: Path) -> None:
    """``rm -f`` of a container with a terminal: the terminal is no longer raw, and the run says that it was killed."""
    run("build", "-q", "-t", "app", str(context))
    with Terminal([*command, "run", "--name", "owl", "-it", "app", "/bin/sh"], os.environ, context) as terminal:
        terminal.wait_for("# ")
        assert not terminal.echoes()
        assert run("rm", "-f", "owl").out == "owl\n"
        assert terminal.process.wait(60) == 137
        assert terminal.echoes()


def test_a_closed_window_ends_the_container(run: Run, command: list[str], context: Path) -> None:
    """The terminal that goes away takes the command along, and no more than that."""
    run("build", "-q", "-t", "app", str(context))
    with Terminal([*command, "run", "--name", "owl", "-it", "app", "/bin/sh"], os.environ, context) as terminal:
        terminal.wait_for("# ")
        terminal.hang_up()
        assert terminal.process.wait(60) == 137
    assert run("ps", "-a", "--format", "{{.Names}} {{.Status}}").out.startswith("owl Exited (137)")


@pytest.mark.parametrize("remove", [True, False])
@pytest.mark.parametrize(
    ("script", "signals", "status"),
    [
        pytest.param("trap 'exit 3' TERM; echo up; while :; do sleep 0.02; done", 1, 3, id="handled"),
        pytest.param("echo up; sleep 1000", 2, 137, id="killed by the second"),
    ],
)
def test_sigterm_ends_the_container(
    run: Run, command: list[str], context: Path, script: str, signals: int, status: int, remove: bool
) -> None:
    """As with ``timeout 10 jettison run --rm``: the command's own status is returned and recorded; --rm removes."""
    run("build", "-q", "-t", "app", str(context))
    flags = ["--rm"] if remove else []
    argv = [*command, "run", *flags, "--name", "owl", "app", "/bin/sh", "-c", script]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        for _ in range(signals):
            process.terminate()
            time.sleep(0.3)
        assert process.wait(60) == status
    listed = run("ps", "-a", "--format", "{{.Names}} {{.Status}}").out
    assert listed == "" if remove else listed.startswith(f"owl Exited ({status})")


def test_save(run: Run, command: list[str], context: Path, tmp_path: Path) -> None:
    """To a file or to standard output; what is saved can be loaded."""
    run("build", "-q", "-t", "app", str(context))
    saved = tmp_path / "app.tar"
    assert run("save", "-o", str(saved), "app").code == 0
    streamed = subprocess.run([*command, "save", "app"], check=True, capture_output=True).stdout
    assert streamed == saved.read_bytes()
    other = str(tmp_path / "other")
    assert run("--home", other, "load", "-i", str(saved)).out == "Loaded image: app:latest\n"
    missing = run("save", "-o", str(tmp_path / "none.tar"), "nosuch")
    assert missing.code == 1
    assert not (tmp_path / "none.tar").exists()


@pytest.mark.skipif(shutil.which("docker-registry") is None, reason="docker-registry is not installed")
def test_pull(run: Run, context: Path, tmp_path: Path) -> None:
    """From a real registry: the digest, the name, the image in the store."""
    if shutil.which("skopeo") is None:
        pytest.skip("skopeo is not installed")
    archive = tmp_path / "app.tar"
    run("build", "-q", "-o", f"type=oci,dest={archive}", str(context))
    folder = tmp_path / "registry"
    folder.mkdir()
    with running_registry(folder) as registry:
        name = f"{registry.host}/team/app:v1"
        subprocess.run(
            ["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"oci-archive:{archive}", f"docker://{name}"],
            check=True,
        )
        pulled = run("pull", name)
        assert pulled.code == 0
        assert re.fullmatch(rf"Digest: sha256:[0-9a-f]{{64}}\n{re.escape(name)}\n", pulled.out)
        assert run("pull", "-q", name).err == ""
        assert run("images", "--format", "{{.Repository}}:{{.Tag}}", name).out == f"{name}\n"
        missing = run("pull", f"{registry.host}/team/app:v2")
        assert missing.code == 4


def test_isolations_are_those_of_the_sandbox() -> None:
    """The parser knows them without importing the sandbox."""
    assert set(ISOLATIONS) == set(KNOWN_ISOLATIONS)


def test_contexts_that_are_fetched(run: Run, tmp_path: Path) -> None:
    """A repository by its URL, with a proxy that is not for it; what means nothing is told at once."""
    root = tmp_path / "served"
    Repository.create(root / "r", {"Dockerfile": "FROM scratch\nCOPY f /\n", "f": "fetched"})
    environment = {"PATH": os.environ["PATH"], "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    with serving_git(root) as server:
        url, out = f"{server.url}/r/.git#main", str(tmp_path / "out")
        result = run("build", "-o", out, url, environment=environment)
    assert result.code == 0, result.err
    assert (tmp_path / "out/f").read_text() == "fetched"
    result = run("build", "https://127.0.0.1:9/x.git?what=1")
    assert result.code != 0 and "unexpected query 'what'" in result.err


def test_secrets_are_nowhere(run: Run, home: Path, context: Path, tmp_path: Path) -> None:
    """From a file and from the environment they reach the step; no file below the home, no event, no plan holds them."""
    text = "never-to-be-found"
    (tmp_path / "key").write_text(text)
    mounts = "--mount=type=secret,id=file --mount=type=secret,id=NAME,env=NAME"
    check = 'read found < /run/secrets/file; [ "$found" = "$NAME" ] && echo ok > /ok'
    dockerfile = f"FROM scratch AS tools\nCOPY busybox /bin/sh\nFROM tools\nRUN {mounts} {check}\n"
    (context / "Dockerfile").write_text(dockerfile)
    flags = ("--secret", f"id=file,src={tmp_path / 'key'}", "--secret", "id=NAME")
    environment = {"NAME": text}
    planned = run("plan", *flags, str(context), environment=environment)
    assert "it asks for the secret file and NAME" in planned.out
    archive = tmp_path / "image.tar"
    built = run(
        *("build", "--progress", "rawjson", "-t", "app", "-o", f"type=docker,dest={archive}", *flags, str(context)),
        environment=environment,
    )
    assert built.code == 0, built.err
    told = built.out + built.err + planned.out + planned.err + run("history", "--no-trunc", "app").out
    assert text not in told
    assert base64.b64encode(text.encode())[:-4].decode() not in told
    for path in [archive, *home.rglob("*")]:
        assert not path.is_file() or text.encode() not in path.read_bytes(), path
    missing = run("build", "--secret", f"id=file,src={tmp_path / 'nope'}", str(context))
    assert missing.code == 2
    assert "failed to stat" in missing.err


@pytest.mark.parametrize("sharing", ["locked", "private"])
def test_two_builds_at_the_same_time_share_a_cache_as_they_say(command: list[str], context: Path, sharing: str) -> None:
    """Where it is locked one waits for the other; where it is private each has its own."""
    (context / "Dockerfile").write_text(
        "FROM scratch AS tools\nCOPY busybox /bin/busybox\n"
        'RUN ["/bin/busybox", "--install", "/bin"]\n'
        "FROM tools\nARG N\n"
        f"RUN --mount=type=cache,target=/c,sharing={sharing} mkdir /c/busy || exit 9; sleep 1.$N; rmdir /c/busy\n"
    )
    assert call(command, "build", "--target", "tools", str(context)).returncode == 0
    both = [
        subprocess.Popen([*command, "build", "--build-arg", f"N={n}", str(context)], stderr=subprocess.DEVNULL)
        for n in (1, 2)
    ]
    assert [process.wait() for process in both] == [0, 0]
