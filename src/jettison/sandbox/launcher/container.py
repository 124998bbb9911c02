"""From a cell to the command: process 1 learns what it shall be, and becomes it in the order that the kernel asks."""

from __future__ import annotations

import _socket
import errno
import os
import select
import signal
import stat

from jettison.sandbox import wire
from jettison.sandbox.defaults import DEFAULT_PATH
from jettison.sandbox.launcher import console, filesystem, paths, privileges, seccomp, syscalls
from jettison.sandbox.launcher.errors import (
    COMMAND_NOT_EXECUTABLE,
    COMMAND_NOT_FOUND,
    CommandError,
    doing,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from jettison.sandbox.wire import WireCommand

_PASSWD_LIMIT_BYTES = 1 << 20


def become(monitor: wire.Channel, held: frozenset[int], *, insecure: bool) -> NoReturn:
    """Wait for the command, and become it with no capability but those ``held``.

    Ends the process where the monitor is gone.
    """
    received = wire.receive(monitor)
    if received is None:
        os._exit(0)
    request, (*streams, root) = received
    command: WireCommand = request["command"]
    with doing("setting the host name"):
        _socket.sethostname(command["hostname"])
    filesystem.enter(root, _mounts(monitor, request["mounts"]), insecure=insecure)
    if command["terminal"]:
        streams = console.make(monitor, command)
    _arrange_descriptors(streams, monitor, command["uid"])
    if command["terminal"]:
        console.control()
    if request["read_only_root"]:
        filesystem.make_read_only()
    _enter_command(command, held, monitor)


def die_with(monitor: wire.Channel) -> None:
    """Make sure that this process does not outlive the monitor; to be said again after a change of the user."""
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    poll = select.poll()
    poll.register(monitor, select.POLLHUP)
    if poll.poll(0):
        os._exit(1)


def _mounts(monitor: wire.Channel, count: int) -> Iterator[tuple[int, str, bool]]:
    """What the monitor sends one by one: an opened tree, its target, whether it is a directory."""
    for _ in range(count):
        received = wire.receive(monitor)
        if received is None:
            os._exit(0)
        mount, (tree,) = received
        yield tree, mount["target"], mount["directory"]


def _arrange_descriptors(streams: list[int], monitor: wire.Channel, uid: int) -> None:
    """Make the streams 0, 1 and 2, and leave nothing else open but the way to the monitor, which closes on exec."""
    copies = [os.dup(stream) for stream in streams]
    for number, copy in enumerate(copies):
        os.dup2(copy, number)
        if uid and stat.S_ISFIFO(os.fstat(number).st_mode):
            os.fchown(number, uid, -1)
    os.closerange(3, monitor.fileno())
    os.closerange(monitor.fileno() + 1, os.sysconf("SC_OPEN_MAX"))


def _enter_command(command: WireCommand, held: frozenset[int], monitor: wire.Channel) -> NoReturn:
    """The last steps, from root of the machine to the user of the command."""
    uid, gid = command["uid"], command["gid"]
    env = {os.fsencode(name): os.fsencode(value) for name, value in command["env"]}
    env.setdefault(b"HOME", _home(uid))
    os.umask(0o022)
    with doing(f"entering the working directory /{command['working_dir']}"):
        _change_directory(command["working_dir"], uid, gid)
    privileges.limit_resources(command["limits"])
    with doing("giving up privileges"):
        if not command["insecure"]:
            seccomp.install(command["capabilities"])
        privileges.become(uid, gid, command["groups"], command["capabilities"], held, keep=command["insecure"])
    die_with(monitor)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # ignored by Python; ``main`` saw to the others
        signal.signal(number, signal.SIG_DFL)
    _execute([os.fsencode(argument) for argument in command["args"]], env)


def _home(uid: int) -> bytes:
    """The home directory that the root's own /etc/passwd gives the user, ``/`` where it does not."""
    try:
        descriptor = os.open("/etc/passwd", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b"/"
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b"/"
        data = os.read(descriptor, _PASSWD_LIMIT_BYTES)
    finally:
        os.close(descriptor)
    for line in data.splitlines():
        fields = line.split(b":")
        if len(fields) >= 6 and fields[2] == str(uid).encode():
            return fields[5] or b"/"
    return b"/"


def _change_directory(path: str, uid: int, gid: int) -> None:
    """Enter the directory, made where it is missing; links of /proc that lead out of the root are not followed."""
    root = paths.open_directory("/")
    place = paths.canonical(root, path)
    paths.make_missing(root, place, directory=True, owner=(uid, gid))
    os.fchdir(paths.open_exactly(root, place, os.O_PATH | os.O_DIRECTORY))


def _execute(args: list[bytes], env: dict[bytes, bytes]) -> NoReturn:
    """Enter the program, found as docker finds it: by the PATH of the command's own environment."""
    name = args[0]
    if b"/" in name:
        _enter(name, args, env)
    path = env.get(b"PATH", DEFAULT_PATH.encode())
    for directory in path.split(b":"):
        candidate = (directory or b".") + b"/" + name
        if os.access(candidate, os.X_OK) and stat.S_ISREG(os.stat(candidate).st_mode):
            _enter(candidate, args, env)
    raise CommandError(f'exec: "{os.fsdecode(name)}": executable file not found in $PATH', COMMAND_NOT_FOUND)


def _enter(program: bytes, args: list[bytes], env: dict[bytes, bytes]) -> NoReturn:
    """Enter exactly this program, unless a link of /proc leads to it: that could be the launcher's own."""
    try:
        os.close(syscalls.openat2(syscalls.AT_FDCWD, os.fsdecode(program), os.O_PATH, syscalls.RESOLVE_NO_MAGICLINKS))
        os.execve(program, args, env)
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
        code = COMMAND_NOT_FOUND if missing else COMMAND_NOT_EXECUTABLE
        reason = os.strerror(error.errno or 0).lower()
        raise CommandError(f'exec: "{os.fsdecode(args[0])}": {reason}', code) from error
