"""The child that becomes the command: process 1 of its own namespaces, in the order that the kernel asks for."""

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
    LaunchError,
    doing,
)
from jettison.sandbox.launcher.running import Running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from jettison.sandbox.launcher.staging import Staging
    from jettison.sandbox.wire import WireCommand

_PASSWD_LIMIT_BYTES = 1 << 20


def start(command: WireCommand, staging: Staging, streams: list[int]) -> tuple[Running, list[int]]:
    """Start the command; in a list of one or none, the descriptor of its terminal.

    Returns once the command's own program has been entered. Raises :class:`LaunchError` or :class:`CommandError`; then
    no process is left.
    """
    with doing("making a process namespace"):
        syscalls.unshare(syscalls.CLONE_NEWPID)
    ours, theirs = wire.channel_pair()
    child = os.fork()
    if child == 0:
        ours.close()
        _child(command, staging, streams, theirs)
    theirs.close()
    terminal: list[int] = []
    while (received := wire.receive(ours)) is not None:
        answer, descriptors = received
        terminal += descriptors
        if "terminal" in answer:
            continue
        os.waitpid(child, 0)
        ours.close()
        if "failed" in answer:
            raise LaunchError(answer["failed"])
        raise CommandError(answer["command"], answer["code"])
    ours.close()
    return Running(child, child), terminal


def _child(command: WireCommand, staging: Staging, streams: list[int], monitor: wire.Channel) -> NoReturn:
    """Become the command, or tell the monitor why not; never returns."""
    os.umask(0)
    try:
        os.setsid()
        _die_with(monitor)
        _isolate(command)
        filesystem.enter(staging, command)
        if command["terminal"]:
            streams = console.make(monitor, command)
        _arrange_descriptors(streams, monitor, command["uid"])
        if command["terminal"]:
            console.control()
        if staging.read_only_root:
            filesystem.make_read_only()
        _enter_command(command, monitor)
    except LaunchError as error:
        wire.send(monitor, {"failed": str(error)})
    except CommandError as error:
        wire.send(monitor, {"command": str(error), "code": error.exit_code})
    except Exception as error:
        wire.send(monitor, {"failed": f"starting the command: {error}"})
    finally:
        os._exit(1)


def _die_with(monitor: wire.Channel) -> None:
    """Make sure that this process does not outlive the monitor; to be said again after a change of the user."""
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
    poll = select.poll()
    poll.register(monitor, select.POLLHUP)
    if poll.poll(0):
        os._exit(1)


def _isolate(command: WireCommand) -> None:
    """Enter the remaining namespaces."""
    with doing("making namespaces"):
        flags = syscalls.CLONE_NEWNS | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWIPC
        if command["network"] == "none":
            flags |= syscalls.CLONE_NEWNET
        syscalls.unshare(flags)
        try:
            syscalls.unshare(syscalls.CLONE_NEWCGROUP)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
    with doing("setting the host name"):
        _socket.sethostname(command["hostname"])
    if command["network"] == "none":
        with doing("bringing up the loopback device"):
            syscalls.bring_up_loopback()


def _arrange_descriptors(streams: list[int], monitor: wire.Channel, uid: int) -> None:
    """Make the streams 0, 1 and 2, and leave nothing else open but the way to the monitor, which closes on exec."""
    copies = [os.dup(stream) for stream in streams]
    for number, copy in enumerate(copies):
        os.dup2(copy, number)
        if uid and stat.S_ISFIFO(os.fstat(number).st_mode):
            os.fchown(number, uid, -1)
    os.closerange(3, monitor.fileno())
    os.closerange(monitor.fileno() + 1, os.sysconf("SC_OPEN_MAX"))


def _enter_command(command: WireCommand, monitor: wire.Channel) -> NoReturn:
    """The last steps, from root of the machine to the user of the command."""
    uid, gid = command["uid"], command["gid"]
    env = {os.fsencode(name): os.fsencode(value) for name, value in command["env"]}
    env.setdefault(b"HOME", _home(uid))
    os.umask(0o022)
    with doing(f"entering the working directory /{command['working_dir']}"):
        _change_directory(command["working_dir"], uid, gid)
    privileges.limit_resources(command["limits"])
    with doing("giving up privileges"):
        privileges.limit_bounding_set(command["capabilities"])
        if not command["insecure"]:
            seccomp.install(command["capabilities"])
        privileges.become(uid, gid, command["groups"], command["capabilities"], keep=command["insecure"])
    _die_with(monitor)
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
