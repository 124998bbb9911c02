"""A RUN begins on what the one before it left, before that is a layer; what comes of it is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.bench import Bench, Built, reference
from tests.engine.test_interrupt import nothing_is_left, sleepers, start, wait_for

from jettison.engine.command import CommandFailedError
from jettison.engine.layers import LayerFiles, Layers
from jettison.engine.users import read_users_above
from jettison.store.store import Store

pytestmark = pytest.mark.root

LARGE = "dd if=/dev/zero of=/large bs=1M count=200"
"""Packing what it leaves takes long enough for another command to begin."""


def overlapped(built: Built, first: str, second: str) -> bool:
    """Whether the second step began before the first was finished."""
    started, finished = built.step(second).started, built.step(first).finished
    assert started is not None and finished is not None
    return started < finished


def test_it_sees_what_was_left(bench: Bench) -> None:
    """Deletions, replaced folders, modes and owners, also those of the root, and users that were just added."""
    bench.build(
        "FROM busybox:test\nRUN mkdir -p /etc /old/in && echo x | tee /old/in/a /old/b /gone\n",
        tags=(reference("base:1"),),
    )
    built = bench.build(
        f"""\
FROM base:1
RUN {LARGE} && rm -r /old /gone && mkdir /old && touch /old/new && chmod 0711 / && chown 5:6 / \\
    && echo joe:x:77:78::/home/joe:/bin/sh > /etc/passwd && echo staff:x:90:joe > /etc/group && mkdir -m 777 /out
USER joe
RUN find /old /gone > /out/found 2>&1; stat -c '%a %u %g' / > /out/root; id > /out/id; wc -c < /large > /out/large
RUN cat /out/found && chmod 0700 /out/id && rm /out/large
"""
    )
    assert overlapped(built, LARGE, "find /old")
    assert built.text("out/found") == "/old\n/old/new\nfind: /gone: No such file or directory\n"
    assert built.text("out/root") == "711 5 6\n"
    assert built.text("out/id") == "uid=77(joe) gid=78 groups=78,90(staff)\n"
    assert (built.entry("out/id").mode, built.has("out/large")) == (0o700, False)
    assert built.entry("large").size == 200 << 20


def test_what_it_mounts(bench: Bench) -> None:
    """Caches, other stages, memory and secrets are there as ever."""
    built = bench.build(
        f"""\
FROM busybox:test AS other
RUN echo from the other > /file
FROM busybox:test
COPY --from=other /file /copied
RUN {LARGE}
RUN --mount=type=cache,target=/cache --mount=from=other,target=/other --mount=type=tmpfs,target=/memory \\
    echo kept > /cache/kept; cp /other/file /here; touch /memory/x; rm /large
RUN --mount=type=cache,target=/cache cp /cache/kept /kept
"""
    )
    assert overlapped(built, LARGE, "/other/file")
    assert (built.text("here"), built.text("kept")) == ("from the other\n", "kept\n")
    assert not built.has("large") and not built.has("memory/x") and not built.has("cache/kept")


def test_a_step_that_may_be_remembered_waits(bench: Bench) -> None:
    """What was done once at its place may be found in the cache when the layer below it is there; --no-cache knows."""
    text = "FROM busybox:test\nARG N\nRUN {} && echo $N > /n\nRUN echo second > /second\n"
    first = bench.build(text.format(LARGE), build_args=(("N", "1"),))
    again = bench.build(text.format(LARGE), build_args=(("N", "2"),))
    anew = bench.build(text.format(LARGE), build_args=(("N", "2"),), no_cache=True)
    assert [overlapped(built, LARGE, "echo second") for built in (first, again, anew)] == [True, False, True]
    assert [len(built.ran) for built in (first, again, anew)] == [2, 2, 2]


def test_a_hit_after_all(bench: Bench, new_bench: Callable[[], Bench]) -> None:
    """Where the layer below turns out to be one on which the step was done elsewhere, that is taken."""
    bench.build("FROM busybox:test\nRUN dd if=/dev/zero of=/dev/null bs=1M count=1\nRUN date +%N > /n; sleep 0.01\n")
    known = bench.build(None)
    elsewhere = new_bench()
    elsewhere.store = bench.store
    built = elsewhere.build("FROM busybox:test\nRUN true\nRUN date +%N > /n; sleep 0.01\n")
    assert built.step("date").cached
    assert built.text("n") == known.text("n")
    assert list((bench.root / "store" / "tmp").glob("*/tree*")) == []


def test_equal_steps(bench: Bench) -> None:
    """Two stages that go on alike from one command do it once; what differs begins at once."""
    built = bench.build(
        f"""\
