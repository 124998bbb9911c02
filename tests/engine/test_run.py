"""RUN: how commands are given, what they see, what they leave, and how they fail."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from tests.engine.bench import Bench

from jettison.engine.build import build
from jettison.engine.command import CommandFailedError
from jettison.engine.outputs import Output, OutputKind
from jettison.engine.request import BuildRequest
from jettison.errors import DockerfileError, JettisonError, SandboxError
from jettison.layer.compress import compress
from jettison.layer.decompress import Codec
from jettison.model.run_settings import RunSettings
from jettison.solve.events import Event, VertexOutput
from jettison.text.diagnostics import SourceError

pytestmark = pytest.mark.root


def test_forms(bench: Bench) -> None:
    """Shell form, exec form, heredocs with the shell and with an interpreter of their own, SHELL."""
    built = bench.build(
        """\
FROM busybox:test
RUN echo "$0" && echo one > /1
RUN ["sh", "-c", "echo $0 > /2", "zero"]
RUN <<EOF
echo three > /3
echo more >> /3
EOF
RUN <<EOF
#!/bin/awk -f
BEGIN { print "four" > "/4" }
EOF
RUN cat <<A > /5 && cat <<B >> /5
a
A
b
B
SHELL ["/bin/sh", "-e", "-c"]
RUN false || true; echo $- > /6
"""
    )
    assert [built.text(str(n)) for n in range(1, 6)] == ["one\n", "zero\n", "three\nmore\n", "four\n", "a\nb\n"]
    assert "e" in built.text("6")
    assert not built.has("dev/pipes")


def test_variables(bench: Bench) -> None:
    """ENV and ARG reach commands; an ARG of another stage, or one that was not declared, does not."""
    built = bench.build(
        """\
ARG GLOBAL=global
ARG BASE=busybox
FROM ${BASE}:test AS first
ARG ONLY_HERE=x
ENV KEPT=kept
FROM first
ARG GLOBAL
ARG GIVEN=default
ARG EMPTY
ARG TARGETARCH
ENV A=$GIVEN B=${KEPT}-${NOT_THERE:-none}
RUN env | grep -v -e ^HOME= -e ^PWD= -e ^SHLVL= -e ^PATH= | sort > /env
RUN echo $UNDECLARED > /undeclared
""",
        build_args=(("GIVEN", "given"), ("UNDECLARED", "x"), ("HTTP_PROXY", "http://proxy:1")),
    )
    lines = dict(line.split("=", 1) for line in built.text("env").splitlines())
    assert lines.pop("TARGETARCH") == built.config.platform.architecture
    assert lines == {
        "A": "given",
        "B": "kept-none",
        "GIVEN": "given",
        "GLOBAL": "global",
        "HTTP_PROXY": "http://proxy:1",
        "KEPT": "kept",
        "ONLY_HERE": "x",
        "http_proxy": "http://proxy:1",
    }
    assert built.text("undeclared") == "\n"
    assert "proxy" not in " ".join(built.history)
    assert any("UNDECLARED" in notice for notice in built.notices)
    assert bench.build(None, build_args=(("GIVEN", "given"), ("HTTP_PROXY", "http://other:1"))).ran == []


def test_an_undefined_argument_in_from(bench: Bench) -> None:
    """The place, and what to do."""
    with pytest.raises(SourceError, match="NOPE is not set") as caught:
        bench.build("ARG NOPS=x\nFROM $NOPE\n")
    assert "NOPS" in str(caught.value.hint)


def test_users(bench: Bench) -> None:
    """By name and number, with groups; WORKDIR makes its directory for the user."""
    built = bench.build(
        """\
FROM busybox:test
USER sailor
WORKDIR /tmp/mine
RUN id > /tmp/by-name && touch made
USER 7:8
RUN id > /tmp/by-number
USER sailor:daemon
RUN id > /tmp/with-group
"""
    )
    assert built.text("tmp/by-name").startswith("uid=1000(sailor) gid=1001(crew) groups=")
    assert "2000(harbour)" in built.text("tmp/by-name")
    assert built.text("tmp/by-number").startswith("uid=7 gid=8")
    assert built.text("tmp/with-group").startswith("uid=1000(sailor) gid=1(daemon)")
    assert (built.entry("tmp/mine").uid, built.entry("tmp/mine/made").uid) == (1000, 1000)
    with pytest.raises(JettisonError, match="pirate") as caught:
        bench.build("FROM busybox:test\nUSER pirate\nRUN true\n")
    assert "RUN true" in str(caught.value.place)


def test_nothing_is_left_of_the_sandbox(bench: Bench) -> None:
    """No /etc/hosts, no mount points: only what changed is in the layer."""
    mounts = "--mount=type=tmpfs,target=/t --mount=type=cache,target=/c/d"
    built = bench.build(f"FROM busybox:test\nRUN {mounts} touch /new /t/x /c/d/y\n")
    assert set(built.own_layer()) == {"new"}


def test_a_layer_that_is_there_twice(bench: Bench) -> None:
    """Steps that change the same, or nothing, have the same layer; what stands on both of them works."""
    built = bench.build(
        """\
FROM busybox:test
RUN true
RUN echo x > /f && rm /etc/motd && touch -d @7 /f /etc /
RUN echo y > /f && touch -d @8 /f /
RUN true
RUN echo x > /f && touch -d @7 /f /
RUN cat /f > /seen
"""
    )
    assert built.text("seen") == "x\n"
    assert len(set(built.config.diff_ids)) < len(built.config.diff_ids)


def test_bytes_that_are_not_utf8(bench: Bench) -> None:
    """In arguments and variables they reach the command as they stand in the Dockerfile."""
    dockerfile = b"FROM busybox:test\nENV N=caf\xe9\nRUN printf %s \"$N\" > /env; printf %s 'caf\xe9' > /arg\n"
    bench.write({"Dockerfile": dockerfile})
    built = bench.build(None)
    assert built.read("env") == built.read("arg") == b"caf\xe9"
    assert bench.build(None).ran == []


def test_cache_mounts(bench: Bench) -> None:
    """They last from build to build, belong to whom they are said to, and begin as from= has it."""
    dockerfile = """\
FROM busybox:test AS seed
RUN mkdir /s && echo seeded > /s/f
FROM busybox:test
ARG ROUND
RUN --mount=type=cache,target=/c,id=x,uid=1000,gid=1001,mode=0750 \
    echo $ROUND >> /c/rounds; cat /c/rounds > /out; stat -c %u:%g:%a /c > /who
RUN --mount=type=cache,target=/c,id=seeded,from=seed,source=/s cat /c/f > /seed
RUN --mount=type=cache,target=/c,id=x,uid=1000,gid=1001,mode=0750,ro \
    cat /c/rounds > /read; touch /c/no 2> /dev/null || echo refused > /refused
"""
    assert bench.build(dockerfile, build_args=(("ROUND", "1"),)).text("out") == "1\n"
    built = bench.build(dockerfile, build_args=(("ROUND", "2"),))
    assert built.text("out") == built.text("read") == "1\n2\n"
    assert built.text("who") == "1000:1001:750\n"
    assert built.text("seed") == "seeded\n"
    assert built.has("refused")
    assert not built.has("c")


@pytest.mark.parametrize(("sharing", "together"), [("shared", True), ("locked", False), ("private", True)])
def test_sharing_of_cache_mounts(bench: Bench, sharing: str, together: bool) -> None:
    """*locked* lets one command at a time in, the others any number; *private* gives each its own."""
    mount = f"--mount=type=cache,target=/c,sharing={sharing}"
    command = "date +%s > /b; ls /c > /seen; touch /c/$N; sleep 1.5; date +%s > /e"
    built = bench.build(
        "".join(f"FROM busybox:test AS s{n}\nENV N={n}\nRUN {mount} {command}\n" for n in (0, 1))
        + "FROM scratch\n"
        + "".join(f"COPY --from=s{n} /b /e /seen /{n}/\n" for n in (0, 1))
    )
    begins = [int(built.text(f"{n}/b")) for n in (0, 1)]
    ends = [int(built.text(f"{n}/e")) for n in (0, 1)]
    assert (max(begins) < min(ends)) is together
    seen = sorted(built.text(f"{n}/seen") for n in (0, 1))
    if sharing == "private":
        assert seen == ["", ""]
    if sharing == "locked":
        assert seen in (["", "0\n"], ["", "1\n"])


def test_bind_mounts(bench: Bench) -> None:
    """From the context, a stage and an image; what is written to them is discarded and harms nobody."""
    bench.write({"src/f": "context", "hidden": "h", ".dockerignore": "hidden\n"})
    built = bench.build(
        """\
