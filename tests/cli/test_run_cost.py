"""What one RUN costs, counted and not timed: processes, threads, mounts, syncs. strace is the witness."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.system_calls import Traced, trace

BUSYBOX = shutil.which("busybox") or ""

pytestmark = [pytest.mark.root, pytest.mark.skipif(not BUSYBOX, reason="busybox-static is not installed")]

COUNTS: dict[str, Callable[[Traced], int]] = {
    "programs": lambda traced: traced.count("execve"),
    "processes": Traced.processes,
    "threads": Traced.threads,
    "mounts": lambda traced: traced.count("mount"),
    "moves": lambda traced: traced.count("move_mount"),
    "unmounts": lambda traced: traced.count("umount2"),
    "namespaces": lambda traced: traced.count("unshare"),
    "syncs": lambda traced: traced.count("fsync", "fdatasync"),
    "blobs": lambda traced: sum("/blob-" in call.path and "O_CREAT" in call.arguments for call in traced.calls),
}

SEEN_MOUNTS = 20
"""Of the kernel's file systems, and of what docker covers or makes read-only in them; fewer where the kernel lacks it."""
OUR_MOUNTS = 5
"""Memory for the monitor and for the cell to mount in, the root, resolv.conf and hosts."""
MOVES = 6
"""Of the root, of resolv.conf and hosts into the cell; of /proc, /sys and /dev to the root."""
UNMOUNTS = 3
"""Of the machine's files while the cell waits, of what it waited in, of the root."""
FLAG_CHANGES = 10
"""Of mount namespaces, and of what is made read-only."""

WATCHING = 2
"""So many more processes watch over the commands of one build in turn than over those of another, as they happen to be
ready; each makes a cell that may be in vain, or half made when the build ends.
"""
OF_ONE_MORE = {"processes": 2, "unmounts": 1, "namespaces": 3}
"""What one of them takes, and its cell."""

TIDYING = 1
"""Threads, whatever the number of steps: what a step leaves may still be removed while the next one begins."""
SYNCS = 4
"""Of a new layer its tar and its index; what the database puts behind its log now and then."""

TOUCH = 'RUN ["/bin/busybox", "touch", "/{}"]'
NOTHING = 'RUN ["/bin/busybox", "true", "{}"]'


def build(folder: Path, steps: list[str], *flags: str) -> Traced:
    """Build these steps on busybox."""
    context = folder / "context"
    context.mkdir(parents=True, exist_ok=True)
    shutil.copy(BUSYBOX, context / "busybox")
    (context / "Dockerfile").write_text("\n".join(["FROM scratch", "COPY busybox /bin/busybox", *steps]) + "\n")
    traced = trace(folder, "build", "-q", *flags, str(context), environment={"JETTISON_HOME": str(folder / "home")})
    assert traced.code == 0, traced.err
    return traced


def cost_of_a_step(folder: Path, step: str) -> dict[str, float]:
    """What each of four more such steps adds to a build that has three."""
    few = build(folder / "few", [step.format(number) for number in range(3)])
    many = build(folder / "many", [step.format(number) for number in range(7)])
    return {name: (count(many) - count(few)) / 4 for name, count in COUNTS.items()}


def controllers() -> int:
    """How many mounts show the control groups."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return 1 if len(lines) == 1 else len(lines) + 2


def test_the_cost_of_a_command(tmp_path: Path) -> None:
    """One process, which becomes the command: no interpreter, no thread, and no more mounts than it needs.

    Whatever watched over the command before watches over the next but one.

    Most of it is done for the next command while nobody waits for that.
    """
    cost = cost_of_a_step(tmp_path, TOUCH)
    mounts = cost.pop("mounts")
    syncs = cost.pop("syncs")
    threads = cost.pop("threads")
    for name, usual in {"processes": 1, "unmounts": UNMOUNTS, "namespaces": 4}.items():
        assert abs(cost.pop(name) - usual) <= WATCHING * OF_ONE_MORE[name] / 4, name
    assert cost == {"programs": 1, "moves": MOVES, "blobs": 1}
    seen = SEEN_MOUNTS + OUR_MOUNTS + FLAG_CHANGES + controllers()
    assert mounts <= seen * (1 + WATCHING / 4)
    assert syncs <= SYNCS
    assert abs(threads) <= TIDYING / 4


def test_a_layer_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    """Commands that change nothing all leave the same empty layer: only the first one makes it durable."""
    cost = cost_of_a_step(tmp_path, NOTHING)
    assert (cost["blobs"], cost["syncs"] <= 1) == (0, True)


def test_names_of_blobs_are_made_durable_together(tmp_path: Path) -> None:
    """Once, for the image that they belong to, and not one by one as the layers come."""
    traced = build(tmp_path, [TOUCH.format(1), TOUCH.format(2)])
    folders = [call.paths[0] for call in traced.calls if call.name == "fsync" and "/blobs/sha" in call.paths[0]]
    assert [folder for folder in folders if Path(folder).is_dir()] == [str(tmp_path / "home/blobs/sha256")]


def test_a_cold_build_starts_no_interpreter(tmp_path: Path) -> None:
    """Itself, a trial of the sandbox, the commands; the launcher is a fork.

    Two to four processes watch over commands in turn, and wait with a cell each for another one.
    """
    traced = build(tmp_path, [NOTHING.format(1), TOUCH.format(2)])
    programs = Counter(arguments.partition(",")[0] for arguments in traced.programs())
    assert sum(programs.values()) <= 1 + 2
    launcher, trial, commands, watching = 1, 1, 2, 4
    assert traced.processes() <= launcher + trial + commands + 2 * watching
