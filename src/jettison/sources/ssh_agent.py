"""ssh agents for the length of a build, and sockets that lead to them (draft-ietf-sshm-ssh-agent).

A step gets a socket of its own that passes on what a client needs to log in, listing keys and signing, and refuses the
rest: a step can neither add nor remove keys, nor lock the agent, nor use its extensions (BuildKit: ``readOnlyAgent``).
Key files are held by an ``ssh-agent`` of the build's own: of private keys this program uses no more than the line that
tells what they are.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from jettison.errors import JettisonError, UsageError
from jettison.frozen import dataclass
from jettison.patterns import late_pattern
from jettison.pools import begin

REQUEST_IDENTITIES = 11
SIGN_REQUEST = 13
_FAILURE = b"\0\0\0\1\5"
_FORWARDED = (REQUEST_IDENTITIES, SIGN_REQUEST)
_LENGTH = struct.Struct(">I")
_MAX_MESSAGE_BYTES = 256 << 10
"""OpenSSH's own limit."""
_MAX_KEY_BYTES = 100 << 10
"""BuildKit's own limit."""
_MAX_LINE_BYTES = 1 << 10
_KEY_LINE = late_pattern(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_CONNECT_SECONDS = 2.0
_ADD_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSource:
    """An agent under the name that a Dockerfile knows it by: the socket of one that runs, or key files."""

    id: str
    paths: tuple[Path, ...]

    def check(self) -> None:
        """Raise :class:`UsageError` for what is neither one socket nor private keys, readable."""
        sockets = 0
        for path in self.paths:
            try:
                mode = path.stat().st_mode
                if not stat.S_ISSOCK(mode):
                    _check_key(path, mode, self.id)
            except OSError as error:
                raise UsageError(f"--ssh {self.id}: cannot use {str(path)!r}: {error.strerror}") from error
            sockets += stat.S_ISSOCK(mode)
        if sockets > 1:
            raise UsageError(f"--ssh {self.id}: only single socket allowed")
        if sockets and len(self.paths) > 1:
            raise UsageError(f"--ssh {self.id}: invalid combination of keys and sockets")


def _check_key(path: Path, mode: int, name: str) -> None:
    """Look for the line with which every form of private key that ssh-add takes begins."""
    is_key = False
    if stat.S_ISREG(mode):
        with path.open("rb") as file:
            while not is_key and (line := file.readline(_MAX_LINE_BYTES)) and file.tell() < _MAX_KEY_BYTES:
                is_key = _KEY_LINE.match(line) is not None
    if not is_key:
        raise UsageError(
            f"--ssh {name}: {str(path)!r} is neither a socket nor a private key",
            hint=f"for example --ssh {name}=$HOME/.ssh/id_ed25519, or the agent's socket",
        )


@contextmanager
def running_agent(source: AgentSource) -> Iterator[Path]:
    """The socket of an agent for ``source``: the one it names, or of a new one that holds its keys and ends after."""
    source.check()
    if stat.S_ISSOCK(source.paths[0].stat().st_mode):
        yield source.paths[0]
        return
    import tempfile

    agent, add = _program("ssh-agent"), _program("ssh-add")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jettison-ssh-")))
        path = folder / "agent"
        # The agent ends with the program it runs, and that one with its standard input: also where we are killed.
        script = 'echo "$SSH_AGENT_PID" && exec cat'
        process = subprocess.Popen(
            [agent, "-a", os.fspath(path), "sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        stack.callback(_end, process)
        assert process.stdout is not None
        number = process.stdout.readline().strip()
        if not number:
            raise UsageError(f"--ssh {source.id}: ssh-agent does not start")
        stack.callback(_terminate, int(number))
        for key in source.paths:
            _add_key(add, path, key, source.id)
        yield path


@contextmanager
def forwarding(upstream: Path, folder: Path, *, uid: int, gid: int, mode: int) -> Iterator[Path]:
    """A socket in ``folder`` that leads to the agent at ``upstream`` for as long as the body takes."""
    path = folder / "agent"
    listener = socket.socket(socket.AF_UNIX)
    with listener, _opened(folder) as directory:
        listener.bind(_address(directory, path.name))
        os.chown(path, uid, gid)
        path.chmod(mode)
        listener.listen()
        forwarder = _Forwarder(listener, upstream)
        try:
            begin(forwarder)
            try:
                yield path
            finally:
                forwarder.stop()
        finally:
            path.unlink(missing_ok=True)


class _Forwarder(threading.Thread):
    """Accepts connections and serves each on a thread of its own."""

    def __init__(self, listener: socket.socket, upstream: Path) -> None:
        super().__init__(name="ssh-agent", daemon=True)
        self._listener = listener
        self._upstream = upstream
        self._guard = threading.Lock()
        self._clients: set[socket.socket] = set()
        self._stopped = False

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._guard:
                if self._stopped:
                    client.close()
                    return
                self._clients.add(client)
            try:
                begin(threading.Thread(target=self._serve, args=(client,), name="ssh-agent-client", daemon=True))
            except JettisonError:
                self._drop(client)  # its connection ends; the next one may be luckier

    def stop(self) -> None:
        """Accept nothing more, end what is open, and wait for the thread."""
        with self._guard:
            self._stopped = True
            for client in self._clients:
                _shut_down(client)
        _shut_down(self._listener)
        self.join()

    def _serve(self, client: socket.socket) -> None:
        try:
            with socket.socket(socket.AF_UNIX) as agent, _opened(self._upstream.parent) as directory:
                agent.settimeout(_CONNECT_SECONDS)
                agent.connect(_address(directory, self._upstream.name))
                agent.settimeout(None)
                while (request := _receive(client)) is not None:
                    answer = _FAILURE if request[4] not in _FORWARDED else _ask(agent, request)
                    if answer is None:
                        return
                    client.sendall(answer)
        except OSError:
            return  # one side went away: the client sees the end of its connection
        finally:
            self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        with self._guard:
            self._clients.discard(client)
        client.close()


def _ask(agent: socket.socket, request: bytes) -> bytes | None:
    agent.sendall(request)
    return _receive(agent)


def _receive(channel: socket.socket) -> bytes | None:
    """One message with its length in front; None at the end, or where it is none."""
    header = _receive_exactly(channel, _LENGTH.size)
    if header is None:
        return None
    (length,) = _LENGTH.unpack(header)
    if not 0 < length <= _MAX_MESSAGE_BYTES:
        return None
    body = _receive_exactly(channel, length)
    return None if body is None else header + body


def _receive_exactly(channel: socket.socket, length: int) -> bytes | None:
    data = b""
    while len(data) < length:
        part = channel.recv(length - len(data))
        if not part:
            return None
        data += part
    return data


def _shut_down(channel: socket.socket) -> None:
    try:
        channel.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was over already


def _address(directory: int, name: str) -> str:
    """A socket's address by its opened folder: the path itself may be longer than an address can be."""
    return f"/proc/self/fd/{directory}/{name}"


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise UsageError(
            f"--ssh with key files needs {name}, which is not in PATH",
            hint="install OpenSSH's client, or give the socket of an agent: --ssh default=SOCKET",
        )
    return found


def _add_key(add: str, agent: Path, key: Path, name: str) -> None:
    """Load a key; one with a passphrase is refused, since nobody is asked for it."""
    result = subprocess.run(
        [add, "-q", os.fspath(key)],
        env={"SSH_AUTH_SOCK": os.fspath(agent), "SSH_ASKPASS_REQUIRE": "never", "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_ADD_SECONDS,
        start_new_session=True,
        check=False,
    )
    if result.returncode:
        lines = result.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1].strip() if lines else "ssh-add refuses it"
        raise UsageError(
            f"--ssh {name}: failed to parse {str(key)!r}: {reason}",
            hint="a key must be readable by its owner alone; one with a passphrase is added to an agent of your own",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the standard input that keeps the agent alive, and wait."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    process.wait()


def _terminate(number: int) -> None:
    """End the agent at once: by itself it would look for its parent every ten seconds only."""
    try:
        os.kill(number, 15)
    except ProcessLookupError:
        return
