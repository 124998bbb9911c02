"""The promises of ``jettison.sandbox.interface``, held against every rung that works on this machine."""

from __future__ import annotations

import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jettison.errors import SandboxError
from jettison.frozen import replace
from jettison.rootfs.mountable import mountable_image
from jettison.rootfs.pack import pack_upper
from jettison.sandbox.defaults import CAPABILITIES, DEFAULT_CAPABILITIES
from jettison.sandbox.interface import Process, Sandbox
from jettison.sandbox.probe import choose
from jettison.sandbox.types import CommandSpec, MountedLayer, MountKind, MountSpec, Network, RootSpec
from jettison.sandbox.window import resize

pytestmark = pytest.mark.root

BUSYBOX = Path("/bin/busybox")
PATH = ("PATH", "/bin")
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    status: int
    stdout: str
    stderr: str


@dataclass(kw_only=True)
class Box:
    """A sandbox, a base layer with busybox, and a fresh upper directory for each command."""

    sandbox: Sandbox
    directory: Path
    base: Path
    mounted: bool = False
    """Whether layers are mounted by an image over their tar, in place of directories."""
    root: RootSpec = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.root = self.fresh()

    @property
    def upper(self) -> Path:
        assert self.root.upper is not None
        return self.root.upper

    def layer(self, files: dict[str, str | None]) -> Path:
        """A layer: text for a file, None for a directory, ``-> target`` for a symbolic link."""
        self.count += 1
        layer = self.directory / f"layer-{self.count}"
        layer.mkdir()
        for name, content in files.items():
            path = layer / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.mkdir(exist_ok=True)
            elif content.startswith("-> "):
                path.symlink_to(content.removeprefix("-> "))
            else:
                path.write_text(content)
        return layer

    def stacked(self, layer: Path) -> Path | MountedLayer:
        """A layer as the root is given it."""
        if not self.mounted:
            return layer
        tar = self.directory / f"{layer.name}.tar"
        image = tar.with_suffix(".image")
        with tar.open("wb") as file:
            packed = mountable_image(pack_upper(layer, file.write), lower=None)
        assert packed is not None
        image.write_bytes(packed)
        return MountedLayer(image=image, tar=tar)

    def fresh(self, *layers: Path) -> RootSpec:
        """A root of the base, these layers, and a new upper directory."""
        self.count += 1
        upper, work = self.directory / f"upper-{self.count}", self.directory / f"work-{self.count}"
        upper.mkdir()
        work.mkdir()
        return RootSpec(layers=tuple(map(self.stacked, (self.base, *layers))), upper=upper, work=work)

    def start(
        self, *args: str, mounts: Sequence[MountSpec] = (), streams: dict[str, int] | None = None, **spec: Any
    ) -> Process:
        command = CommandSpec(args=args, **{"env": (PATH,), **spec})
        return self.sandbox.start(self.root, mounts, command, **(streams or {}))

    def run(self, *args: str, stdin: bytes = b"", mounts: Sequence[MountSpec] = (), **spec: Any) -> Result:
        """Run to the end."""
        files = [self.directory / name for name in ("stdin", "stdout", "stderr")]
        files[0].write_bytes(stdin)
        with files[0].open("rb") as inp, files[1].open("wb") as out, files[2].open("wb") as err:
            streams = {"stdin": inp.fileno(), "stdout": out.fileno(), "stderr": err.fileno()}
            process = self.start(*args, mounts=mounts, streams=streams, **spec)
            status = process.wait(PATIENCE_SECONDS)
        assert status is not None
        return Result(
            status=status,
            stdout=os.fsdecode(files[1].read_bytes()),
            stderr=os.fsdecode(files[2].read_bytes()),
        )

    def shell(self, script: str, **spec: Any) -> Result:
        return self.run("sh", "-c", script, **spec)

    def changes(self) -> list[str]:
        """What the upper directory holds."""
        return sorted(os.fspath(path.relative_to(self.upper)) for path in self.upper.rglob("*"))


@pytest.fixture(scope="module", params=["namespaces", "oci"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    try:
        chosen = choose(request.param)
    except SandboxError as error:
        pytest.skip(f"{request.param} does not work here: {error.hint}")
    with chosen:
        yield chosen


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root file system of one file, busybox, and links to it; with /etc but without resolv.conf and hosts."""
    base = tmp_path_factory.mktemp("base")
    for name in ("bin", "dev", "etc", "proc", "sys", "tmp"):
        (base / name).mkdir()
    shutil.copy(BUSYBOX, base / "bin/busybox")
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet != "busybox":
            (base / "bin" / applet).symlink_to("busybox")
    (base / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n")
    os.utime(base / "etc", ns=(1_000_000_000, 1_000_000_000))
    return base


@pytest.fixture(params=["directories", "mounted"])
def box(request: pytest.FixtureRequest, sandbox: Sandbox, base: Path, tmp_path: Path) -> Box:
    return Box(sandbox=sandbox, directory=tmp_path, base=base, mounted=request.param == "mounted")


def marked_processes(marker: str) -> list[int]:
    """The processes of this machine whose arguments hold a marker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if marker.encode() in arguments and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def host_mounts(directory: Path) -> list[str]:
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if os.fspath(directory) in line]


# --- how a command starts and ends


@pytest.mark.parametrize("status", [0, 1, 42, 255])
def test_the_exit_status_is_the_commands_own(box: Box, status: int) -> None:
    assert box.shell(f"exit {status}").status == status


def test_a_death_by_signal_is_128_and_its_number(box: Box) -> None:
    """As a shell tells it; process 1 itself is protected from its own signals, so a child dies."""
    assert box.shell("sh -c 'kill -TERM $$'; exit $?").status == 128 + signal.SIGTERM


def test_kill_is_137(box: Box) -> None:
    process = box.start("sleep", "1000")
    process.kill()
    assert process.wait(PATIENCE_SECONDS) == 137
    process.kill()
    assert process.wait() == 137


def test_a_command_that_is_missing_is_127_and_says_so(box: Box) -> None:
    result = box.run("no-such-program")
    assert result.status == 127
    assert "no-such-program" in result.stderr
    assert "not found" in result.stderr


def test_a_path_that_is_missing_is_127(box: Box) -> None:
    result = box.run("/no/such/program")
    assert result.status == 127
    assert "/no/such/program" in result.stderr
    assert "no such file or directory" in result.stderr.lower()


@pytest.mark.parametrize("name", ["/etc/passwd", "/etc"])
def test_what_cannot_be_executed_is_126(box: Box, name: str) -> None:
    result = box.run(name)
    assert result.status == 126
    assert name in result.stderr


def test_a_missing_root_is_an_error_that_names_it(box: Box) -> None:
    box.root = RootSpec(layers=(box.directory / "nowhere",))
    with pytest.raises(SandboxError, match="nowhere"):
        box.run("true")


def test_a_missing_mount_source_is_an_error_that_names_it(box: Box) -> None:
    mount = MountSpec(kind=MountKind.BIND, source=box.directory / "nowhere", target="mnt")
    with pytest.raises(SandboxError, match=r"/mnt.*nowhere"):
        box.run("true", mounts=[mount])


def test_an_overlay_on_an_overlay_is_refused_with_the_reason(box: Box) -> None:
    """As in a container without a volume, where people meet it."""
    for name in ("low", "up", "work", "merged"):
        (box.directory / name).mkdir()
    script = f"""
import ctypes, os
from pathlib import Path
from jettison.errors import SandboxError
from jettison.frozen import replace
from jettison.sandbox.probe import choose
from jettison.sandbox.types import CommandSpec, RootSpec
directory = Path({os.fspath(box.directory)!r})
libc = ctypes.CDLL(None)
assert libc.unshare(0x20000) == 0
libc.mount(b"none", b"/", None, ctypes.c_ulong(0x4000 | 0x40000), None)
os.chdir(directory)
assert libc.mount(b"x", b"merged", b"overlay", ctypes.c_ulong(0), b"lowerdir=low,upperdir=up,workdir=work") == 0
os.mkdir("merged/up")
os.mkdir("merged/work")
root = RootSpec(layers=(Path({os.fspath(box.base)!r}),), upper=directory / "merged/up", work=directory / "merged/work")
with choose({box.sandbox.name!r}) as sandbox:
    try:
        print(sandbox.start(root, [], CommandSpec(args=("true",))).wait())
    except SandboxError as error:
        print(error)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "an overlay itself" in result.stdout


def test_signals_reach_the_command(box: Box) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as output:
        process = box.start(
            "sh",
            "-c",
            "trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.05; done",
            streams={"stdout": writer},
        )
        os.close(writer)
        assert output.readline() == b"ready\n"
        process.signal(signal.SIGTERM)
        assert output.readline() == b"caught\n"
    assert process.wait(PATIENCE_SECONDS) == 7
    process.signal(signal.SIGTERM)


def test_wait_gives_up_after_the_timeout_and_goes_on_later(box: Box) -> None:
    process = box.start("sleep", "1000")
    assert process.wait(0.01) is None
    assert process.wait(0) is None
    process.kill()
    assert process.wait(PATIENCE_SECONDS) == 137


def test_killing_takes_daemons_along(box: Box) -> None:
    """A daemon that forked twice and left the session dies with the command, also under a name of its own."""
    marker = f"86400.{os.getpid()}{time.monotonic_ns()}"
    script = f"setsid sh -c 'sleep {marker} & sleep {marker} &' ; sleep {marker}"
    process = box.start("sh", "-c", script)
    assert eventually(lambda: len(marked_processes(f"sleep\0{marker}")) >= 3)
    process.kill()
    assert process.wait(PATIENCE_SECONDS) == 137
    assert marked_processes(marker) == []


def test_the_end_of_the_command_ends_what_it_left_behind(box: Box) -> None:
    marker = f"86400.{os.getpid()}{time.monotonic_ns()}"
    assert box.shell(f"setsid sleep {marker} & exit 3").status == 3
    assert marked_processes(marker) == []


def test_the_command_is_process_1_and_reaps(box: Box) -> None:
    """An orphan is handed to the command itself, as in docker, and a shell reaps it."""
    result = box.shell("echo $$; (sh -c 'sleep 0.01 &'); sleep 0.1; wait; ps -o stat | grep -c Z")
    assert result.stdout.splitlines()[0] == "1"
    assert result.stdout.splitlines()[1] == "0"


# --- what it is given


def test_the_environment_is_exactly_the_given_one(box: Box) -> None:
    result = box.run("env", env=(PATH, ("A", "1"), ("EMPTY", ""), ("EQUALS", "a=b"), ("HOME", "/h")))
    lines = set(result.stdout.splitlines())
    assert {"A=1", "EMPTY=", "EQUALS=a=b", "HOME=/h", "PATH=/bin"} <= lines
    assert lines - {"A=1", "EMPTY=", "EQUALS=a=b", "HOME=/h", "PATH=/bin"} <= {"HOSTNAME=jettison"}


@pytest.mark.parametrize(("uid", "home"), [(0, "/root"), (1000, "/home/app"), (4711, "/")])
def test_home_comes_from_the_roots_passwd(box: Box, uid: int, home: str) -> None:
    assert box.shell("echo $HOME", uid=uid, gid=uid).stdout.strip() == home


def test_user_and_groups(box: Box) -> None:
    result = box.shell("id -u; id -g; id -G", uid=1000, gid=1001, groups=(5, 7))
    assert result.stdout.splitlines()[:2] == ["1000", "1001"]
    assert sorted(result.stdout.splitlines()[2].split(), key=int) == ["5", "7", "1001"]


def test_the_working_directory_is_made_for_the_user(box: Box) -> None:
    result = box.shell("pwd; touch mine && echo written", working_dir="srv/app/data", uid=1000, gid=1000)
    assert result.stdout.split() == ["/srv/app/data", "written"]
    made = (box.upper / "srv/app").stat()
    assert (made.st_uid, made.st_gid, stat.S_IMODE(made.st_mode)) == (1000, 1000, 0o755)


def test_the_working_directory_follows_links_inside_only(box: Box) -> None:
    box.root = box.fresh(box.layer({"outside": "-> /../../../../there", "there/": None}))
    assert box.run("pwd", working_dir="outside").stdout.strip() == "/there"


def test_the_umask_is_022(box: Box) -> None:
    before = os.umask(0o077)
    try:
        assert box.shell("umask; mkdir d; touch f").stdout.strip() == "0022"
    finally:
        os.umask(before)
    assert stat.S_IMODE((box.upper / "d").stat().st_mode) == 0o755
    assert stat.S_IMODE((box.upper / "f").stat().st_mode) == 0o644


def test_signal_dispositions_are_the_defaults(box: Box) -> None:
    """Python ignores SIGPIPE; a command must not inherit that."""
    result = box.run("grep", "-E", "SigIgn|SigBlk", "/proc/self/status")
    assert {line.split()[1] for line in result.stdout.splitlines()} == {"0000000000000000"}


def test_no_descriptor_leaks_into_the_command(box: Box) -> None:
    assert box.shell("ls /proc/self/fd | wc -l").stdout.strip() in {"4", "3"}


def test_bytes_that_are_not_utf8_arrive_unchanged_or_are_refused(box: Box) -> None:
    odd = os.fsdecode(b"\xff\xfe odd \n \xe4")
    env = (PATH, (f"NAME_{odd[0]}", odd))
    if box.sandbox.name == "oci":
        with pytest.raises(SandboxError, match="not UTF-8"):
            box.run("echo", odd)
        with pytest.raises(SandboxError, match="not UTF-8"):
            box.run("env", env=env)
        return
    assert box.run("printf", "%s", odd).stdout == odd
    assert f"NAME_{odd[0]}={odd}\n" in box.run("env", env=env).stdout
    assert box.run("pwd", working_dir=odd.replace("\n", "")).stdout == f"/{odd}\n".replace(" \n ", "  ")


def test_arguments_and_environment_may_be_large(box: Box) -> None:
    """Each as large as the kernel takes: 128 KiB apiece, two mebibytes in all."""
    big = "x" * 131_000
    env = (PATH, *((f"V{number}", big) for number in range(6)))
    result = box.run("sh", "-c", "echo ${#1} ${#2} ${#V5}", "sh", big, big, env=env)
    assert result.stdout.split() == ["131000"] * 3


@pytest.mark.parametrize("spec", [{"args": ("echo", "a\0b")}, {"args": ("env",), "env": (("A", "\0"),)}, {"args": ()}])
def test_what_no_program_can_be_given_is_an_error(box: Box, spec: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        box.sandbox.start(box.root, [], CommandSpec(**spec)).wait(PATIENCE_SECONDS)


def test_closed_standard_streams_of_the_program_do_no_harm(box: Box) -> None:
    program = f"""
import os, sys
from pathlib import Path
from jettison.sandbox.probe import choose
from jettison.sandbox.types import CommandSpec, RootSpec
for number in range(3):
    os.close(number)
with choose({box.sandbox.name!r}) as sandbox:
    root = RootSpec(layers=(Path({os.fspath(box.base)!r}),))
    command = CommandSpec(args=("/bin/sh", "-c", "echo out; echo err >&2; exit 6"))
    reader, writer = os.pipe()
    process = sandbox.start(root, [], command, stdout=writer, stderr=writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as output:
        lines = sorted(output)  # runc copies each stream by itself, in any order
    os._exit(process.wait() if lines == [b"err\\n", b"out\\n"] else 99)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 6


def test_host_name(box: Box) -> None:
    assert box.run("hostname", hostname="some.where").stdout.strip() == "some.where"


def test_standard_input_and_a_big_output(box: Box) -> None:
    data = os.urandom(1 << 20)
    expected = subprocess.run([BUSYBOX, "sha256sum"], input=data * 8, capture_output=True, check=True).stdout.decode()
    assert box.shell("sha256sum", stdin=data * 8).stdout == expected
    result = box.shell("cat", stdin=data * 8)
    assert os.fsencode(result.stdout) == data * 8


def test_output_is_streamed_while_the_command_runs(box: Box) -> None:
    reader, writer = os.pipe()
    input_reader, input_writer = os.pipe()
    process = box.start("sh", "-c", "echo one; read x; echo $x", streams={"stdin": input_reader, "stdout": writer})
    os.close(writer)
    os.close(input_reader)
    with os.fdopen(reader, "rb", buffering=0) as output:
        assert output.read(100) == b"one\n"
        os.write(input_writer, b"two\n")
        os.close(input_writer)
        assert output.read(100) == b"two\n"
        assert output.read(100) == b""
    assert process.wait(PATIENCE_SECONDS) == 0


def test_without_streams_they_are_the_null_device(box: Box) -> None:
    assert box.start("sh", "-c", 'read x; test -z "$x"; echo out; echo err >&2').wait(PATIENCE_SECONDS) == 0


def test_several_threads_start_commands_at_once(box: Box) -> None:
    roots = [box.fresh() for _ in range(8)]
    statuses: list[int | None] = [None] * len(roots)

    def run(number: int) -> None:
        command = CommandSpec(args=("sh", "-c", f"echo {number} > /number; exit {number}"), env=(PATH,))
        statuses[number] = box.sandbox.start(roots[number], [], command).wait(PATIENCE_SECONDS)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(roots))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == list(range(len(roots)))
    assert [(root.upper / "number").read_text() for root in roots if root.upper] == [
        f"{n}\n" for n in range(len(roots))
    ]


# --- what is left behind


def test_true_leaves_nothing_in_the_upper_directory(box: Box) -> None:
    """/etc was copied up for the mount points in it, and is taken out again; its times are unchanged."""
    before = os.stat(box.base / "etc")
    box.upper.chmod(0o751)
    at_start = os.stat(box.upper)
    assert box.run("true").status == 0
    assert box.changes() == []
    after = os.stat(box.upper)
    assert (after.st_mtime_ns, after.st_mode) == (at_start.st_mtime_ns, at_start.st_mode)
    assert os.stat(box.base / "etc").st_mtime_ns == before.st_mtime_ns


def test_the_command_sees_a_directory_with_mount_points_unchanged(box: Box) -> None:
    assert box.run("stat", "-c", "%Y", "/etc").stdout.strip() == "1"


def test_only_the_commands_own_changes_stay(box: Box) -> None:
    assert box.shell("echo x > /etc/motd; rm /etc/passwd; mkdir -p /a/b").status == 0
    assert box.changes() == ["a", "a/b", "etc", "etc/motd", "etc/passwd"]
    assert stat.S_ISCHR(os.lstat(box.upper / "etc/passwd").st_mode)


def test_a_change_of_a_directory_with_mount_points_stays(box: Box) -> None:
    assert box.shell("chmod 700 /etc").status == 0
    assert box.changes() == ["etc"]
    assert stat.S_IMODE((box.upper / "etc").stat().st_mode) == 0o700
    assert (box.upper / "etc").stat().st_mtime_ns == 1_000_000_000


def test_mount_targets_are_made_and_removed_with_their_parents(box: Box) -> None:
    mounts = [
        MountSpec(kind=MountKind.TMPFS, target="var/cache/deep/store"),
        MountSpec(kind=MountKind.FILE, target="run/secrets/key", content=b"k"),
    ]
    assert box.shell("touch /var/cache/deep/store/x; cat /run/secrets/key", mounts=mounts).stdout == "k"
    assert box.changes() == []


def test_a_parent_of_a_mount_target_that_was_used_stays(box: Box) -> None:
    mounts = [MountSpec(kind=MountKind.TMPFS, target="var/cache/store")]
    assert box.shell("touch /var/mine", mounts=mounts).status == 0
    assert box.changes() == ["var", "var/mine"]


def test_scratch_keeps_the_kernels_directories_as_with_buildkit(box: Box) -> None:
    box.root = RootSpec(layers=(), upper=box.upper)
    shutil.copytree(box.base / "bin", box.upper / "bin", symlinks=True)
    assert box.run("true").status == 0
    assert [path for path in box.changes() if not path.startswith("bin")] == ["dev", "proc", "sys"]


def test_a_dangling_resolv_conf_is_served_and_leaves_nothing(box: Box) -> None:
    """As on Ubuntu, where /etc/resolv.conf leads to a file in /run that only a running systemd makes."""
    box.root = box.fresh(box.layer({"etc/resolv.conf": "-> ../run/systemd/resolve/stub-resolv.conf"}))
    assert "nameserver" in box.run("cat", "/etc/resolv.conf").stdout
    assert box.changes() == []


def test_the_upper_directory_can_be_used_again(box: Box) -> None:
    for number in range(3):
        assert box.shell(f"echo {number} >> /log").status == 0
    assert (box.upper / "log").read_text() == "0\n1\n2\n"


def test_no_mount_is_ever_seen_by_the_host(box: Box) -> None:
    process = box.start("sleep", "1000", mounts=[MountSpec(kind=MountKind.TMPFS, target="t")])
    assert host_mounts(box.directory) == []
    process.kill()
    process.wait(PATIENCE_SECONDS)
    assert host_mounts(box.directory) == []


def test_killing_the_program_kills_the_command_and_leaves_no_mount(box: Box) -> None:
    """SIGKILL of the whole Python program: nothing of it stays, and the same directories work again."""
    marker = f"86400.{os.getpid()}{time.monotonic_ns()}"
    program = f"""
import sys
from pathlib import Path
from jettison.sandbox.probe import choose
from jettison.sandbox.types import CommandSpec, RootSpec
root = RootSpec(layers=(Path({os.fspath(box.base)!r}),), upper=Path({os.fspath(box.upper)!r}), work=Path({os.fspath(box.root.work or "")!r}))
process = choose({box.sandbox.name!r}).start(root, [], CommandSpec(args=("sh", "-c", "sleep {marker} & sleep {marker}"), env=(("PATH", "/bin"),)))
print("started", flush=True)
process.wait()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        assert eventually(lambda: len(marked_processes(f"sleep\0{marker}")) >= 2)
        parent.kill()
    assert eventually(lambda: marked_processes(marker) == [])
    assert host_mounts(box.directory) == []
    box.root = box.fresh()
    assert box.run("true").status == 0


def test_killing_the_program_at_any_moment_leaves_nothing(box: Box) -> None:
    """No process that knows the directories, and no control group, whatever the launcher was at."""
    program = f"""
import itertools, os, sys
from pathlib import Path
from jettison.sandbox.probe import choose
from jettison.sandbox.types import CommandSpec, MountKind, MountSpec, RootSpec
directory = Path({os.fspath(box.directory)!r})
sandbox = choose({box.sandbox.name!r})
print("ready", flush=True)
for number in itertools.count():
    upper, work = (directory / f"{{name}}-{{os.getpid()}}-{{number}}" for name in ("upper", "work"))
    upper.mkdir()
    work.mkdir()
    root = RootSpec(layers=(Path({os.fspath(box.base)!r}),), upper=upper, work=work)
    mount = MountSpec(kind=MountKind.TMPFS, target="some/where")
    sandbox.start(root, [mount], CommandSpec(args=("/bin/sleep", "0.01"))).wait()
"""

    def left() -> list[str]:
        return [
            entry.parent.name
            for entry in Path("/proc").glob("[0-9]*/mountinfo")
            if os.fspath(box.directory) in readable(entry)
        ]

    groups = set(Path("/sys/fs/cgroup").glob("**/jettison-*"))
    for number in range(12):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"ready\n"
            time.sleep(0.007 * number)
            parent.kill()
    assert eventually(lambda: left() == [])
    assert eventually(lambda: set(Path("/sys/fs/cgroup").glob("**/jettison-*")) <= groups)


def readable(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def launcher_of_this_process(before: list[int]) -> int:
    (launcher,) = (
        child
        for child in set(children(os.getpid())) - set(before)
        if b"jettison.sandbox.launcher" in Path(f"/proc/{child}/cmdline").read_bytes()
    )
    return launcher


def monitor_of(marker: str, launcher: int) -> int:
    """The launcher's child that a marked process comes from; another one waits for the next command."""
    (monitor,) = {
        ancestor
        for marked in marked_processes(marker)
        for ancestor in ancestors(marked)
        if ancestor in children(launcher)
    }
    return monitor


def ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        yield pid
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_killed_launcher_is_replaced_and_its_commands_go_on(box: Box) -> None:
    before = children(os.getpid())
    with choose(box.sandbox.name) as box.sandbox:
        reader, writer = os.pipe()
        script = f"{(marker := f'marker={time.monotonic_ns()}')}; read x; exit 9"
        process = box.start("sh", "-c", script, streams={"stdin": reader})
        os.close(reader)
        assert eventually(lambda: marked_processes(f"sh\0-c\0{marker}") != [])
        launcher = launcher_of_this_process(before)
        os.kill(launcher, signal.SIGKILL)
        assert eventually(lambda: "State:\tZ" in Path(f"/proc/{launcher}/status").read_text())
        box.root = box.fresh()
        assert box.shell("exit 4").status == 4
        os.close(writer)
        assert process.wait(PATIENCE_SECONDS) == 9


@pytest.mark.parametrize("uid", [0, 1000])
def test_a_killed_monitor_takes_the_command_along_and_is_reported(box: Box, uid: int) -> None:
    marker = f"86400.{os.getpid()}{time.monotonic_ns()}"
    before = children(os.getpid())
    with choose(box.sandbox.name) as box.sandbox:
        process = box.start("sh", "-c", f"setsid sleep {marker} & sleep {marker}", uid=uid, gid=uid)
        assert eventually(lambda: len(marked_processes(f"sleep\0{marker}")) >= 2)
        os.kill(monitor_of(marker, launcher_of_this_process(before)), signal.SIGKILL)
        with pytest.raises(SandboxError, match="killed"):
            process.wait(PATIENCE_SECONDS)
        assert eventually(lambda: marked_processes(marker) == [])


# --- files


def test_layers_stack_with_whiteouts_and_opaque_directories(box: Box) -> None:
    low = box.layer({"a/low": "low", "b/low": "low", "gone": "x", "both": "low"})
    high = box.layer({"b/high": "high", "both": "high"})
    os.mknod(high / "gone", stat.S_IFCHR, os.makedev(0, 0))
    os.setxattr(high / "b", "trusted.overlay.opaque", b"y")
    box.root = box.fresh(low, high)
    assert box.shell("cat /both; echo; ls /a /b; test -e /gone || echo gone").stdout.split() == [
        "high", "/a:", "low", "/b:", "high", "gone",
    ]  # fmt: skip


def test_the_root_is_one_file_system(box: Box) -> None:
    """Files of all layers and new ones tell the same device: ``find -xdev`` and ``tar --one-file-system`` see all."""
    box.root = box.fresh(box.layer({"low": "x"}), box.layer({"high": "x"}))
    result = box.shell("touch /new; stat -c %d / /bin /bin/busybox /low /high /new | sort -u | wc -l")
    assert result.stdout.strip() == "1"


def test_an_image_that_is_none_is_told(box: Box) -> None:
    """With what to do about it; nothing is left mounted."""
    for name in ("image", "tar"):
        (box.directory / name).write_bytes(bytes(4096))
    layer = MountedLayer(image=box.directory / "image", tar=box.directory / "tar")
    box.root = RootSpec(layers=(layer,), upper=box.upper, work=box.root.work)
    with pytest.raises(SandboxError, match=r"does not mount a layer from its tar: .*; JETTISON_ROOTFS=unpack"):
        box.shell("true")
    assert host_mounts(box.directory) == []


def test_a_root_that_is_used_once_leaves_the_same_changes(box: Box) -> None:
    """Only of the work directory, which nobody uses again, nothing is promised; another one serves the next command."""
    once = replace(box.fresh(), once=True)
    box.root = once
    assert once.upper is not None
    assert box.shell("echo text > /file; mkdir /folder").status == 0
    assert {"file", "folder"} <= set(os.listdir(once.upper))
    box.root = replace(once, work=box.fresh().work)
    assert box.shell("cat /file").stdout == "text\n"


def test_130_layers(box: Box) -> None:
    layers = [box.layer({f"file-{number:03}": "", "last": str(number)}) for number in range(130)]
    box.root = box.fresh(*layers)
    result = box.shell("ls / | grep -c file-; cat /last")
    assert result.stdout.split() == ["130", "129"]


def test_paths_of_layers_may_hold_any_character(box: Box) -> None:
    odd = box.directory / "a:b,c\\d e=f\udcff"
    layer = box.layer({"odd": "yes"})
    layer.rename(odd)
    upper, work = odd / "upper,1:", odd / "work,1:"
    holder = box.directory / "holder:,"
    holder.mkdir()
    upper, work = holder / "upper,:", holder / "work,:"
    upper.mkdir()
    work.mkdir()
    box.root = RootSpec(layers=(box.stacked(box.base), box.stacked(odd)), upper=upper, work=work)
    assert box.shell("cat /odd; touch /new").stdout == "yes"
    assert box.changes() == ["new"]


def test_a_root_without_upper_directory_is_read_only(box: Box) -> None:
    box.root = RootSpec(layers=(box.stacked(box.base),))
    before = sorted(box.base.rglob("*"))
    result = box.shell("touch /x 2>&1; cat /etc/hosts")
    assert "Read-only file system" in result.stdout
    assert "localhost" in result.stdout
    assert sorted(box.base.rglob("*")) == before


def test_a_read_only_root_leaves_its_mounts_writable(box: Box) -> None:
    mounts = [MountSpec(kind=MountKind.TMPFS, target="scratch")]
    result = box.shell("touch /x 2>&1; touch /scratch/x && echo written", mounts=mounts, read_only_root=True)
    assert "Read-only file system" in result.stdout
    assert "written" in result.stdout
    assert box.changes() == []


@pytest.mark.parametrize("read_only", [True, False])
def test_bind_mounts_of_a_directory(box: Box, read_only: bool) -> None:
    source = box.layer({"given": "here"})
    mount = MountSpec(kind=MountKind.BIND, source=source, target="mnt/there", read_only=read_only)
    result = box.shell("cat /mnt/there/given; touch /mnt/there/new 2>&1", mounts=[mount])
    assert result.stdout.startswith("here")
    assert ("Read-only file system" in result.stdout) == read_only
    assert (source / "new").exists() != read_only
    assert box.changes() == []


def test_read_only_holds_for_mounts_below_as_well(box: Box) -> None:
    """A bind mount is recursive; a file system mounted below the source must not stay writable."""
    source = box.layer({"below": None})
    script = f"""
import ctypes, os, sys
libc = ctypes.CDLL(None)
assert libc.unshare(0x20000) == 0
libc.mount(b"none", b"/", None, ctypes.c_ulong(0x4000 | 0x40000), None)
assert libc.mount(b"tmpfs", {os.fspath(source / "below")!r}.encode(), b"tmpfs", ctypes.c_ulong(0), None) == 0
from pathlib import Path
from jettison.sandbox.probe import choose
from jettison.sandbox.types import CommandSpec, MountKind, MountSpec, RootSpec
root = RootSpec(layers=(Path({os.fspath(box.base)!r}),))
mount = MountSpec(kind=MountKind.BIND, source=Path({os.fspath(source)!r}), target="mnt", read_only=True)
with choose({box.sandbox.name!r}) as sandbox:
    command = CommandSpec(args=("sh", "-c", "touch /mnt/below/x"), env=(("PATH", "/bin"),))
    process = sandbox.start(root, [mount], command, stdout=1, stderr=1)
    sys.exit(process.wait())
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "Read-only file system" in result.stdout
    assert result.returncode == 1


@pytest.mark.parametrize("nested", [False, True])
def test_read_only_mounts_work_on_a_kernel_without_mount_setattr(box: Box, nested: bool) -> None:
    """A filter plays a kernel before 5.12; what is mounted below the source is then refused, not left writable."""
    source = box.layer({"below": None})
    script = f"""
import ctypes, struct
libc = ctypes.CDLL(None)
assert libc.unshare(0x20000) == 0
libc.mount(b"none", b"/", None, ctypes.c_ulong(0x4000 | 0x40000), None)
if {nested}:
    assert libc.mount(b"tmpfs", {os.fspath(source / "below")!r}.encode(), b"tmpfs", ctypes.c_ulong(0), None) == 0
program = b"".join(struct.pack("=HBBI", *i) for i in [(0x20, 0, 0, 0), (0x15, 0, 1, 442), (6, 0, 0, 0x50026), (6, 0, 0, 0x7FFF0000)])
code = ctypes.create_string_buffer(program, len(program))
header = ctypes.create_string_buffer(struct.pack("@HP", 4, ctypes.addressof(code)))
assert libc.prctl(22, ctypes.c_ulong(2), ctypes.byref(header), ctypes.c_ulong(0), ctypes.c_ulong(0)) == 0
from pathlib import Path
from jettison.errors import SandboxError
from jettison.frozen import replace
from jettison.sandbox.probe import choose
from jettison.sandbox.types import CommandSpec, MountKind, MountSpec, RootSpec
root = RootSpec(layers=(Path({os.fspath(box.base)!r}),))
mount = MountSpec(kind=MountKind.BIND, source=Path({os.fspath(source)!r}), target="mnt", read_only=True)
with choose({box.sandbox.name!r}) as sandbox:
    command = CommandSpec(args=("sh", "-c", "touch /mnt/x"), env=(("PATH", "/bin"),))
    try:
        print(sandbox.start(root, [mount], command, stdout=1, stderr=1).wait())
    except SandboxError as error:
        print(error)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ("Linux 5.12" if nested else "Read-only file system") in result.stdout


def test_bind_mount_of_a_file(box: Box) -> None:
    source = box.directory / "source"
    source.write_text("content")
    mount = MountSpec(kind=MountKind.BIND, source=source, target="etc/passwd")
    assert box.shell("cat /etc/passwd; echo more >> /etc/passwd", mounts=[mount]).stdout == "content"
    assert source.read_text() == "contentmore\n"
    assert box.changes() == []


def test_a_file_of_bytes_has_its_mode_and_owner(box: Box) -> None:
    content = bytes(range(256))
    mount = MountSpec(kind=MountKind.FILE, target="run/secrets/id", content=content, mode=0o400, uid=1000, gid=1001)
    result = box.run("stat", "-c", "%a %u %g %s", "/run/secrets/id", mounts=[mount])
    assert result.stdout.split() == ["400", "1000", "1001", "256"]
    assert os.fsencode(box.run("cat", "/run/secrets/id", mounts=[mount]).stdout) == content
    assert box.changes() == []


def test_a_temporary_file_system_has_its_size_and_mode(box: Box) -> None:
    mount = MountSpec(kind=MountKind.TMPFS, target="t", mode=0o750, uid=1000, gid=1001, size_bytes=1 << 20)
    result = box.shell(
        "stat -c '%a %u %g' /t; dd if=/dev/zero of=/t/x bs=1M count=4 2>/dev/null; stat -c %s /t/x", mounts=[mount]
    )
    assert result.stdout.splitlines() == ["750 1000 1001", str(1 << 20)]


def test_a_part_of_another_stack_can_be_mounted(box: Box) -> None:
    low, high = box.layer({"app/a": "low", "app/b": "low"}), box.layer({"app/b": "high"})
    stack = RootSpec(layers=(box.stacked(low), box.stacked(high)))
    mount = MountSpec(kind=MountKind.ROOT, root=stack, root_path="app", target="from", read_only=True)
    result = box.shell("cat /from/a /from/b; touch /from/x 2>&1", mounts=[mount])
    assert result.stdout.startswith("lowhigh")
    assert "Read-only" in result.stdout


def test_writes_to_another_stack_are_thrown_away(box: Box) -> None:
    stack = RootSpec(layers=(box.stacked(box.layer({"a": "low"})),))
    mount = MountSpec(kind=MountKind.ROOT, root=stack, target="from")
    assert box.shell("echo new > /from/a; cat /from/a", mounts=[mount]).stdout == "new\n"
    assert box.run("cat", "/from/a", mounts=[mount]).stdout == "low"


def test_a_mount_may_show_the_layers_of_the_root_itself(box: Box) -> None:
    mounts = [
        MountSpec(kind=MountKind.BIND, source=box.base, target="base", read_only=True),
        MountSpec(kind=MountKind.ROOT, root=RootSpec(layers=(box.stacked(box.base),)), target="again", read_only=True),
    ]
    assert box.shell("/base/bin/echo a; /again/bin/echo b", mounts=mounts).stdout == "a\nb\n"


def test_what_the_machine_mounts_between_commands_is_seen(box: Box) -> None:
    """What is made ready for a command before it is known does not hold on to the machine as it was then."""
    assert box.run("true").status == 0
    place = box.directory / "mounted"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    try:
        (place / "file").write_text("seen")
        mounts = [MountSpec(kind=MountKind.BIND, source=place, target="mounted")]
        box.root = box.fresh()
        assert box.run("cat", "/mounted/file", mounts=mounts).stdout == "seen"
    finally:
        subprocess.run(["umount", place], check=True)


def test_mounts_may_lie_in_one_another(box: Box) -> None:
    source = box.layer({"kept": ""})
    mounts = [
        MountSpec(kind=MountKind.BIND, source=source, target="cache"),
        MountSpec(kind=MountKind.FILE, target="cache/inner/file", content=b"inner"),
    ]
    assert box.run("cat", "/cache/inner/file", mounts=mounts).stdout == "inner"
    assert box.changes() == []


@pytest.mark.parametrize(
    "link", ["-> {outside}", "-> ../../../../../../../../../..{outside}", "-> /proc/self/root/{outside}"]
)
def test_links_in_the_image_never_lead_a_mount_to_the_host(box: Box, link: str) -> None:
    outside = box.directory / "outside"
    outside.mkdir()
    (outside / "precious").write_text("host")
    box.root = box.fresh(box.layer({"trap": link.format(outside=outside)}))
    mounts = [
        MountSpec(kind=MountKind.FILE, target="trap/precious", content=b"overwritten"),
        MountSpec(kind=MountKind.FILE, target="trap/new", content=b"new"),
    ]
    try:
        box.run("true", mounts=mounts)
    except SandboxError as error:
        assert "/trap" in error.message
    assert (outside / "precious").read_text() == "host"
    assert sorted(path.name for path in outside.iterdir()) == ["precious"]
    assert host_mounts(box.directory) == []


def test_nothing_is_mounted_over_or_under_the_root(box: Box) -> None:
    """The machine's own root is gone from the namespace: ``..`` at the root leads nowhere, one mount lies at ``/``."""
    mounts = [MountSpec(kind=MountKind.TMPFS, target="some/where")]
    result = box.shell("ls -id / /.. /../.. | cut -d/ -f1; cat /proc/self/mountinfo", mounts=mounts)
    lines = result.stdout.splitlines()
    assert len(set(lines[:3])) == 1
    places = [line.split()[4] for line in lines[3:]]
    assert len(set(places)) == len(places)
    tops = {place.split("/")[1] for place in places}
    assert tops == {"", "proc", "sys", "dev", "etc", "some"}


def test_a_mount_below_what_is_covered_is_covered_as_well(box: Box) -> None:
    """Docker covers last: a mount of the user's does not show what is to be hidden."""
    mounts = [MountSpec(kind=MountKind.TMPFS, target="sys/firmware", mode=0o755)]
    script = "echo x > /sys/firmware/x; ls /sys/firmware | wc -l; grep -c ' /sys/firmware ' /proc/mounts"
    result = box.shell(script, mounts=mounts)
    assert result.stdout.split()[0] == "0"
    assert "Read-only" in result.stderr


@pytest.mark.parametrize("name", ["proc", "sys", "dev"])
def test_a_kernel_directory_that_is_a_link_is_refused(box: Box, name: str) -> None:
    layer = box.layer({"elsewhere": None})
    (layer / name).symlink_to("/elsewhere")
    upper = box.fresh().upper
    plain = box.directory / "plain"
    shutil.copytree(box.base, plain, symlinks=True, ignore=shutil.ignore_patterns(name))
    box.root = RootSpec(layers=(box.stacked(plain), box.stacked(layer)), upper=upper, work=box.root.work)
    with pytest.raises(SandboxError):
        box.run("true")


def test_the_name_service_files_are_provided(box: Box) -> None:
    result = box.run("cat", "/etc/hosts", hostname="me", extra_hosts=(("db", "10.1.2.3"),))
    assert "127.0.0.1\tlocalhost me" in result.stdout.splitlines()
    assert "10.1.2.3\tdb" in result.stdout.splitlines()
    assert "nameserver" in box.run("cat", "/etc/resolv.conf").stdout
    assert "Read-only" in box.shell("echo x >> /etc/hosts").stderr
    assert box.shell("echo x >> /etc/hosts; cat /etc/hosts", writable_network_files=True).stdout.endswith("x\n")
    assert box.changes() == []


def test_a_mount_of_the_users_wins_over_the_name_service_files(box: Box) -> None:
    mount = MountSpec(kind=MountKind.FILE, target="etc/hosts", content=b"mine", mode=0o644)
    assert box.run("cat", "/etc/hosts", mounts=[mount]).stdout == "mine"


def test_devices(box: Box) -> None:
    script = "for d in null zero full random urandom tty; do stat -c '%n %F %a %t %T' /dev/$d; done"
    assert box.shell(script).stdout.splitlines() == [
        "/dev/null character special file 666 1 3",
        "/dev/zero character special file 666 1 5",
        "/dev/full character special file 666 1 7",
        "/dev/random character special file 666 1 8",
        "/dev/urandom character special file 666 1 9",
        "/dev/tty character special file 666 5 0",
    ]
    links = box.shell(
        "cd /dev; for link in fd stdin stdout stderr ptmx; do readlink $link; done; echo x > /dev/shm/x && head -c1 /dev/zero | wc -c"
    )
    assert links.stdout.split() == [
        "/proc/self/fd",
        "/proc/self/fd/0",
        "/proc/self/fd/1",
        "/proc/self/fd/2",
        "pts/ptmx",
        "1",
    ]


def test_dev_stdout_can_be_written_by_any_user(box: Box) -> None:
    reader, writer = os.pipe()
    process = box.start("sh", "-c", "echo x > /dev/stdout", streams={"stdout": writer}, uid=1000, gid=1000)
    os.close(writer)
    with os.fdopen(reader, "rb") as output:
        assert output.read() == b"x\n"
    assert process.wait(PATIENCE_SECONDS) == 0


def test_shared_memory_has_its_size(box: Box) -> None:
    result = box.shell("df -k /dev/shm | tail -1", shm_size_bytes=3 << 20)
    assert result.stdout.split()[1] == str(3 << 10)


# --- privileges


def test_capabilities_are_dockers(box: Box) -> None:
    mask = sum(1 << CAPABILITIES.index(name) for name in DEFAULT_CAPABILITIES)
    table = dict(line.split() for line in box.shell("grep Cap /proc/self/status").stdout.splitlines())
    assert {name: int(value, 16) for name, value in table.items()} == {
        "CapInh:": 0,
        "CapPrm:": mask,
        "CapEff:": mask,
        "CapBnd:": mask,
        "CapAmb:": 0,
    }
    user = dict(line.split() for line in box.shell("grep Cap /proc/self/status", uid=1, gid=1).stdout.splitlines())
    assert {name: int(value, 16) for name, value in user.items()} == {
        "CapInh:": 0,
        "CapPrm:": 0,
        "CapEff:": 0,
        "CapBnd:": mask,
        "CapAmb:": 0,
    }


def test_capabilities_can_be_chosen(box: Box) -> None:
    result = box.shell("grep CapBnd /proc/self/status", capabilities=("CAP_CHOWN",))
    assert int(result.stdout.split()[1], 16) == 1


def test_setuid_programs_work(box: Box) -> None:
    """no_new_privs is not set, as in docker: su and sudo are used in builds."""
    layer = box.layer({"sbin": None, "etc/passwd": "root::0:0::/:/bin/sh\nme:x:1000:1000::/:/bin/sh\n"})
    shutil.copy(BUSYBOX, layer / "sbin/busybox")
    (layer / "sbin/busybox").chmod(0o4755)
    box.root = box.fresh(layer)
    result = box.shell("grep NoNewPrivs /proc/self/status; /sbin/busybox su root -c 'id -u'", uid=1000, gid=1000)
    assert result.stdout.split() == ["NoNewPrivs:", "0", "0"]


@pytest.mark.parametrize("path", ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"])
def test_masked_paths_tell_nothing(box: Box, path: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"this kernel has no {path}")
    assert box.shell(f"cat {path} {path}/* 2>/dev/null | wc -c").stdout.strip() == "0"


@pytest.mark.parametrize("path", ["/proc/sys/kernel/panic", "/proc/sysrq-trigger", "/sys/kernel/profiling"])
def test_the_machines_settings_cannot_be_changed(box: Box, path: str) -> None:
    result = box.shell(f"echo 0 > {path}")
    assert result.status != 0


def test_dangerous_system_calls_are_refused(box: Box) -> None:
    assert box.shell("grep Seccomp: /proc/self/status").stdout.split() == ["Seccomp:", "2"]
    for script in (
        "mount -t tmpfs x /tmp",
        "unshare -m true",
        "unshare -U true",
        "swapoff /dev/null",
        "hostname other",
    ):
        result = box.shell(script)
        assert result.status != 0, script
        assert "not permitted" in result.stderr or "denied" in result.stderr, script


def test_the_network_can_be_the_hosts_or_none(box: Box) -> None:
    devices = sorted(path.name for path in Path("/sys/class/net").iterdir())
    result = box.shell("ls /sys/class/net; readlink /proc/self/ns/net", network=Network.HOST)
    assert result.stdout.split() == [*devices, os.readlink("/proc/self/ns/net")]
    result = box.shell("ls /sys/class/net; ip addr show lo", network=Network.NONE)
    assert result.stdout.split()[0] == "lo"
    assert "127.0.0.1" in result.stdout
    assert "eth" not in result.stdout


def test_namespaces_are_the_commands_own(box: Box) -> None:
    for name in ("mnt", "pid", "ipc", "uts"):
        assert box.run("readlink", f"/proc/self/ns/{name}").stdout.strip() != os.readlink(f"/proc/self/ns/{name}")


# --- terminals


def read_terminal(process: Process, until: str) -> str:
    """What comes out of a terminal, until a text is in it."""
    assert process.terminal is not None
    seen = ""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while until not in seen:
        ready, _, _ = select.select([process.terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, seen
        try:
            seen += os.read(process.terminal, 1 << 16).decode()
        except OSError:
            break
    return seen


def test_a_terminal_is_the_commands_own_and_controls_it(box: Box) -> None:
    script = "tty; test -t 0 -a -t 1 -a -t 2 && echo all; echo x > /dev/tty; echo y > /dev/console; read line; echo got $line"
    process = box.start("sh", "-c", script, terminal=True)
    assert process.terminal is not None
    seen = read_terminal(process, "y\r\n")
    assert seen.startswith("/dev/pts/0\r\nall\r\nx\r\ny\r\n")
    os.write(process.terminal, b"typed\r")
    assert "got typed" in read_terminal(process, "got typed")
    assert process.wait(PATIENCE_SECONDS) == 0
    os.close(process.terminal)


def test_a_terminal_tells_its_size_and_changes_of_it(box: Box) -> None:
    script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done"
    process = box.start("sh", "-c", script, terminal=True, terminal_size=(31, 101))
    assert process.terminal is not None
    read_terminal(process, "ready")
    resize(process.terminal, (12, 34))
    assert "12 34" in read_terminal(process, "12 34")
    process.kill()
    assert process.wait(PATIENCE_SECONDS) == 137
    os.close(process.terminal)


def test_ctrl_c_in_a_terminal_interrupts_the_command(box: Box) -> None:
    process = box.start(
        "sh", "-c", "trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.02; done", terminal=True
    )
    assert process.terminal is not None
    read_terminal(process, "ready")
    os.write(process.terminal, b"\x03")
    assert "interrupted" in read_terminal(process, "interrupted")
    assert process.wait(PATIENCE_SECONDS) == 5
    os.close(process.terminal)


def test_a_user_may_use_the_terminal(box: Box) -> None:
    process = box.start("sh", "-c", "echo x > /dev/tty; stat -c %u $(tty)", terminal=True, uid=1000, gid=1000)
    assert process.terminal is not None
    assert read_terminal(process, "1000\r\n").split() == ["x", "1000"]
    assert process.wait(PATIENCE_SECONDS) == 0
    os.close(process.terminal)


def test_limits_hold(box: Box) -> None:
    """Soft and hard, also for a user; none of a limit stays none."""
    limits = (("nofile", 64, 128), ("core", 0, 0), ("fsize", -1, -1), ("cpu", 100, 200))
    script = "ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hf; ulimit -St; ulimit -Ht"
    assert box.shell(script, limits=limits, uid=1000, gid=1000).stdout.split() == [
        "64",
        "128",
        "0",
        "unlimited",
        "100",
        "200",
    ]


def test_the_size_of_shared_memory(box: Box) -> None:
    """As it is asked for."""
    assert "size=3072k" in box.shell("grep /dev/shm /proc/mounts", shm_size_bytes=3 << 20).stdout


def test_no_network_has_a_loopback_device_that_is_up(box: Box) -> None:
    """A server on it can be reached, and there is nothing else."""
    script = "ls /sys/class/net; ip -o addr show lo; nc -l -p 99 -e echo answered & sleep 0.3; nc -w 5 127.0.0.1 99"
    found = box.shell(script, network=Network.NONE).stdout
    assert found.startswith("lo\n")
    assert "inet 127.0.0.1/8" in found
    assert found.endswith("answered\n")


def test_an_insecure_command_is_not_kept_from_anything(box: Box) -> None:
    """Every capability of ours, no filter, writable kernel files, the machine's devices; also for a user."""
    script = """
grep -E 'CapEff|CapBnd|CapAmb|Seccomp:' /proc/self/status | tr -d '\\t'
test -b /dev/loop0 && test -c /dev/fuse && test -c /dev/net/tun && echo devices
grep -q ' /sys sysfs rw' /proc/mounts && echo sys
test -r /proc/kcore -o ! -e /proc/kcore && ! grep -q ' /proc/sys ' /proc/mounts && echo proc
mkdir -p /tmp/m && mount -t tmpfs none /tmp/m && echo mounted && umount /tmp/m && rmdir /tmp/m
"""
    held = Path("/proc/self/status").read_text()
    (mask,) = (int(line.split()[1], 16) for line in held.splitlines() if line.startswith("CapEff:"))
    mask &= (1 << len(CAPABILITIES)) - 1
    for uid in (0, 1000):
        found = box.shell(script, insecure=True, uid=uid, gid=uid).stdout.split()
        capabilities = {line.partition(":")[0]: line.partition(":")[2] for line in found if ":" in line}
        assert capabilities.pop("Seccomp") == Path("/proc/self/status").read_text().partition("Seccomp:\t")[2][0]
        assert {int(value, 16) for value in capabilities.values()} == {mask}
        assert [line for line in found if ":" not in line] == ["devices", "sys", "proc", "mounted"]


def test_a_usual_command_has_none_of_that(box: Box) -> None:
    """The counterpart: what an insecure one may, this one may not."""
    script = "ls /dev; mkdir -p /tmp/m; mount -t tmpfs none /tmp/m && echo mounted; rmdir /tmp/m"
    found = box.shell(script).stdout.split()
    assert not {"fuse", "loop0", "kmsg", "mounted"} & set(found)


def test_control_groups_lie_below_the_parent(box: Box) -> None:
    """Where the rung makes any; none is left of them afterwards."""
    if not box.sandbox.has_control_groups:
        assert box.shell("true", control_group_parent="some/where").status == 0
        return
    process = box.start("sleep", "1000.625", control_group_parent="tests-of-groups/deeper")
    hierarchies = Path("/sys/fs/cgroup")
    try:
        while not list(hierarchies.glob("**/tests-of-groups/deeper/jettison-*")):
            assert process.wait(0.01) is None
    finally:
        process.kill()
        process.wait(PATIENCE_SECONDS)
    assert not list(hierarchies.glob("**/tests-of-groups/deeper/jettison-*"))
    for name in ("tests-of-groups/deeper", "tests-of-groups"):
        for path in hierarchies.glob(f"**/{name}"):
            path.rmdir()


def test_a_limit_that_the_kernel_refuses(box: Box) -> None:
    """Is an error that names it."""
    with pytest.raises(SandboxError, match=r"nofile|rlimit"):
        box.shell("true", limits=(("nofile", 1 << 40, 1 << 40),))
