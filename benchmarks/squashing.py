"""Squashing an image of twenty layers into one: in the store, to an archive, from an archive to an archive."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.builders import Docker
from benchmarks.heavy_image import NAME, Shape, write_image
from benchmarks.measure import Measured, measure, run_quietly
from benchmarks.table import ratio

NAME_OF_ROW = "squash"
"""What ``--row`` calls it."""
LAYERED = Shape(layers=20, files=30_000, total_bytes=500_000_000)
_RESULT = "squashed:1"

Calls = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Squashed:
    """One way of squashing the image."""

    title: str
    ours: tuple[Measured, ...]
    theirs: tuple[Measured, ...] = ()
    """docker-squash's, where the machine has it: each ran after ours of the same place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tool:
    """A program that squashes: what it does in each way, and what brings it back to where it was."""

    ways: Mapping[str, tuple[Calls, Calls]]
    """The title -> commands before it that are not measured, and those that are."""
    daemon: Callable[[], int | None] = lambda: None


def measure_squashing(
    folder: Path, *, runs: int, shape: Shape = LAYERED, docker_squash: str | None = None
) -> list[Squashed]:
    """Make the image and squash it in each way, by both in turn where ``docker_squash`` names that program."""
    archive, result, log = folder / "layered.tar", folder / "squashed.tar", folder / "squash.log"
    write_image(archive, shape)
    tools = [_ours(folder, archive, result)]
    with ExitStack() as stack:
        if docker_squash is not None:
            docker = Docker(folder / "d")
            stack.enter_context(docker.running())
            tools.append(_theirs(docker, archive, result, docker_squash))
        found: dict[str, list[tuple[Measured, ...]]] = {title: [] for title in tools[0].ways}
        for title, measured in found.items():
            for _ in range(runs):
                measured.append(tuple(_run(tool, title, result, log) for tool in tools))
    return [
        Squashed(title=title, ours=tuple(run[0] for run in each), theirs=tuple(run[1] for run in each if run[1:]))
        for title, each in found.items()
    ]


def _run(tool: _Tool, title: str, result: Path, log: Path) -> Measured:
    before, calls = tool.ways[title]
    for call in before:
        run_quietly(["sh", "-c", " ".join(call)], log)
    result.unlink(missing_ok=True)
    return measure(["sh", "-c", " && ".join(map(" ".join, calls))], log, daemon=tool.daemon())


IN_PLACE = "in the store, or the daemon"
TO_ARCHIVE = "from there to an archive"
FROM_ARCHIVE = "from an archive to an archive"


def _ours(folder: Path, archive: Path, result: Path) -> _Tool:
    program = (str(Path(sys.executable).with_name("jettison")), "--home", str(folder / "home"))
    squash = (*program, "squash", "-q", "--all", "-t", _RESULT)
    save = (*program, "save", "-o", str(result), _RESULT)
    forget = ((*program, "rmi", _RESULT, "||", "true"), (*program, "prune", "-f", "--keep-storage", "0"))
    load = (*program, "load", "-q", "-i", str(archive))
    empty = ((*program, "rmi", NAME, _RESULT, "||", "true"), (*program, "prune", "-f", "-a"))
    return _Tool(
        ways={
            IN_PLACE: ((*forget, load), ((*squash, NAME),)),
            TO_ARCHIVE: ((*forget, load), ((*squash, NAME), save)),
            FROM_ARCHIVE: (empty, ((*squash, str(archive)), save)),
        }
    )


def _theirs(docker: Docker, archive: Path, result: Path, program: str) -> _Tool:
    client = ("/usr/bin/docker", "-H", f"unix://{docker.folder}/s")
    squash = (f"DOCKER_HOST=unix://{docker.folder}/s", program, "-t", _RESULT)
    to_archive = ("--load-image", "false", "--output-path", str(result), NAME)
    load = (*client, "load", "-q", "-i", str(archive))
    forget = (*client, "rmi", "-f", _RESULT, "||", "true")
    return _Tool(
        ways={
            IN_PLACE: ((forget, load), ((*squash, NAME),)),
            TO_ARCHIVE: ((forget, load), ((*squash, *to_archive),)),
            FROM_ARCHIVE: (((*client, "image", "prune", "-af"),), (load, (*squash, *to_archive))),
        },
        daemon=lambda: docker.daemon,
    )


def squashing_json(results: Sequence[Squashed], machine: Mapping[str, str]) -> str:
    """Everything that was measured."""
    return json.dumps({"machine": dict(machine), "ways": [asdict(result) for result in results]}, indent=2) + "\n"


def format_squashing(results: Sequence[Squashed]) -> str:
    """A table in Markdown, with the median of each figure."""
    head = "| squashing 500 MB, 30,000 files, 20 layers into one | jettison | docker-squash |"
    return "\n".join([head, "|---|---|---|", *map(_line, results)])


def _line(result: Squashed) -> str:
    theirs = "-"
    if result.theirs:
        theirs = f"{_told(result.theirs)}, **{ratio(result.ours, result.theirs):.1f}x**"
    return f"| {result.title} | {_told(result.ours)} | {theirs} |"


def _told(runs: Sequence[Measured]) -> str:
    seconds = statistics.median(run.wall_seconds for run in runs)
    return f"{seconds:.2f} s, {max(run.peak_bytes for run in runs) / 1e6:.0f} MB"
