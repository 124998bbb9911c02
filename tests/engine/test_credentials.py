"""Secrets and ssh agents: they reach the step that names them, as it asks for them, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engine.bench import Bench, Built

from jettison.engine.credentials import MAX_SECRET_BYTES, Credentials, SecretSource
from jettison.errors import CancelledError, JettisonError
from jettison.sandbox.probe import RUNGS, choose
from jettison.sources.ssh_agent import AgentSource
from jettison.tui.rawjson import event_document

pytestmark = pytest.mark.root

TEXT = b"never-to-be-found-\xc3\xa4"
SECRETS = (SecretSource(id="token", value=TEXT),)


def everything(bench: Bench) -> dict[Path, bytes]:
    """Every file below the store."""
    return {path: path.read_bytes() for path in (bench.root / "store").rglob("*") if path.is_file()}


def assert_nowhere(bench: Bench, built: Built) -> None:
    """The secret is not in the store, the image, or the events."""
    found = [path for path, data in everything(bench).items() if TEXT in data]
    assert found == []
    told = json.dumps([event_document(event) for event in built.events], ensure_ascii=False)
    assert TEXT.decode() not in told
    assert TEXT.decode() not in " ".join(built.history)


def test_a_secret_reaches_its_step_alone(bench: Bench) -> None:
    """As a file, in a variable, or both; neither the store nor the image nor an event holds a byte of it."""
    built = bench.build(
        """\
FROM busybox:test
RUN --mount=type=secret,id=token stat -c %a:%u:%g:%s /run/secrets/token > /usual; sha256sum < /run/secrets/token > /sum
RUN --mount=type=secret,id=token,target=/etc/t,mode=0640,uid=7,gid=8 stat -c %a:%u:%g /etc/t > /given
RUN --mount=type=secret,id=token,uid=1000 stat -c %a:%u:%g /run/secrets/token > /owner
RUN --mount=type=secret,id=token,env=TOKEN test -n "$TOKEN" && test ! -e /run/secrets && printf %s "$TOKEN" | sha256sum > /env
RUN --mount=type=secret,id=token,env=TOKEN,dst=/both test "$(cat /both)" = "$TOKEN"
RUN --mount=type=secret,source=token,target=/x test -s /x && ! touch /x 2>/dev/null && ! rm /x 2>/dev/null
WORKDIR /w
RUN --mount=type=secret,target=token test -s /w/token
RUN echo "$TOKEN" > /after; ls -A /run > /left 2>&1 || true
""",
        secrets=SECRETS,
    )
    assert built.text("usual") == f"400:0:0:{len(TEXT)}\n"
    assert built.text("given") == "640:7:8\n"
    assert built.text("owner") == "400:1000:0\n"
    assert built.text("sum") == built.text("env")
    assert built.text("after") == "\n"
    assert not any(built.has(path) for path in ("run/secrets", "etc/t", "both", "x", "w/token"))
    assert_nowhere(bench, built)


@pytest.mark.parametrize("rung", [rung.name for rung in RUNGS])
def test_every_rung_keeps_a_secret(bench: Bench, rung: str) -> None:
    """Also where a runtime is given a configuration that holds the variable."""
    bench.open_sandbox = lambda: choose(rung)
    mounts = "--mount=type=secret,id=token --mount=type=secret,id=token,env=TOKEN"
    built = bench.build(
        f'FROM busybox:test\nRUN {mounts} test "$(cat /run/secrets/token)" = "$TOKEN" && touch /ok\n', secrets=SECRETS
    )
    assert set(built.own_layer()) == {"ok"}
    assert_nowhere(bench, built)


def test_mount_points_of_secrets_leave_no_trace(bench: Bench) -> None:
    """A file that is there is covered and comes back as it was; a missing one is gone with its folders."""
    built = bench.build(
        """\
