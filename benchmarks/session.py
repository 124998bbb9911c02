"""One session: inputs and bases are made, the builders started, each row run by all of them in turn."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.builders import Builder, Jettison, find_builders
from benchmarks.measure import BenchmarkError, Measured, measure, run_quietly
from benchmarks.registry import running_registry
from benchmarks.rows import BUSYBOX_BASE, GO_BASE, ROWS, Row, State, edit, write_base, write_context
from benchmarks.table import RowResult, format_rows, write_json


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks that the command line asks for; 0 when all of them ran."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Compare jettison with its rivals.")
    parser.add_argument("--row", action="append", default=[], help="only these rows (repeat it)")
    parser.add_argument("--rival", action="append", default=[], help="only these rivals (repeat it); none: no rival")
    parser.add_argument("--runs", type=int, help="how often each builder is measured in each row")
    parser.add_argument("--json", type=Path, help="write everything that was measured to this file")
    options = parser.parse_args(arguments)
    wanted = {letter.upper() for letter in options.row}
    rows = [row for row in ROWS if not wanted or row.letter in wanted]
    if wanted - {row.letter for row in ROWS}:
        parser.error(f"the rows are {', '.join(row.letter for row in ROWS)}")
    # A short path: the daemons put sockets there.
    folder = Path(tempfile.mkdtemp(prefix="jb-", dir="/var/tmp"))
    try:
        results = _Session(folder, options.rival, options.runs).run(rows)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(f"\n{format_rows(results)}\n")
    if options.json is not None:
        options.json.write_text(write_json(results, _machine()))
    return 1 if any(result.failures for result in results) else 0


class _Session:
    def __init__(self, folder: Path, rivals: Sequence[str], runs: int | None) -> None:
        self._folder = folder
        self._rivals = rivals
        self._runs = runs
        self._edits = 0

    def run(self, rows: Sequence[Row]) -> list[RowResult]:
        """Everything from the inputs to the results."""
        with ExitStack() as stack:
            registry = stack.enter_context(running_registry(self._folder / "registry"))
            builders = self._builders()
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

    def _builders(self) -> list[Builder]:
        if self._rivals == ["none"]:
            return [Jettison(self._folder / "j")]
        return find_builders(self._folder, self._rivals, os.environ)

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
                if builder.name not in failures:
                    self._run_once(row, context, builder, runs[builder.name], failures)
        for name, text in failures.items():
            sys.stderr.write(f"{row.letter}: {name}: {text}\n")
        kept = {name: measured for name, measured in runs.items() if measured}
        return RowResult(row=row, runs=kept, failures=failures)

    def _prepare(self, row: Row, context: Path, builder: Builder, failures: dict[str, str]) -> None:
        """Bring the builder into the state from which the row starts, as far as that is the same for every run."""
        try:
            builder.forget()
            if row.state is not State.COLD:
                self._measure(context, builder, no_cache=False)
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