FROM busybox:test AS stage
RUN echo stage > /f
FROM busybox:test
WORKDIR /w
RUN --mount=target=in ls in > /ls; cat in/src/f > /1; touch in/no 2> /dev/null || echo refused > /ro
RUN --mount=target=/in,source=src,rw echo changed > /in/f && echo new > /in/new && cat /in/f /in/new > /2
RUN --mount=from=stage,target=/in cat /in/f > /3; touch /in/no 2> /dev/null || echo refused >> /ro
RUN --mount=from=stage,source=/f,target=/file,rw cat /file > /4 && echo changed > /file
RUN --mount=from=busybox:test,source=/etc,target=/e,rw cat /e/motd > /5 && rm /e/motd && mkdir /e/more
RUN --mount=from=stage,target=/in cat /in/f > /6
"""
    )
    assert built.text("ls") == "Dockerfile\nsrc\n"
    found = [built.text(str(n)) for n in range(1, 7)]
    assert found == ["context", "changed\nnew\n", "stage\n", "stage\n", "be well\n", "stage\n"]
    assert built.text("ro") == "refused\nrefused\n"
    assert (bench.context / "src/f").read_text() == "context"
    assert not (bench.context / "src/new").exists()
    assert built.has("etc/motd")


def test_mounts_of_what_is_not_there(bench: Bench) -> None:
    """Named like the missing source of a COPY."""
    with pytest.raises(JettisonError, match="nope") as caught:
        bench.build("FROM busybox:test\nRUN --mount=source=nope,target=/x true\n")
    assert "Dockerfile:2:1" in str(caught.value.place)


def test_mounts_where_the_kernels_files_are(bench: Bench) -> None:
    """What no command could run with, or cannot be made, is an error of the Dockerfile or of the step that says so."""
    for target in ("/proc", "/sys/../proc/"):
        with pytest.raises(DockerfileError, match=r"Dockerfile:2:13: invalid mount target '/proc'"):
            bench.build(f"FROM busybox:test\nRUN --mount=type=tmpfs,target={target} true\n")
    for target in ("/proc/nope", "/sys/nope", "/link"):
        with pytest.raises(CommandFailedError) as caught:
            bench.build(f"FROM busybox:test\nRUN ln -s /proc /link\nRUN --mount=type=tmpfs,target={target} true\n")
        assert caught.value.status == 125
        assert f"cannot mount on {target.replace('link', 'proc')}: " in caught.value.tail
    built = bench.build(
        "FROM busybox:test\nRUN --mount=type=tmpfs,target=/sys --mount=type=tmpfs,target=/dev/x touch /sys/a /dev/x/a\n"
    )
    assert set(built.own_layer()) == set()


def test_networks(bench: Bench) -> None:
    """--network=none leaves a loopback device alone; --add-host is seen by every command."""
    built = bench.build(
        "FROM busybox:test\nRUN --network=none ls /sys/class/net > /none || true\nRUN grep far /etc/hosts > /hosts\n",
        run=RunSettings(extra_hosts=(("far", "10.0.0.9"),)),
    )
    assert "10.0.0.9" in built.text("hosts")
    assert not built.has("etc/hosts")


def test_a_command_that_fails(bench: Bench) -> None:
    """Its exit code, its last lines and the line of the Dockerfile; later steps do not run."""
    command = "for i in $(seq 50); do echo line $i; done; echo why >&2; exit 42"
    with pytest.raises(CommandFailedError, match="exit code: 42") as caught:
        bench.build(f"FROM busybox:test\nRUN {command}\nRUN touch /no\n")
    place = str(caught.value.place)
    assert "line 50\n" in place
    assert "why" in place
    assert "line 20\n" not in place
    assert "Dockerfile:2:1" in place
    assert caught.value.exit_code == 1
    assert bench.failed().name.startswith("[2/3] RUN")


@pytest.mark.parametrize(
    ("command", "code"), [('["/nowhere"]', 127), ('["/etc/motd"]', 126), ("sh -c 'kill -9 $$'; exit $?", 137)]
)
def test_exit_codes(bench: Bench, command: str, code: int) -> None:
    """As docker counts them."""
    with pytest.raises(CommandFailedError, match=f"exit code: {code}"):
        bench.build(f"FROM busybox:test\nRUN {command}\n")


@pytest.mark.parametrize("instruction", ["RUN : {0}", "ENV LONG={0}\nRUN true"])
def test_what_is_too_long_for_the_kernel(bench: Bench, instruction: str) -> None:
    """The hint says so, and the message does not repeat all of it."""
    with pytest.raises(CommandFailedError, match="exit code: 126") as caught:
        bench.build(f"FROM busybox:test\n{instruction.format('a' * 200_000)}\n")
    assert "128 KiB" in str(caught.value.hint)
    assert len(caught.value.message) < 1200


def test_more_layers_than_the_kernel_stacks(bench: Bench) -> None:
    """Their number is told, and what to do."""
    folders = "\n".join(f"WORKDIR /{number}" for number in range(500))
    bench.build(f"FROM busybox:test\n{folders}\n")
    with pytest.raises(SandboxError, match=r"has 501 layers, and overlayfs stacks 500"):
        bench.build(f"FROM busybox:test\n{folders}\nRUN true\n")


def test_a_failure_stops_the_others(bench: Bench) -> None:
    """A stage that sleeps does not keep a failed build waiting, and its processes are gone."""
    started = time.monotonic()
    with pytest.raises(CommandFailedError, match="exit code: 7"):
        bench.build(
            """\