FROM busybox:test AS base
RUN {LARGE}
FROM base AS a
RUN date +%N > /n
FROM base AS b
RUN date +%N > /n
FROM base AS c
RUN rm /large
FROM scratch
COPY --from=a /n /a
COPY --from=b /n /b
COPY --from=c /bin /bin
"""
    )
    assert built.text("a") == built.text("b")
    assert overlapped(built, LARGE, "rm /large")


def test_failures(bench: Bench) -> None:
    """The command's own error at its own line, once the layer below is kept, which need not be made again."""
    text = f"FROM busybox:test\nRUN {LARGE}\nRUN echo sad >&2; exit 3\nRUN true\n"
    with pytest.raises(CommandFailedError) as caught:
        bench.build(text)
    assert caught.value.status == 3
    assert caught.value.tail == "sad\n" and "Dockerfile:3" in (caught.value.place or "")
    fixed = bench.build(text.replace("exit 3", "exit 0"))
    assert fixed.step(LARGE).cached
    assert fixed.ran == ["[3/4] RUN echo sad >&2; exit 0", "[4/4] RUN true"]


def test_ctrl_c_while_both_are_at_work(bench: Bench) -> None:
    """Nothing is left of either."""
    process = start(bench, dockerfile=f"FROM busybox:test\nRUN {LARGE}\nRUN sleep 1000.0625\n")
    wait_for(sleepers)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130 and "Traceback" not in errors
    nothing_is_left(bench)


def test_two_builds_at_once(bench: Bench) -> None:
    """Of two programs that build the same, one runs each step, the other takes it."""
    lines = "".join(
        f"RUN --mount=type=cache,target=/count echo {n} >> /count/ran; dd if=/dev/zero of=/{n} bs=1M count=9\n"
        for n in range(6)
    )
    bench.build("FROM busybox:test\n")
    bench.write({"Dockerfile": f"FROM busybox:test\n{lines}"})
    home = bench.root / "store"
    command = [sys.executable, "-m", "jettison", "--home", str(home), "build", "--progress=plain", str(bench.context)]
    programs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    for program in programs:
        _, errors = program.communicate(timeout=100)
        assert program.returncode == 0, errors
    told = bench.build("FROM busybox:test\nRUN --mount=type=cache,target=/count sort /count/ran > /ran\n")
    assert told.text("ran") == "0\n1\n2\n3\n4\n5\n"


@pytest.mark.parametrize(
    ("made", "known"),
    [
        ("", b"below"),
        ("etc/", b"below"),
        ("etc/passwd", b"above"),
        ("etc", None),
        ("etc/passwd -> other", None),
        ("etc/passwd/", None),
        ("etc/passwd whiteout", None),
        ("etc -> other", None),
    ],
)
def test_users_seen_through_an_upper_directory(bench: Bench, tmp_path: Path, made: str, known: bytes | None) -> None:
    """What an ordinary program writes is read; what takes more than a look has to become a layer first."""
    built = bench.build("FROM busybox:test\nRUN echo below | tr -d '\\n' > /etc/passwd\n")
    path, _, kind = made.partition(" ")
    if path.endswith("/"):
        (tmp_path / path).mkdir(parents=True)
    elif kind.startswith("->"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).symlink_to(kind[3:])
    elif kind == "whiteout":
        (tmp_path / path).parent.mkdir(exist_ok=True)
        os.mknod(tmp_path / path, 0o020000, 0)
    elif path:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"above")
    users = read_users_above(files_of(built, bench.store), tmp_path)
    assert (None if users is None else users.passwd) == known


def files_of(built: Built, store: Store) -> LayerFiles:
    """The files of the image."""
    return LayerFiles(Layers(store), built.config.diff_ids)
