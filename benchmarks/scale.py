"""How cost grows: the same work with more files and with more steps, cold and warm."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from benchmarks.builders import Builder
from benchmarks.measure import BenchmarkError, Measured, measure
from benchmarks.rows import write_shell

TOO_LONG_SECONDS = 60
"""A rival that takes longer than this at one point is not asked for the larger ones."""

_FILES_PER_FOLDER = 100
_FOLDERS_PER_FOLDER = 50


class State(Enum):
    """What the builder knows."""

    COLD = "cold"
    WARM = "warm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One thing of which there is more and more."""

    name: str
    title: str
    unit: str
    points: tuple[int, ...]
    write: Callable[[Path, int], None]
    """Makes the context for so many, or adds to the one that is there for fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointResult:
    """One builder at one point: its runs, or why there are none."""

    series: str
    builder: str
    state: State
    point: int
    runs: tuple[Measured, ...] = ()
    failure: str = ""


def write_files(context: Path, count: int) -> None:
    """Tiny files, each of its own content, a hundred in a folder; those that are there stay."""
    context.mkdir(parents=True, exist_ok=True)
    (context / "Dockerfile").write_text("FROM scratch\nCOPY files /files\n")
    number = 0
    while number < count:
        folder = number // _FILES_PER_FOLDER
        place = context / "files" / f"{folder // _FOLDERS_PER_FOLDER:03}" / f"{folder % _FOLDERS_PER_FOLDER:02}"
        if not place.is_dir():
            place.mkdir(parents=True)
            for one in range(number, min(number + _FILES_PER_FOLDER, count)):
                (place / f"file{one}.txt").write_bytes(b"this is file %d\n" % one)
        number += _FILES_PER_FOLDER


def write_copies(context: Path, count: int) -> None:
    """So many COPY of a file each."""
    context.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (context / f"file{number}").write_bytes(b"this is file %d\n" % number)
    copies = "".join(f"COPY file{number} /file{number}\n" for number in range(count))
    (context / "Dockerfile").write_text(f"FROM scratch\n{copies}")


def write_commands(context: Path, count: int) -> None:
    """So many ``RUN true``, on a shell."""
    if not (context / "bin").exists():
        write_shell(context / "bin")
    (context / "Dockerfile").write_text("FROM scratch\nCOPY bin /bin\n" + "RUN true\n" * count)


SERIES = (
    Series(
        name="files",
        title="one COPY of N tiny files",
        unit="files",
        points=(1_000, 3_000, 10_000, 30_000, 100_000, 500_000),
        write=write_files,
    ),
    Series(name="copies", title="N COPY of a file each", unit="steps", points=(1, 10, 50, 200), write=write_copies),
    Series(name="commands", title="N RUN true", unit="steps", points=(1, 10, 50, 200), write=write_commands),
)


def measure_series(
    series: Series, builders: Sequence[Builder], folder: Path, *, runs: int, largest: int | None
) -> Iterator[PointResult]:
    """Every builder at every point, cold and then warm; ``largest`` leaves the points above it out."""
    given_up: dict[str, str] = {}
    context = folder / "contexts" / series.name
    for point in series.points:
        if largest is not None and point > largest:
            break
        series.write(context, point)
        for builder in builders:
            if builder.name not in given_up:
                yield from _measure_point(series, point, builder, context, folder, runs, given_up)
    for builder in builders:
        _forget(builder)
    shutil.rmtree(context, ignore_errors=True)


def _measure_point(
    series: Series,
    point: int,
    builder: Builder,
    context: Path,
    folder: Path,
    runs: int,
    given_up: dict[str, str],
) -> Iterator[PointResult]:
    """Cold runs, then as many warm ones after a build that is not measured: the first ones leave things to settle."""
    log, archive = folder / f"{builder.name}.log", folder / "out.tar"
    for state in State:
        found: list[Measured] = []
        failure = ""
        try:
            for number in range(runs + (state is State.WARM)):
                if state is State.COLD:
                    builder.forget()
                archive.unlink(missing_ok=True)
                command = builder.command(context, archive, no_cache=False)
                one = measure(command, log, daemon=builder.daemon)
                if state is State.COLD or number:
                    found.append(one)
                if one.wall_seconds > TOO_LONG_SECONDS:
                    given_up[builder.name] = f"took {one.wall_seconds:.0f} s"
                    if found:
                        break
        except BenchmarkError as error:
            failure = given_up[builder.name] = str(error)
            sys.stderr.write(f"{series.name} {point}: {builder.name}: {error}\n")
        archive.unlink(missing_ok=True)
        yield PointResult(
            series=series.name, builder=builder.name, state=state, point=point, runs=tuple(found), failure=failure
        )
        if failure:
            return


def _forget(builder: Builder) -> None:
    """A rival that cannot is no reason to lose what was measured."""
    try:
        builder.forget()
    except BenchmarkError as error:
        sys.stderr.write(f"{builder.name}: {error}\n")