FROM busybox:test AS a
RUN sleep 1000.125 & sleep 1000.125
FROM busybox:test AS b
RUN sleep 0.5; exit 7
FROM scratch
COPY --from=a / /
COPY --from=b / /
"""
        )
    assert time.monotonic() - started < 500
    assert not running("1000.125")


def test_output_is_told_live(bench: Bench) -> None:
    """Both streams, as they come, and a line without end."""
    built = bench.build("FROM busybox:test\nRUN echo out; head -c 3000000 /dev/zero; echo; echo last\n")
    output = built.step("RUN").output
    assert output.startswith("out\n")
    assert output.endswith("\nlast\n")
    assert len(output) == 4 + 3_000_000 + 1 + 5


def test_a_display_that_breaks_stops_the_command(bench: Bench) -> None:
    """An error of whoever listens ends the build with that error; nothing hangs."""
    bench.write({"Dockerfile": "FROM busybox:test\nRUN yes 1000.375\n"})
    failed = threading.Event()

    def emit(event: Event) -> None:
        if isinstance(event, VertexOutput):
            failed.set()
            raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError):
        build(BuildRequest(context=bench.context), bench.machine(emit))
    assert failed.is_set()
    assert not running("1000.375")


def running(mark: str) -> list[str]:
    """The command lines of this machine's processes that hold the mark, but for this one's own."""
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if mark in line and int(pid) != os.getpid():
            found.append(line)
    return found


def test_a_large_layer_leaves_while_it_is_packed(bench: Bench) -> None:
    """What is compressed behind the packing is the same as what is compressed later."""
    output = Output(kind=OutputKind.OCI, destination=bench.root / "out.tar", as_tar=True)
    command = "for n in 0 1 2 3 4 5 6 7 8 9; do yes $n | head -c 1000000 > /file$n; done; touch -d @1 /file* /"
    built = bench.build(f"FROM busybox:test\nRUN {command}\n", outputs=(output,))
    diff_id = built.config.diff_ids[-1]
    (encoding,) = bench.store.layers.encodings(diff_id)
    again: list[bytes] = []
    with bench.store.blobs.open_verified(diff_id) as tar:
        assert compress(tar, again.append, codec=Codec.GZIP).digest == encoding.digest
    assert built.read("file7") == b"7\n" * 500_000
