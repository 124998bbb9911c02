"""The program around the commands: errors, help, exit codes, start-up."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Run

import jettison
from jettison.cli.registry import COMMANDS
from jettison.model.digest import Digest


def test_no_command_and_help_show_the_commands(run: Run) -> None:
    """With the usage line, groups and global options; on standard output, exit code 0."""
    result = run("--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage:  jettison [OPTIONS] COMMAND\n")
    for command in COMMANDS:
        assert (f"  {command.name} " in result.out) is not command.hidden
    assert run() == result


def test_the_version(run: Run) -> None:
    """Long and short."""
    assert run("--version").out == run("-v").out == f"jettison version {jettison.__version__}\n"
    assert jettison.__version__ in run("version").out


@pytest.mark.parametrize(
    ("argv", "text", "hint"),
    [
        (["imges"], "unknown command: jettison imges", "did you mean 'images'?"),
        (["frobnicate"], "unknown command: jettison frobnicate", "see 'jettison --help'"),
        (["image"], "'jettison image' needs a subcommand", "it has "),
        (["image", "frob"], "'jettison image' has no subcommand 'frob'", "it has "),
        (["images", "--quite"], "unknown flag: --quite", "did you mean '--quiet'?"),
        (["images", "--quite=1"], "unknown flag: --quite", "did you mean '--quiet'?"),
        (["images", "-Z"], "unknown flag: -Z", "see 'jettison images --help'"),
        (["images", "a", "b"], "'jettison images' requires at most 1 argument, 2 given", "usage: jettison images ["),
        (["tag", "a"], "'jettison tag' requires 2 arguments, 1 given", "usage: jettison tag SOURCE"),
        (["rmi"], "'jettison rmi' requires at least 1 argument, 0 given", "usage: "),
        (["version", "x"], "'jettison version' accepts no arguments, 1 given", "usage: "),
        (["images", "--format"], "flag needs an argument: --format", ""),
        (
            ["inspect", "--type", "imag", "x"],
            "invalid argument 'imag' for --type",
            "'image'",
        ),
        (["ps", "-n", "x"], "invalid argument for --last: ", ""),
        (["--hom", "x", "images"], "unknown flag: --hom", "did you mean '--home'?"),
        (["images", "--no-tr"], "unknown flag: --no-tr", "did you mean '--no-trunc'?"),
        (["images", "--filter", "a"], "invalid filter 'a': expected KEY=VALUE", "the keys are"),
        (["images", "--filter", "dangling=perhaps"], "invalid filter 'dangling=perhaps'", ""),
        (["images", "--format", "{{.Tga}}"], "", ""),
        (["tag", "app", ""], "invalid reference '': it is empty", "write [HOST/]NAME[:TAG]"),
        (
            ["tag", "app", "a@sha256:b"],
            "invalid reference 'a@sha256:b': invalid digest 'sha256:b'",
            "write [HOST/]NAME",
        ),
        (["tag", "app", "a:b:c"], "invalid reference 'a:b:c': ", "write [HOST/]NAME[:TAG]"),
        (["pull", "https://x/y"], "invalid reference 'https://x/y': ", "leave 'https://' out"),
        (["pull", "--platform", "linux/arm64,linux/amd64", "x"], "", ""),
        (["build", "--platform", "a/b/c/d", "."], "invalid platform 'a/b/c/d'", "write os/architecture"),
        (["build", "--label", "=x", "."], "--label: invalid value '=x': expected KEY=VALUE", ""),
        (["build", "--build-context", "x", "."], "--build-context: invalid value 'x': expected NAME=VALUE", ""),
        (["build", "--shm-size", "x", "."], "--shm-size: invalid size 'x'", "write 500MB"),
        (["build", "--timeout", "x", "."], "--timeout: invalid duration 'x'", "write 90s"),
        (["build", ""], "the PATH is empty", ". is the current folder; is a variable of the shell not set?"),
    ],
)
def test_usage_errors(run: Run, stored: Digest, argv: list[str], text: str, hint: str) -> None:
    """Exit code 2, one line that says what is wrong, and what was perhaps meant."""
    result = run(*argv)
    assert (result.code, result.out) == (2, "")
    first, *rest = result.err.splitlines()
    assert first.startswith(f"jettison: {text}")
    assert hint in "\n".join(rest)
    assert all(line.startswith("hint: ") for line in rest)


def test_switches_take_go_booleans_and_flags_follow_arguments(run: Run, stored: Digest) -> None:
    """``--human=false`` and flags behind the image, as docker takes them."""
    assert "7000000" in run("history", "app", "--human=false").out
    assert "7000000" not in run("history", "--human=true", "app").out
    assert run("images", "app", "-q").out == run("images", "-q", "--", "app").out == f"{stored.short}\n"


def test_the_home(run: Run, tmp_path: Path, stored: Digest) -> None:
    """--home before or after the command wins over JETTISON_HOME, which wins over the XDG data folder."""
    other = tmp_path / "other"
    assert stored.short in run("images").out
    assert stored.short not in run("--home", str(other), "images").out
    assert stored.short not in run("images", "--home", str(other)).out
    run("images", environment={"JETTISON_HOME": "", "XDG_DATA_HOME": str(tmp_path / "data")})
    assert (tmp_path / "data/jettison").is_dir()
    run("images", environment={"JETTISON_HOME": ""})
    assert (tmp_path / ".local/share/jettison").is_dir()


def test_a_home_that_cannot_be_is_a_storage_error(run: Run, tmp_path: Path) -> None:
    """No traceback, exit code 6."""
    (tmp_path / "file").touch()
    result = run("--home", str(tmp_path / "file" / "home"), "images")
    assert result.code == 6
    assert result.err.startswith("jettison: ")
    assert "Traceback" not in result.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_is_full(home: Path, stored: Digest, unbuffered: str) -> None:
    """Says that it is the output which takes no more, and nothing of the store; however Python was told to write."""
    variables = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        line = [sys.executable, "-m", "jettison", "--home", str(home), "images"]
        done = subprocess.run(line, check=False, stdout=full, stderr=subprocess.PIPE, text=True, env=variables)
    assert (done.returncode, done.stderr) == (6, "jettison: cannot write the output: No space left on device\n")


def test_debug_shows_the_traceback(run: Run) -> None:
    """Otherwise an error is its text alone."""
    assert "Traceback" not in run("history", "nosuch").err
    assert "Traceback" in run("--debug", "history", "nosuch").err
    assert run("history", "nosuch", "--debug").code == 1


def test_source_date_epoch_must_be_a_number(run: Run) -> None:
    """A wrong environment is said as well."""
    result = run("images", environment={"SOURCE_DATE_EPOCH": "yesterday"})
    assert result.code == 2
    assert "SOURCE_DATE_EPOCH" in result.err


def test_a_way_of_making_roots_that_is_none_is_refused(run: Run) -> None:
    """With the ways that there are, before anything is built."""
    result = run("build", ".", environment={"JETTISON_ROOTFS": "copy"})
    assert result.code == 2
    assert "expected one of auto, mount, unpack" in result.err


def python(*argv: str, home: Path) -> list[str]:
    return [sys.executable, "-m", "jettison", "--home", str(home), *argv]


def test_a_closed_pipe_is_no_error(home: Path, stored: Digest) -> None:
    """``jettison history app | head -0``: no traceback, the exit code of SIGPIPE."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        python("history", "app", home=home), check=False, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_pipes_that_do_not_block_lose_nothing(home: Path, stored: Digest, unbuffered: str) -> None:
    """More than a pipe holds, however Python was told to write."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    names = ["app"] * 200
    process = subprocess.Popen(
        [sys.executable, "-m", "jettison", "inspect", *names],
        stdout=writer,
        env={**os.environ, "JETTISON_HOME": str(home), "PYTHONUNBUFFERED": unbuffered},
    )
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        while not _room_is_used_up(reader) and process.poll() is None:
            time.sleep(0.01)
        shown = pipe.read()
    assert process.wait() == 0
    assert len(json.loads(shown)) == len(names)


def _room_is_used_up(pipe: int) -> bool:
    """Whether a pipe holds all it can, but for less than a page."""
    (held,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return bool(held > fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) - 4096)


def test_standard_input_that_does_not_block_is_waited_for(home: Path) -> None:
    """A Dockerfile that comes late is the whole one."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    process = subprocess.Popen(
        [sys.executable, "-m", "jettison", "build", "-q", "-"],
        stdin=reader,
        stdout=subprocess.PIPE,
        env={**os.environ, "JETTISON_HOME": str(home)},
    )
    os.close(reader)
    for line in (b"FROM scratch\n", b"CMD x\n", b"LABEL a=b\n"):
        time.sleep(0.3)
        os.write(writer, line)
    os.close(writer)
    assert process.communicate()[0].startswith(b"sha256:")
    assert process.returncode == 0


