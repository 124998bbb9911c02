"""``jettison du`` is GNU du of the store's folder, to the byte, whatever was done in it and however that ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.compat.builders import JettisonBuilder, own_environment
from tests.registry.support import running_registry

pytestmark = pytest.mark.root

DOCKERFILE = """\
FROM busybox:test AS base
RUN --mount=type=cache,target=/cache head -c 3000000 /dev/urandom > /cache/x && cp /cache/x /x && ln /x /y
FROM busybox:test
COPY --from=base /x /x
RUN ln /x /z && mkdir -p /d/e && mkfifo /p && head -c 500000 /dev/urandom > /q && chmod 600 /x
"""
NEVER_ENDING = "FROM app:1\nRUN head -c 2000000 /dev/urandom > /half && sleep 1000\n"


def told(jettison: JettisonBuilder) -> Any:
    return json.loads(jettison.call("du", "--format", "json"))


def check(jettison: JettisonBuilder) -> dict[str, int]:
    """The parts, which add up to what GNU du says of the folder; so do images by themselves and what they share."""
    usage = told(jettison)
    command = ["du", "--summarize", "--one-file-system", "--block-size=1", str(jettison.home)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    parts: dict[str, int] = usage["parts"]
    assert sum(parts.values()) == usage["total"] == int(done.stdout.split()[0])
    assert sum(image["unique"] for image in usage["images"]) == parts["images, unique"]
    assert max((image["shared"] for image in usage["images"]), default=0) <= parts["images, shared"]
    return parts


@pytest.mark.parametrize("roots", ["auto", "unpack"])
def test_the_life_of_a_store(roots: str, tmp_path: Path, base_archives: tuple[Path, ...]) -> None:
    """Built with a cache mount and hard links, pushed, pulled as compressed blobs, run, squashed, killed, pruned."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "never").write_text(NEVER_ENDING)
    jettison, other = (JettisonBuilder(home=tmp_path / name) for name in ("home", "other"))
    for archive in base_archives:
        jettison.load(archive)
    check(jettison)

    def call(*words: str) -> dict[str, int]:
        jettison.call(*words, JETTISON_ROOTFS=roots)
        return check(jettison)

    parts = call("build", "-q", "-t", "app:1", str(context))
    assert parts["cache mounts"] >= 3_000_000
    assert parts["build cache"] >= 3_000_000
    call("run", "--name", "kept", "app:1", "sh", "-c", "echo hi > /new; rm /x")
    call("squash", "-q", "-t", "app:squashed", "app:1")
    call("squash", "-q", "--all", "-t", "app:whole", "app:1")
    with running_registry(tmp_path / "registry") as registry:
        name = f"{registry.host}/app:1"
        call("tag", "app:1", name)
        call("push", "-q", name)
        other.call("pull", "-q", name)
        check(other)
        other.call("run", "--rm", name, "true", JETTISON_ROOTFS=roots)
        check(other)
        other.call("diff", "-q", name, name)
        check(other)
    half = kill_a_build(jettison, context, roots)
    assert check(jettison)["unfinished"] == half
    call("build", "-q", "-t", "app:2", str(context))
    call("rmi", "app:1")
    call("rm", "kept")
    call("prune", "-f")
    parts = call("prune", "-f", "-a")
    assert {part for part, size_bytes in parts.items() if size_bytes} == {"store"}


def kill_a_build(jettison: JettisonBuilder, context: Path, roots: str) -> int:
    """kill -9 when its command has written something; the bytes that it leaves."""
    words = ["--home", str(jettison.home), "build", "-q", "-f", str(context / "never"), str(context)]
    process = subprocess.Popen(
        [sys.executable, "-m", "jettison", *words],
        env=own_environment() | {"JETTISON_ROOTFS": roots},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while told(jettison)["parts"]["unfinished"] < 2_000_000:
        assert process.poll() is None
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    found = -1
    while found != (found := told(jettison)["parts"]["unfinished"]):
        time.sleep(0.1)  # until what the command had mounted is gone as well
    return found
