"""The table of the rows."""

from __future__ import annotations

from benchmarks.measure import Measured
from benchmarks.rows import Row, State
from benchmarks.table import RowResult, format_rows

ROW = Row(letter="X", title="some work", context="x", state=State.COLD, goal_seconds=2.0)


def runs(*seconds: float) -> list[Measured]:
    """Runs of 10 MB that took so long."""
    return [Measured(wall_seconds=one, cpu_seconds=one, peak_bytes=10_000_000) for one in seconds]


def cells(result: RowResult) -> list[str]:
    """The cells of its line, row and work apart."""
    return [cell.strip() for cell in format_rows([result]).splitlines()[-1].split("|")[3:-1]]


def test_a_row_has_the_goal_ours_and_how_much_longer_rivals_take() -> None:
    """Ratios are of neighbouring runs; a rival with fewer runs says so."""
    result = RowResult(row=ROW, runs={"jettison": runs(1, 2, 1), "slow": runs(10), "fast": runs(1, 2, 1)}, failures={})
    assert cells(result) == [
        "2 s",
        "1.00 s, 10 MB",
        "met, 0.50",
        "10.00 s, **10.0x**, 10 MB, once",
        "1.00 s, **1.0x**, 10 MB",
    ]


def test_what_is_missed_says_by_how_much() -> None:
    """And what failed says that."""
    result = RowResult(row=ROW, runs={"jettison": runs(3)}, failures={"other": "no"})
    assert cells(result) == ["2 s", "3.00 s, 10 MB", "missed, 1.50", "failed"]
    assert cells(RowResult(row=ROW, runs={}, failures={"jettison": "no"})) == ["2 s", "failed", "-"]


def test_all_lines_have_as_many_cells() -> None:
    """With rivals and without."""
    for measured in ({"jettison": runs(1)}, {"jettison": runs(1), "other": runs(1)}):
        lines = format_rows([RowResult(row=ROW, runs=measured, failures={})]).splitlines()
        assert len({line.count("|") for line in lines}) == 1
