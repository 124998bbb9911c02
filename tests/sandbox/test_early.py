"""The launcher that is forked off before the program has threads."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jettison.sandbox.early import early_launcher

pytestmark = pytest.mark.root

BUSYBOX = shutil.which("busybox") or ""

BEGIN = """\
import os, sys
from contextlib import suppress
from pathlib import Path
from jettison.sandbox.early import early_launcher
from jettison.sandbox.namespaces import NamespacesSandbox
from jettison.sandbox.types import CommandSpec, RootSpec
root = RootSpec(layers=(Path(sys.argv[1]),))
def children():
    return [int(child) for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
def status_of(sandbox, *args):
    return sandbox.start(root, (), CommandSpec(args=args, env=(("PATH", "/bin"),))).wait()
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root file system of busybox alone."""
    if not BUSYBOX:
        pytest.skip("busybox-static is not installed")
    folder = tmp_path / "root" / "bin"
    folder.mkdir(parents=True)
    shutil.copy(BUSYBOX, folder / "sh")
    return folder.parent


def run(script: str, root: Path) -> str:
    """Run a program that forks a launcher; what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + script, str(root)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("awake", [True, False])
def test_it_starts_commands_and_no_interpreter(root: Path, *, awake: bool) -> None:
    """Whether it was woken or finds out by the first command; all commands go through the one process."""
    script = f"""
with early_launcher(awake={awake}) as launcher:
    (forked,) = children()
    with NamespacesSandbox(launcher) as sandbox:
        print(status_of(sandbox, "sh", "-c", "exit 3"), status_of(sandbox, "sh", "-c", "exit 4"))
        print(children() == [forked])
print(children())
"""
    assert run(script, root) == "3 4\nTrue\n[]\n"


def test_it_holds_nothing_that_its_parent_had_open(root: Path) -> None:
    """No file, lock or pipe of the parent but standard error, and neither its session nor its folder."""
    script = """
lock = open(sys.argv[1] + "/lock", "w")
os.set_inheritable(lock.fileno(), True)
with early_launcher(awake=True) as launcher:
    with NamespacesSandbox(launcher) as sandbox:
        status_of(sandbox, "sh", "-c", "exit 0")
        (forked,) = children()
        links = {name: os.readlink(f"/proc/{forked}/fd/{name}") for name in os.listdir(f"/proc/{forked}/fd")}
        print(sorted(links["0"] + links["1"]) == sorted("/dev/null" * 2), links["2"] == os.readlink("/proc/self/fd/2"))
        print([link for name, link in links.items() if name not in "012" and not link.startswith("socket:")])
        print(os.getsid(forked) == forked, os.readlink(f"/proc/{forked}/cwd"))
"""
    assert run(script, root) == "True True\n[]\nTrue /\n"


def test_a_killed_one_is_replaced(root: Path) -> None:
    """By an interpreter of its own, since the program may have threads by then."""
    script = f"""
with early_launcher(awake=True) as launcher:
    with NamespacesSandbox(launcher) as sandbox:
        (forked,) = children()
        os.kill(forked, {int(signal.SIGKILL)})
        os.waitid(os.P_PID, forked, os.WEXITED | os.WNOWAIT)
        print(status_of(sandbox, "sh", "-c", "exit 5"))
"""
    assert run(script, root) == "5\n"


def test_closing_the_sandbox_waits_for_nothing(root: Path) -> None:
    """It is told to end, and ends while the program does other things; whoever made it waits for that."""
    script = """
with early_launcher(awake=True) as launcher:
    (forked,) = children()
    with NamespacesSandbox(launcher) as sandbox:
        status_of(sandbox, "sh", "-c", "exit 0")
    print(launcher.is_closed, children() == [forked])
    os.waitid(os.P_PID, forked, os.WEXITED | os.WNOWAIT)
print(children())
"""
    assert run(script, root) == "True True\n[]\n"


def test_one_that_is_never_asked_ends(root: Path) -> None:
    """With the body, and with its parent, whatever way that goes."""
    assert run("with early_launcher() as launcher:\n    print(len(children()))\nprint(children())\n", root) == "1\n[]\n"
    script = "with early_launcher(awake=True) as launcher:\n    print(*children(), flush=True)\n    os.kill(os.getpid(), 9)\n"
    with subprocess.Popen([sys.executable, "-c", BEGIN + script, str(root)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        (forked,) = process.stdout.read().split()
    status = Path(f"/proc/{int(forked)}/status")
    for _ in range(1000):
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it is still there")


def test_what_waits_for_the_next_command_is_replaced_when_it_is_killed(root: Path) -> None:
    """The launcher makes another one when there is a command; its parent notices nothing."""
    script = f"""
def waiting(launcher):
    while not (found := Path(f"/proc/{{launcher}}/task/{{launcher}}/children").read_text().split()):
        pass
    return found
with early_launcher(awake=True) as launcher:
    (forked,) = children()
    with NamespacesSandbox(launcher) as sandbox:
        for number in range(3):
            print(status_of(sandbox, "sh", "-c", f"exit {{number}}"), children() == [forked])
            for monitor in waiting(forked):
                os.kill(int(monitor), {int(signal.SIGKILL)})
                while Path(f"/proc/{{monitor}}").exists():
                    pass
"""
    assert run(script, root) == "0 True\n1 True\n2 True\n"


def test_what_served_a_command_serves_others(root: Path) -> None:
    """Few processes serve many commands: between two of them they are where the launcher is, and hold nothing of any."""
    script = """
def held_by(process):
    for name in os.listdir(f"/proc/{process}/fd"):
        with suppress(FileNotFoundError):  # it goes on meanwhile
            yield os.readlink(f"/proc/{process}/fd/{name}").partition(":")[0]
def is_back(process):
    return all(os.path.samefile(f"/proc/{one}/ns/mnt", f"/proc/{process}/ns/mnt") for one in (forked, os.getpid()))
with early_launcher(awake=True) as launcher:
    (forked,) = children()
    seen = set()
    with NamespacesSandbox(launcher) as sandbox:
        for number in range(12):
            assert status_of(sandbox, "sh", "-c", f"exit {number}") == number
            seen.update(Path(f"/proc/{forked}/task/{forked}/children").read_text().split())
        while not all(map(is_back, seen)):
            pass
        print(len(seen) <= 4, {os.readlink(f"/proc/{one}/{link}") for one in seen for link in ("root", "cwd")})
        print(sorted({name for one in seen for name in held_by(one)} - {"/dev/null", "pipe", "socket"}))
"""
    assert run(script, root) == "True {'/'}\n['/', 'mnt', 'pid']\n"


def test_several_wait_for_commands_that_start_at_the_same_time(root: Path) -> None:
    """As many as are told beforehand, within reason; each serves one."""
    script = """
def below(process):
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
with early_launcher(awake=True) as launcher:
    (forked,) = children()
    with NamespacesSandbox(launcher) as sandbox:
        status_of(sandbox, "sh", "-c", "exit 0")
        sandbox.expect(3)
        while len(waiting := below(forked)) < 3:
            pass
        command = CommandSpec(args=("sh", "-c", "read line"), env=(("PATH", "/bin"),))
        ends = [os.pipe() for _ in range(3)]
        processes = [sandbox.start(root, (), command, stdin=end) for end, _ in ends]
        print({*waiting} <= {*below(forked)})
        for _, end in ends:
            os.write(end, b"go on" + bytes([10]))
        print([process.wait() for process in processes])
        sandbox.expect(1000)
        status_of(sandbox, "sh", "-c", "exit 0")
        print(len(below(forked)) < 10)
"""
    assert run(script, root) == "True\n[0, 0, 0]\nTrue\n"


def test_nothing_waits_for_commands_once_there_will_be_none(root: Path) -> None:
    """The process and the cell that were made ready for a next command go with the launcher, killed or closed."""
    script = """
def below(process):
    found = [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return found + [further for child in found for further in below(child)]
with early_launcher(awake=True) as launcher:
    (forked,) = children()
    with NamespacesSandbox(launcher) as sandbox:
        status_of(sandbox, "sh", "-c", "exit 0")
        while len(waiting := below(forked)) < 2:
            pass
        if sys.argv[2:]:
            os.kill(forked, 9)
    for process in waiting:
        while Path(f"/proc/{process}").exists():
            pass
    print("gone")
"""
    assert run(script, root) == "gone\n"
    assert run(f"sys.argv.append('kill')\n{script}", root) == "gone\n"


def test_a_program_with_threads_has_none() -> None:
    """Its locks could be held by threads that a fork does not copy."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with early_launcher() as launcher:
            assert launcher is None
    finally:
        stop.set()
        thread.join()


def test_where_no_process_can_be_started_the_command_is_told(root: Path) -> None:
    """Neither a traceback nor silence; the launcher lives, and the next command may be luckier."""
    script = """
import errno
from jettison.errors import SandboxError
fork, calls = os.fork, []
def refused_once():
    calls.append(1)
    if len(calls) == 2:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    return fork()
os.fork = refused_once
with early_launcher(awake=True) as launcher:
    (forked,) = children()
    with NamespacesSandbox(launcher) as sandbox:
        try:
            status_of(sandbox, "sh", "-c", "exit 3")
        except SandboxError as error:
            print(error)
        print(status_of(sandbox, "sh", "-c", "exit 4"), children() == [forked])
"""
    told = "cannot run the command: starting a process: Resource temporarily unavailable"
    assert run(script, root) == f"{told}\n4 True\n"
