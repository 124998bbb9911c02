"""kill -9 at any moment of a build: the next build is right, and nothing is left of the one that was killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine.archives import make_tar
from tests.engine.bench import Bench, Built

from jettison.engine.request import BuildResult
from jettison.store.store import Store

pytestmark = pytest.mark.root

MOMENTS = 50
ROUNDS = 2
"""Builds that are killed before one is let through, so that some start from what others left half done."""

SLEEP = "sleep 0.0625"

DOCKERFILE = f"""\
FROM busybox:test AS a
ARG ROUND
WORKDIR /a
COPY files files/
RUN cat files/* > all && ln all linked && echo $ROUND > round && chmod 4755 all && {SLEEP}
FROM busybox:test AS b
ARG ROUND
ADD data.tar /data/
RUN --mount=type=cache,target=/cache,id=kill echo $ROUND > /b; date >> /cache/log
FROM scratch
COPY --from=a /a /a
COPY --from=b /b /data /b/
LABEL done=yes
"""


def test_killed_at_random_moments(bench: Bench, new_bench: Callable[[], Bench]) -> None:
    """The moments are spread over the whole build, whose length is measured; each killed build has its own RUNs."""
    files: dict[str, str | bytes] = {f"files/{n}": bytes([n]) * 10_000 for n in range(40)}
    files |= {"data.tar": make_tar({f"d{n}": b"x" * 5000 for n in range(20)}), "Dockerfile": DOCKERFILE}
    expected = picture(fresh(new_bench(), files))
    bench.write(files)
    bench.store.close()
    length = measured(bench)
    randomness = random.Random(20)
    for moment in range(MOMENTS):
        killed(bench, moment, randomness.uniform(0, length))
        if moment % ROUNDS == ROUNDS - 1:
            assert picture(finished(bench, moment)) == expected
            nothing_is_left(bench)


def fresh(bench: Bench, files: dict[str, str | bytes]) -> Built:
    return bench.build(None, files, build_args=(("ROUND", "x"),))


def command(bench: Bench, number: int | str, name: str = "kill") -> list[str]:
    home = str(bench.root / "store")
    arguments = ["build", "--progress=plain", "-t", name, "-o", f"type=oci,dest={bench.root / 'out.tar'}", "--load"]
    return [
        sys.executable,
        "-m",
        "jettison",
        "--home",
        home,
        *arguments,
        f"--build-arg=ROUND={number}",
        str(bench.context),
    ]


def measured(bench: Bench) -> float:
    """How long a whole build takes, from the start of the program."""
    started = time.monotonic()
    subprocess.run(command(bench, "measured"), check=True, capture_output=True)
    return time.monotonic() - started


def killed(bench: Bench, number: int, after_seconds: float) -> None:
    process = subprocess.Popen(command(bench, number), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


def finished(bench: Bench, number: int) -> Built:
    """The build of the round, done to its end by a new process."""
    done = subprocess.run(command(bench, number), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with Store.open(bench.root / "store") as store:
        image_id = store.images.find("kill").image_id
        result = BuildResult(image_id=image_id, manifest=None, names=(), build_seconds=0, steps=0, cached_steps=0)
        built = Built(result=result, events=(), store=store)
        assert built.text("a/round") == built.text("b/b") == f"{number}\n"
        _verify(built)
    return built


def _verify(built: Built) -> None:
    """Reads every blob of the image against its digest, and remembers its files while the store is open."""
    assert built.config.run.labels == (("done", "yes"),)
    for diff_id in built.config.diff_ids:
        with built.store.blobs.open_verified(diff_id) as tar:
            while tar.read(1 << 20):
                pass
    assert built.tree.entries


def picture(built: Built) -> list[tuple[object, ...]]:
    """What the image holds, times and the round's own files apart."""
    own = {"a/round", "b/b"}
    return [
        (entry.path, entry.type, entry.mode, entry.uid, entry.gid, entry.size, entry.link, entry.digest)
        for path, entry in sorted(built.tree.entries.items())
        if path not in own
    ]


def nothing_is_left(bench: Bench) -> None:
    """No process of the builds, no mount, and after the next one has cleaned up no temporary folder."""
    home = str(bench.root / "store")
    deadline = time.monotonic() + 60
    while found := [line for line in processes() if SLEEP in line or home in line]:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    assert home not in Path("/proc/self/mountinfo").read_text()
    with Store.open(Path(home)) as store:
        store.reap()
        assert store.faults() == ()
        session = {path.name for path in (Path(home) / "tmp").iterdir() if path.name.startswith(f"{os.getpid()}-")}
        assert {path.name for path in (Path(home) / "tmp").iterdir()} == session


def processes() -> list[str]:
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):
        try:
            found.append(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found
