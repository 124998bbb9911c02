"""Agents of a build, and the sockets that lead to them: what passes, what is refused, and that all of it ends."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.threads import no_more_threads

from jettison.errors import JettisonError, UsageError
from jettison.sources.ssh_agent import AgentSource, forwarding, running_agent

pytestmark = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="openssh-client is not installed")

LIST_KEYS, KEYS = 11, 12
FAILURE = b"\5"
REFUSED = (1, 9, 17, 18, 19, 22, 23, 25, 27, 200)
"""Version 1, adding, removing, locking, unlocking, extensions."""


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A file with a private key."""
    return make_key(tmp_path / "id")


def make_key(path: Path, *, passphrase: str = "", kind: str = "ed25519") -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", os.fspath(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def agent(key: Path) -> Iterator[Path]:
    """The socket of an agent with that key."""
    with running_agent(AgentSource(id="default", paths=(key,))) as path:
        yield path


def ask(path: Path, body: bytes) -> bytes:
    """The answer to one message."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(os.fspath(path))
        client.sendall(struct.pack(">I", len(body)) + body)
        (length,) = struct.unpack(">I", client.recv(4, socket.MSG_WAITALL))
        return client.recv(length, socket.MSG_WAITALL)


def listed(path: Path) -> str:
    result = subprocess.run(
        ["ssh-add", "-l"], env={"SSH_AUTH_SOCK": os.fspath(path)}, capture_output=True, text=True, check=False
    )
    return result.stdout


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_keys_of_every_kind_are_held(tmp_path: Path, kind: str) -> None:
    """Those that ssh-keygen makes; the agent is gone afterwards."""
    key = make_key(tmp_path / "key", kind=kind)
    with running_agent(AgentSource(id="default", paths=(key,))) as path:
        assert "key" in listed(path)
    assert not path.exists()


@pytest.mark.parametrize("content", ["root:x:0:0:\n", "ssh-ed25519 AAAA key\n", "x" * 300_000, ""])
def test_what_is_no_private_key_is_refused_by_name(tmp_path: Path, content: str) -> None:
    """At once, and not by the first step that asks for it; also pipes and folders."""
    path, pipe = tmp_path / "key", tmp_path / "pipe"
    path.write_text(content)
    os.mkfifo(pipe)
    for wrong in (path, pipe, tmp_path):
        with pytest.raises(UsageError, match=rf"--ssh x: '{wrong}' is neither a socket nor a private key"):
            AgentSource(id="x", paths=(wrong,)).check()


def test_a_running_agent_is_taken_as_it_is(agent: Path) -> None:
    """No other one is started, and it goes on."""
    with running_agent(AgentSource(id="x", paths=(agent,))) as path:
        assert path == agent
    assert listed(agent)


def test_keys_are_listed_and_sign(agent: Path, key: Path, tmp_path: Path) -> None:
    """A real client does both by way of a forwarded socket."""
    data, folder = tmp_path / "data", tmp_path / "folder"
    data.write_text("signed")
    folder.mkdir()
    with forwarding(agent, folder, uid=os.getuid(), gid=os.getgid(), mode=0o600) as path:
        assert path.stat().st_mode & 0o777 == 0o600
        assert listed(path) == listed(agent)
        environment = {"SSH_AUTH_SOCK": os.fspath(path), "PATH": os.defpath}
        command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", f"{key}.pub", os.fspath(data)]
        key.rename(tmp_path / "hidden")
        subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, capture_output=True)
        assert (tmp_path / "data.sig").read_text().startswith("-----BEGIN SSH SIGNATURE-----")
    assert not path.exists()


@pytest.mark.parametrize("number", REFUSED)
def test_the_rest_is_refused(agent: Path, tmp_path: Path, number: int) -> None:
    """The agent never hears of it, and its keys stay."""
    with forwarding(agent, tmp_path, uid=os.getuid(), gid=os.getgid(), mode=0o600) as path:
        assert ask(path, bytes([number]) + b"\0\0\0\1x") == FAILURE
        assert ask(path, bytes([LIST_KEYS]))[0] == KEYS
    assert listed(agent)


def test_what_is_no_message_ends_the_connection(agent: Path, tmp_path: Path) -> None:
    """A length of nothing or of more than an agent takes; others are served as before."""
    with forwarding(agent, tmp_path, uid=os.getuid(), gid=os.getgid(), mode=0o600) as path:
        for header in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(os.fspath(path))
                client.sendall(header)
                assert client.recv(1) == b""
        assert ask(path, bytes([LIST_KEYS]))[0] == KEYS


def test_open_connections_end_with_the_forwarding(agent: Path, tmp_path: Path) -> None:
    """A client that hangs on keeps nobody waiting, and no thread is left."""
    client = socket.socket(socket.AF_UNIX)
    with client, forwarding(agent, tmp_path, uid=os.getuid(), gid=os.getgid(), mode=0o600) as path:
        client.connect(os.fspath(path))
    for thread in threading.enumerate():
        if thread.name.startswith("ssh-agent"):
            thread.join()


def test_paths_may_be_longer_than_an_address(agent: Path, tmp_path: Path) -> None:
    """Of the forwarded socket as of the agent's own."""
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    with forwarding(agent, folder, uid=os.getuid(), gid=os.getgid(), mode=0o600) as first:
        other = folder / ("e" * 100)
        other.mkdir()
        link = tmp_path / "link"
        with forwarding(first, other, uid=os.getuid(), gid=os.getgid(), mode=0o600) as second:
            link.symlink_to(second.parent)
            assert ask(link / second.name, bytes([LIST_KEYS]))[0] == KEYS


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder, agent: (folder / "nope",), "No such file"),
        (lambda folder, agent: (agent, agent), "only single socket"),
        (lambda folder, agent: (agent, make_key(folder / "k")), "combination of keys and sockets"),
        (lambda folder, agent: (make_key(folder / "p", passphrase="longer"),), "failed to parse"),
        (lambda folder, agent: (folder / "garbage",), "neither a socket nor a private key"),
    ],
)
def test_what_cannot_be_used(tmp_path: Path, agent: Path, make: object, message: str) -> None:
    """Named, with the reason."""
    (tmp_path / "garbage").write_text("no key")
    (tmp_path / "garbage").chmod(0o600)
    assert callable(make)
    with (
        pytest.raises(UsageError, match=message),
        running_agent(AgentSource(id="default", paths=make(tmp_path, agent))),
    ):
        pass