FROM busybox:test
RUN echo old > /present
RUN --mount=type=secret,id=token,target=/present --mount=type=secret,id=token,target=/a/b/c cat /present /a/b/c > /dev/null
""",
        secrets=SECRETS,
    )
    assert built.text("present") == "old\n"
    assert set(built.own_layer()) == set()


def test_the_name_of_a_step_hides_its_secrets(bench: Bench) -> None:
    """A variable that is a secret is shown as stars, also where ENV gives it another value."""
    built = bench.build(
        'FROM busybox:test\nENV TOKEN=public\nRUN --mount=type=secret,id=token,env=TOKEN test "$TOKEN" != public\n',
        secrets=SECRETS,
    )
    assert built.step("RUN").name.endswith('env=TOKEN test "****" != public')


def test_content_of_a_secret_is_no_part_of_the_key(bench: Bench) -> None:
    """Another content, or none, runs nothing again; another name, place, owner or mode does."""
    run = "RUN --mount=type=secret,id=token{} true"
    bench.build(f"FROM busybox:test\n{run.format('')}\n", secrets=SECRETS)
    other = (SecretSource(id="token", value=b"other"),)
    assert bench.build(None, secrets=other).ran == []
    assert bench.build(None).ran == []
    for change in ("2", ",target=/x", ",uid=1", ",mode=0444", ",required", ",env=X"):
        name = "token2" if change == "2" else "token"
        built = bench.build(f"FROM busybox:test\n{run.format(change)}\n", secrets=(SecretSource(id=name, value=b"x"),))
        assert len(built.ran) == 1, change


@pytest.mark.parametrize("options", ["required", "required=true,env=X", "required,target=/x"])
def test_a_required_secret(bench: Bench, options: str) -> None:
    """Without it the step fails, in BuildKit's words, located, with what to do."""
    with pytest.raises(JettisonError, match=r"^secret nope: not found$") as caught:
        bench.build(f"FROM busybox:test\nRUN --mount=type=secret,id=nope,{options} true\n", secrets=SECRETS)
    assert "Dockerfile:2:1" in str(caught.value.place)
    assert "--secret id=nope" in str(caught.value.hint)


def test_a_secret_that_nobody_gave(bench: Bench) -> None:
    """No file, and an empty variable."""
    mount = "--mount=type=secret,id=nope,target=/n/f --mount=type=secret,id=nope,env=NOPE"
    built = bench.build(f'FROM busybox:test\nRUN {mount} test ! -e /n && test "${{NOPE-unset}}" = "" && touch /ok\n')
    assert built.has("ok")


def test_secrets_from_files(bench: Bench, tmp_path: Path) -> None:
    """Read when a step needs them; what is missing or too large is told before anything runs."""
    path = tmp_path / "key"
    path.write_bytes(TEXT)
    source = SecretSource(id="token", path=path)
    built = bench.build(
        "FROM busybox:test\nRUN --mount=type=secret,id=token test -s /run/secrets/token\n", secrets=(source,)
    )
    assert_nowhere(bench, built)
    with pytest.raises(JettisonError, match="failed to stat") as refused:
        bench.build(None, secrets=(SecretSource(id="token", path=tmp_path / "nope"),))
    assert "id=token,env=NAME" in (refused.value.hint or "")
    path.write_bytes(bytes(MAX_SECRET_BYTES + 1))
    with pytest.raises(JettisonError, match="too big"):
        bench.build(None, secrets=(source,))


def test_a_secret_from_a_pipe(bench: Bench, tmp_path: Path) -> None:
    """Waited for until somebody writes, as with process substitution in a shell."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(TEXT,))
    writer.start()
    bench.build(
        f'FROM busybox:test\nRUN --mount=type=secret,id=token,env=T test "$(printf %s "$T" | wc -c)" = {len(TEXT)}\n',
        secrets=(SecretSource(id="token", path=pipe),),
    )
    writer.join()


def test_waiting_for_a_pipe_ends_with_the_build(tmp_path: Path) -> None:
    """Nobody writes, and the build is cancelled."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    cancelled = threading.Event()
    cancelled.set()
    with Credentials((SecretSource(id="x", path=pipe),)) as given, pytest.raises(CancelledError):
        given.secret("x", required=True, cancelled=cancelled)


@pytest.mark.parametrize(
    ("rung", "value"),
    [("namespaces", b"a\0never-to-be-found"), ("oci", b"a\0never-to-be-found"), ("oci", b"\xff-never-to-be-found")],
)
def test_errors_do_not_tell_secrets(bench: Bench, rung: str, value: bytes) -> None:
    """What no program can be given is refused by the name of the variable."""
    bench.open_sandbox = lambda: choose(rung)
    with pytest.raises(JettisonError, match="TOKEN") as caught:
        bench.build(
            "FROM busybox:test\nRUN --mount=type=secret,id=token,env=TOKEN true\n",
            secrets=(SecretSource(id="token", value=value),),
        )
    assert "never" not in f"{caught.value}{caught.value.hint}{caught.value.place}"