@pytest.mark.parametrize(("closed", "shown"), [("<&-", True), (">&-", False), ("2>&-", True), ("<&- >&- 2>&-", False)])
def test_closed_streams(home: Path, stored: Digest, closed: str, *, shown: bool) -> None:
    """A standard stream that is closed is the null device, and no file of the store takes its place."""
    line = f'exec "$0" -m jettison --home "$1" images --no-trunc -q app {closed}'
    done = subprocess.run(["sh", "-c", line, sys.executable, home], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{stored}\n" if shown else "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(home: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the program with 130 and one line."""
    script = (
        "import sys, time, jettison.cli.version as version\n"
        "def run(arguments, context):\n    print('at work', flush=True)\n    time.sleep(60)\n"
        "version.run = run\n"
        "from jettison.cli.main import entry_point\nsys.argv = ['jettison', 'version']\nsys.exit(entry_point())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "at work\n"
        process.send_signal(number)
        assert process.wait() == 130
        assert process.stderr.read() == "jettison: interrupted\n"


def test_interrupted_while_it_starts() -> None:
    """Ctrl-C before the program can answer ends it as any other program, without a traceback."""
    script = (
        "import os, signal, sys\n"
        "class Interrupts:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'jettison.cli':\n            os.kill(os.getpid(), signal.SIGINT)\n"
        "from jettison.__main__ import start\nsys.meta_path.insert(0, Interrupts())\nstart()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


@pytest.mark.parametrize("daemon", [True, False])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_something_cannot_be_left(number: signal.Signals, *, daemon: bool) -> None:
    """What waits for ever does not keep the program: not while it cleans up, and not at the end of Python."""
    script = (
        "import sys, threading, time\nfrom jettison.cli import main, version\nmain._CLEANING_SECONDS = 0.1\n"
        "from jettison.__main__ import start\n"
        "def run(arguments, context):\n"
        f"    thread = threading.Thread(target=time.sleep, args=(1000,), daemon={daemon})\n    thread.start()\n"
        "    try:\n        print('up', flush=True)\n        time.sleep(1000)\n"
        "    finally:\n        thread.join() if thread.daemon else None\n"
        "version.run = run\nsys.argv = ['jettison', 'version']\nsys.exit(start())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        assert process.wait(60) == 130
        assert process.stderr.read() == "jettison: interrupted\n"


def test_a_bug_is_called_one(home: Path) -> None:
    """An exception that is none of ours: exit code 70, a short text, the way to the traceback."""
    script = (
        "import sys, jettison.cli.version as version\n"
        "def run(arguments, context):\n    raise RuntimeError('surprise')\n"
        "version.run = run\n"
        "from jettison.cli.main import entry_point\nsys.argv = ['jettison', 'version', *sys.argv[1:]]\n"
        "sys.exit(entry_point())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert done.returncode == 70
    assert done.stderr == (
        "jettison: this is a bug: RuntimeError: surprise\n"
        "hint: run the command again with --debug and report the traceback\n"
    )
    assert (
        "Traceback"
        in subprocess.run([sys.executable, "-c", script, "--debug"], check=False, capture_output=True, text=True).stderr
    )


def test_too_little_memory_is_no_bug() -> None:
    """A command that the machine gives no memory ends with exit code 1 and says what to do."""
    script = (
        "import resource, sys\nfrom jettison.cli import version\n"
        "def run(arguments, context):\n"
        "    resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))\n    bytes(1 << 30)\n"
        "version.run = run\n"
        "from jettison.cli.main import entry_point\nsys.argv = ['jettison', 'version']\nsys.exit(entry_point())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        1,
        "jettison: there is not enough memory\nhint: raise its limit: that of the container, or ulimit -v\n",
    )


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (errno.EMFILE, "too many files are open\nhint: raise the limit: that of the container, or ulimit -n\n"),
        (
            errno.EAGAIN,
            "no more processes can be started\nhint: raise the limit: that of the container, or ulimit -u\n",
        ),
    ],
)
def test_limits_of_the_machine_are_no_bugs(fault: int, told: str) -> None:
    """What open(2) and fork(2) say where they may do no more."""
    script = (
        "import sys\nfrom jettison.cli import version\n"
        f"def run(arguments, context):\n    raise OSError({fault}, 'no')\n"
        "version.run = run\n"
        "from jettison.cli.main import entry_point\nsys.argv = ['jettison', 'version']\nsys.exit(entry_point())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"jettison: {told}")


@pytest.mark.parametrize("argv", [["--version"], ["--help"], ["imges"], ["images", "--bogus"], ["tag"]])
def test_little_is_imported(argv: list[str]) -> None:
    """What needs no store, engine or network imports none of them."""
    script = (
        "import sys\nfrom jettison.cli.main import main\nfrom jettison.cli.context import Streams\n"
        "main(sys.argv[1:], {}, Streams.standard())\n"
        "heavy = {'jettison.engine', 'jettison.registry', 'urllib3', 'rich', 'asyncio'}\n"
        "print('imported:', *heavy & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *argv], check=False, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "imported:"
