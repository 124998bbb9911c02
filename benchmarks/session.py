"""One session: inputs and bases are made, the builders started, each row run by all of them in turn."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.builders import Builder, Jettison, find_builders
from benchmarks.measure import BenchmarkError, Measured, measure, run_quietly
from benchmarks.registry import running_registry
from benchmarks.rows import BUSYBOX_BASE, GO_BASE, ROWS, Row, State, edit, write_base, write_context
from benchmarks.scale import SERIES, PointResult, Series, measure_series
from benchmarks.scale_report import format_points, plot, points_json
from benchmarks.squashing import NAME_OF_ROW as SQUASH
from benchmarks.squashing import Squashed, format_squashing, measure_squashing, squashing_json
from benchmarks.table import RowResult, format_rows, write_json
from benchmarks.weighing import NAME_OF_ROW as WEIGH
from benchmarks.weighing import Weighed, format_weighing, measure_weighing, weighing_json

PATIENCE_SECONDS = 12
"""A rival whose runs of a row took longer than this together is not run again: all rows stay under ten minutes."""

HURRY_SECONDS = 420
"""After so long, rivals are measured once in each row that is left."""

SCALE = "scale"
"""All series."""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that the command line asks for; 0 when all of them ran."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare jettison with its rivals.")
    parser.add_argument(
        "--row",
        action="append",
        default=[],
        help="only these rows (repeat it); scale, or one of its series: how cost grows; weigh, squash: a large image",
    )
    parser.add_argument("--rival", action="append", default=[], help="only these rivals (repeat it); none: no rival")
    parser.add_argument("--runs", type=int, help="how often each builder is measured, however long it takes")
    parser.add_argument("--largest", type=int, help="of the series only the points up to this one")
    parser.add_argument("--json", type=Path, help="write everything that was measured to this file")
    parser.add_argument("--svg", type=Path, help="write the plot of the series to this file")
    options = parser.parse_args(arguments)
    wanted = {name.lower() for name in options.row}
    rows = [row for row in ROWS if not wanted or row.letter.lower() in wanted]
    series = [one for one in SERIES if wanted & {one.name, SCALE}]
    known = [row.letter for row in ROWS] + [SCALE, WEIGH, SQUASH] + [one.name for one in SERIES]
    if wanted - {name.lower() for name in known}:
        parser.error(f"the rows are {', '.join(known)}")
    if bool(rows) + bool(series) + len(wanted & {WEIGH, SQUASH}) > 1:
        parser.error(f"letters, series, {WEIGH} and {SQUASH} are measured in runs of their own")
    # A short path: the daemons put sockets there.
    folder = Path(tempfile.mkdtemp(prefix="jb-", dir="/var/tmp"))
    try:
        runs = options.runs or 3
        if WEIGH in wanted:
            dive = _program("DIVE", options.rival)
            return _report_weighing(measure_weighing(folder, runs=runs, dive=dive), options.json)
        if SQUASH in wanted:
            rival = _program("DOCKER_SQUASH", options.rival)
            return _report_squashing(measure_squashing(folder, runs=runs, docker_squash=rival), options.json)
        session = _Session(folder, options.rival, options.runs)
        if series:
            return _report_points(session.run_series(series, options.largest), options.json, options.svg)
        return _report_rows(session.run(rows), options.json)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(variable: str, rivals: Sequence[str]) -> str | None:
    """The program that the variable names, unless other rivals are asked for."""
    return os.environ.get(variable) if not rivals or variable.lower().replace("_", "-") in rivals else None


def _report_rows(results: Sequence[RowResult], json_file: Path | None) -> int:
    sys.stdout.write(f"\n{format_rows(results)}\n")
    if json_file is not None:
        json_file.write_text(write_json(results, _machine()))
    return 1 if any(result.failures for result in results) else 0


def _report_points(results: Sequence[PointResult], json_file: Path | None, svg_file: Path | None) -> int:
    sys.stdout.write(f"\n{format_points(results)}\n")
    if json_file is not None:
        json_file.write_text(points_json(results, _machine()))
    if svg_file is not None:
        svg_file.write_text(plot(results))
    return 1 if any(result.failure for result in results) else 0


def _report_weighing(results: Sequence[Weighed], json_file: Path | None) -> int:
    sys.stdout.write(f"\n{format_weighing(results)}\n")
    if json_file is not None:
        json_file.write_text(weighing_json(results, _machine()))
    return 0


def _report_squashing(results: Sequence[Squashed], json_file: Path | None) -> int:
    sys.stdout.write(f"\n{format_squashing(results)}\n")
    if json_file is not None:
        json_file.write_text(squashing_json(results, _machine()))
    return 0


class _Session:
    def __init__(self, folder: Path, rivals: Sequence[str], runs: int | None) -> None:
        self._folder = folder
        self._rivals = rivals
        self._runs = runs
        self._started = time.monotonic()
        self._edits = 0
        self._last_built: dict[str, str] = {}
        """The context that each builder built last, and so knows."""

    def run_series(self, series: Sequence[Series], largest: int | None) -> list[PointResult]:
        """Every series to its last point; without rivals unless some are named."""
        with ExitStack() as stack:
            rivals = self._rivals or ["none"]
            builders = self._builders(rivals)
            for builder in builders:
                stack.enter_context(builder.running())
            results = []
            for one in series:
                for result in measure_series(one, builders, self._folder, runs=self._runs or 1, largest=largest):
                    results.append(result)
                    figures = ", ".join(f"{run.wall_seconds:.2f} s" for run in result.runs)
                    sys.stderr.write(f"{one.name} {result.point:,} {result.builder} {result.state.value}: {figures}\n")
        return results

    def run(self, rows: Sequence[Row]) -> list[RowResult]:
        """Everything from the inputs to the results."""
        with ExitStack() as stack:
            registry = stack.enter_context(running_registry(self._folder / "registry"))
            builders = self._builders(self._rivals)
            for builder in builders:
                stack.enter_context(builder.running())
            self._make_bases(rows, registry)
            results = []
            for row in rows:
                context = self._folder / "contexts" / row.context
                if not context.exists():
                    write_context(context, row.context, registry)
                results.append(self._run_row(row, context, builders))
                sys.stderr.write(f"{format_rows(results[-1:]).splitlines()[-1]}\n")
        return results

    def _builders(self, rivals: Sequence[str]) -> list[Builder]:
        if rivals == ["none"]:
            return [Jettison(self._folder / "j")]
        return find_builders(self._folder, rivals, os.environ)

    def _make_bases(self, rows: Sequence[Row], registry: str) -> None:
        """Build the base images that the rows need and put them into the registry."""
        contexts = {row.context for row in rows}
        needed = {
            GO_BASE: contexts & {"base", "stages"},
            BUSYBOX_BASE: contexts & {"ten", "three"},
        }
        for name, users in needed.items():
            if not users:
                continue
            folder = self._folder / "bases" / name.replace("/", "-").replace(":", "-")
            write_base(folder, name)
            archive = folder.with_suffix(".tar")
            maker = Jettison(self._folder / "maker")
            run_quietly(maker.command(folder, archive, no_cache=False), self._folder / "base.log")
            copy = [
                "skopeo",
                "copy",
                "-q",
                "--dest-tls-verify=false",
                f"oci-archive:{archive}",
                f"docker://{registry}/{name}",
            ]
            run_quietly(copy, self._folder / "base.log")
            archive.unlink()

    def _run_row(self, row: Row, context: Path, builders: Sequence[Builder]) -> RowResult:
        runs: dict[str, list[Measured]] = {builder.name: [] for builder in builders}
        failures: dict[str, str] = {}
        for builder in builders:
            self._prepare(row, context, builder, failures)
        for _ in range(self._runs or row.runs):
            for builder in builders:
                if builder.name not in failures and self._may_run_again(builder, runs[builder.name]):
                    self._run_once(row, context, builder, runs[builder.name], failures)
        for name, text in failures.items():
            sys.stderr.write(f"{row.letter}: {name}: {text}\n")
        kept = {name: measured for name, measured in runs.items() if measured}
        return RowResult(row=row, runs=kept, failures=failures)

    def _may_run_again(self, builder: Builder, runs: Sequence[Measured]) -> bool:
        """Rivals that take long are measured fewer times, unless the user said how often."""
        if self._runs is not None or isinstance(builder, Jettison):
            return True
        if time.monotonic() - self._started > HURRY_SECONDS:
            return not runs
        return sum(run.wall_seconds for run in runs) < PATIENCE_SECONDS

    def _prepare(self, row: Row, context: Path, builder: Builder, failures: dict[str, str]) -> None:
        """Bring the builder into the state from which the row starts, as far as that is the same for every run.

        What it built last it knows already: D goes on where C ended. What it knows besides does it no good.
        """
        try:
            if row.state is not State.COLD and self._last_built.get(builder.name) != row.context:
                self._measure(context, builder, no_cache=False)
                self._last_built[builder.name] = row.context
        except BenchmarkError as error:
            failures[builder.name] = str(error)

    def _run_once(
        self, row: Row, context: Path, builder: Builder, runs: list[Measured], failures: dict[str, str]
    ) -> None:
        try:
            if row.state is State.COLD:
                builder.forget()
            elif row.state is State.EDITED:
                self._edits += 1
                edit(context, self._edits)
            runs.append(self._measure(context, builder, no_cache=row.state is State.BASE))
            self._last_built[builder.name] = row.context
        except BenchmarkError as error:
            failures[builder.name] = str(error)

    def _measure(self, context: Path, builder: Builder, *, no_cache: bool) -> Measured:
        archive = self._folder / "out.tar"
        archive.unlink(missing_ok=True)
        os.sync()
        command = builder.command(context, archive, no_cache=no_cache)
        return measure(command, self._folder / f"{builder.name}.log", daemon=builder.daemon)


def _machine() -> Mapping[str, str]:
    return {
        "processors": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }
