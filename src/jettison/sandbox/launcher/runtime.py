"""Handing the command to an OCI runtime (runtime-spec, config.md), inside the same private mount namespace.

The runtime runs in a process namespace of our own around the one it makes, so that killing that namespace's first
process kills the runtime and everything it started, whatever state it is in. Its state lies in memory and goes with it.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import time

from jettison.sandbox import wire
from jettison.sandbox.launcher import console, paths, syscalls
from jettison.sandbox.launcher.errors import (
    COMMAND_NOT_EXECUTABLE,
    COMMAND_NOT_FOUND,
    CommandError,
    LaunchError,
    doing,
)
from jettison.sandbox.launcher.running import Running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from jettison.sandbox.launcher.staging import Staging
    from jettison.sandbox.wire import WireCommand, WireRuntime

_NOT_FOUND = ("executable file not found", "executable file `", "no such file or directory")
_NOT_EXECUTABLE = ("permission denied", "is a directory", "exec format error", "not executable")
"""How runc and crun say it; docker reads runc's words in the same way."""

_BUSY_LOOKS = 50
_BUSY_SECONDS = 0.02


def start(
    runtime: WireRuntime, command: WireCommand, staging: Staging, streams: list[int]
) -> tuple[Running, list[int]]:
    """Start the runtime; whether it could enter the command, :func:`check` tells afterwards."""
    with doing("making the working directory"):
        _make_working_directory(command, staging)
    with doing("writing the runtime's configuration"):
        _write_configuration(runtime, staging)
    terminal: list[int] = []
    if command["terminal"]:
        with doing("making a terminal"):
            outer, inner = os.openpty()
            console.resize(outer, command["terminal_size"])
        terminal, streams = [outer], [inner, inner, inner]
    with doing("making a process namespace"):
        syscalls.unshare(syscalls.CLONE_NEWPID)
    ours, theirs = wire.channel_pair()
    first = os.fork()
    if first == 0:
        ours.close()
        _stay(theirs)
    theirs.close()
    process = os.fork()
    if process == 0:
        _child(runtime, command, staging, streams)
    if terminal:
        os.close(streams[0])
    return Running(process, first, ours), terminal


def check(runtime: WireRuntime, staging: Staging) -> None:
    """Raise what the runtime reported, if anything; remove the control groups it leaves behind when it is killed."""
    _remove_control_groups(runtime["spec"]["linux"]["cgroupsPath"])
    try:
        log = paths.read_file(f"{staging.path}/log")
    except FileNotFoundError:
        return
    for line in log.splitlines():
        record = json.loads(line)
        if record.get("level") == "error":
            message = record["msg"]
            lowered = message.lower()
            if "exec" in lowered and any(words in lowered for words in _NOT_FOUND):
                raise CommandError(message, COMMAND_NOT_FOUND)
            if "exec" in lowered and any(words in lowered for words in _NOT_EXECUTABLE):
                raise CommandError(message, COMMAND_NOT_EXECUTABLE)
            raise LaunchError(f"{runtime['program'][0].rpartition('/')[2]}: {message}")


def _make_working_directory(command: WireCommand, staging: Staging) -> None:
    """Make it, owned by the command's user, unless it lies in a mount: there the runtime makes it."""
    path = paths.canonical(staging.root_directory, command["working_dir"])
    if not staging.covers(path):
        paths.make_missing(staging.root_directory, path, directory=True, owner=(command["uid"], command["gid"]))


def _write_configuration(runtime: WireRuntime, staging: Staging) -> None:
    spec = runtime["spec"]
    spec["root"] = {"path": staging.root, "readonly": staging.read_only_root}
    for mount in staging.mounts:
        options = ["rbind", "rprivate", "ro"] if mount.read_only else ["rbind", "rprivate"]
        spec["mounts"].append(
            {"destination": f"/{mount.target}", "type": "bind", "source": mount.path, "options": options}
        )
    file = os.open("config.json", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=staging.directory)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        json.dump(spec, stream)


def _stay(monitor: wire.Channel) -> NoReturn:
    """Be process 1: reap what is orphaned, until killed, or until the monitor is gone."""
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        os.closerange(0, monitor.fileno())
        os.closerange(monitor.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        monitor.recv(1)
    finally:
        os._exit(0)


def _child(runtime: WireRuntime, command: WireCommand, staging: Staging, streams: list[int]) -> NoReturn:
    """Become the runtime."""
    try:
        os.setsid()
        syscalls.unshare(syscalls.CLONE_NEWNS)
        syscalls.mount("proc", "/proc", "proc", syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOEXEC)
        for number, copy in enumerate([os.dup(stream) for stream in streams]):
            os.dup2(copy, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        if command["terminal"]:
            console.control()
        program = runtime["program"]
        place = staging.path
        logging = ["--log", f"{place}/log", "--log-format", "json", "--root", f"{place}/state"]
        args = [*program, *logging, "run", "--bundle", place, runtime["container"]]
        os.execve(program[0], args, {"PATH": os.defpath})
    finally:
        os._exit(COMMAND_NOT_FOUND)


def _remove_control_groups(path: str) -> None:
    """Remove the command's empty control groups below every mounted hierarchy."""
    for line in paths.read_file("/proc/self/mountinfo").splitlines():
        left, _, right = line.partition(b" - ")
        if right.startswith((b"cgroup ", b"cgroup2 ")):
            hierarchy = paths.open_directory(os.fsdecode(left.split()[4]))
            try:
                _remove_control_group(path.removeprefix("/"), hierarchy)
            finally:
                os.close(hierarchy)


def _remove_control_group(path: str, hierarchy: int) -> None:
    """Remove one of them. The kernel may call it busy for a moment after the last of its processes is gone."""
    for _ in range(_BUSY_LOOKS):
        try:
            os.rmdir(path, dir_fd=hierarchy)
        except OSError as error:
            if error.errno != errno.EBUSY:
                return  # the runtime removed it itself, or never made it
            time.sleep(_BUSY_SECONDS)
        else:
            return