def test_the_agent_ends_with_whoever_started_it(key: Path) -> None:
    """Also where that one is killed: it looks for its parent every ten seconds."""
    script = (
        "import sys, time; from pathlib import Path; from jettison.sources.ssh_agent import *\n"
        "with running_agent(AgentSource(id='x', paths=(Path(sys.argv[1]),))) as path:\n"
        "    print(path, flush=True); time.sleep(1000)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, key], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    path = Path(process.stdout.readline().strip())
    assert listed(path)
    process.kill()
    process.wait()
    process.stdout.close()
    while listed(path):
        time.sleep(0.2)
    path.unlink(missing_ok=True)
    path.parent.rmdir()


def test_without_threads_it_says_so(agent: Path, tmp_path: Path) -> None:
    """No socket is left that nobody serves."""
    with (
        no_more_threads(),
        pytest.raises(JettisonError, match="no more threads"),
        forwarding(agent, tmp_path, uid=0, gid=0, mode=0o600),
    ):
        pytest.fail("nobody serves the socket")
    assert not (tmp_path / "agent").exists()


def test_a_client_without_a_thread_is_turned_away(agent: Path, tmp_path: Path) -> None:
    """Its connection ends; whoever comes when there are threads again is served."""
    with forwarding(agent, tmp_path, uid=os.getuid(), gid=os.getgid(), mode=0o600) as path:
        with no_more_threads(), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(os.fspath(path))
            assert client.recv(1) == b""
        assert ask(path, bytes([LIST_KEYS]))[0] == KEYS