needs_ssh = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="openssh-client is not installed")


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Path]:
    """The socket of a real agent that holds one key."""
    path, key = tmp_path / "agent.sock", tmp_path / "id"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", os.fspath(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    make_key(key, "key-of-the-agent")
    subprocess.run(["ssh-add", "-q", key], env={"SSH_AUTH_SOCK": os.fspath(path)}, check=True, stdin=subprocess.DEVNULL)
    yield path
    process.terminate()
    process.wait()
    process.stdout.close()


def make_key(path: Path, comment: str, passphrase: str = "") -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", comment, "-f", path], check=True)


def give_ssh_add(bench: Bench) -> str:
    """Put the real ssh-add into the build context with what it needs; the command line that mounts it in a RUN."""
    program = shutil.which("ssh-add")
    assert program is not None
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    libraries = [word for line in listed.splitlines() for word in line.split() if word.startswith("/")]
    tools = bench.context / "tools"
    tools.mkdir(parents=True)
    for path in (program, *libraries):
        shutil.copy(path, tools)
    loader = next(Path(path).name for path in libraries if "ld-linux" in path)
    return f"/tools/{loader} --library-path /tools /tools/ssh-add"


@needs_ssh
def test_an_agent_reaches_its_step(bench: Bench, agent: Path) -> None:
    """At the usual place or a given one, with owner and mode; SSH_AUTH_SOCK says where; nothing is left of it."""
    ask = f"{give_ssh_add(bench)} -l"
    built = bench.build(
        f"""\
FROM busybox:test
RUN --mount=type=ssh --mount=source=tools,target=/tools echo $SSH_AUTH_SOCK > /1; stat -c %a:%u:%g:%F $SSH_AUTH_SOCK >> /1; {ask} > /keys
RUN --mount=type=ssh,target=/a/b,mode=0666,uid=1000,gid=1001 echo $SSH_AUTH_SOCK > /2; stat -c %a:%u:%g /a/b >> /2
RUN --mount=type=ssh,id=default,uid=1000 --mount=type=ssh,id=nope stat -c %a:%u:%g $SSH_AUTH_SOCK > /3
ENV SSH_AUTH_SOCK=/kept
RUN --mount=type=ssh echo $SSH_AUTH_SOCK > /4
RUN ls /run/buildkit > /5 2>&1 || true
""",
        agents=(AgentSource(id="default", paths=(agent,)),),
    )
    assert built.text("1") == "/run/buildkit/ssh_agent.0\n600:0:0:socket\n"
    assert "key-of-the-agent" in built.text("keys")
    assert built.text("2") == "/a/b\n666:1000:1001\n"
    assert built.text("3") == "600:1000:0\n"
    assert built.text("4") == "/kept\n"
    assert not built.has("run/buildkit")
    assert not built.has("a")


@needs_ssh
@pytest.mark.parametrize("rung", [rung.name for rung in RUNGS])
def test_key_files_are_held_by_an_agent(bench: Bench, tmp_path: Path, rung: str) -> None:
    """Of the build's own: it ends with the build, and no file of the store holds a key."""
    make_key(tmp_path / "one", "first-key")
    make_key(tmp_path / "two", "second-key")
    bench.open_sandbox = lambda: choose(rung)
    ask = give_ssh_add(bench)
    built = bench.build(
        "FROM busybox:test\n"
        f"RUN --mount=type=ssh,id=deploy,required --mount=source=tools,target=/tools {ask} -l > /keys; ! {ask} -D\n",
        agents=(AgentSource(id="deploy", paths=(tmp_path / "one", tmp_path / "two")),),
    )
    assert "first-key" in built.text("keys")
    assert "second-key" in built.text("keys")
    private = (tmp_path / "one").read_bytes().splitlines()[2]
    assert not [path for path, data in everything(bench).items() if private in data]


def test_a_required_agent(bench: Bench) -> None:
    """Without it the step fails, located, with what to do; one that is not required is just not there."""
    built = bench.build("FROM busybox:test\nRUN --mount=type=ssh test ! -e $SSH_AUTH_SOCK && touch /ok\n")
    assert built.has("ok")
    with pytest.raises(JettisonError, match="unset ssh forward key default") as caught:
        bench.build("FROM busybox:test\nRUN --mount=type=ssh,required true\n")
    assert "Dockerfile:2:1" in str(caught.value.place)
    assert "--ssh default" in str(caught.value.hint)
