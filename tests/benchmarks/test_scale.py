"""Growing work, with real builds of small sizes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks.builders import Builder, Jettison
from benchmarks.scale import SERIES, Series, State, measure_series, write_copies, write_files
from benchmarks.scale_report import format_points, plot, points_json


def series(*points: int) -> Series:
    """Copies of a file each, so many."""
    return Series(name="copies", title="copies", unit="steps", points=points, write=write_copies)


def test_each_point_is_measured_cold_and_warm(tmp_path: Path) -> None:
    """Up to the largest that is asked for; the contexts are gone afterwards."""
    results = list(measure_series(series(1, 3, 5), [Jettison(tmp_path / "j")], tmp_path, runs=2, largest=3))
    assert [(one.point, one.state, len(one.runs), one.failure) for one in results] == [
        (1, State.COLD, 2, ""),
        (1, State.WARM, 2, ""),
        (3, State.COLD, 2, ""),
        (3, State.WARM, 2, ""),
    ]
    assert not (tmp_path / "contexts" / "copies").exists()
    assert "| 3 | jettison |" in format_points(results)
    assert len(json.loads(points_json(results, {}))["points"]) == 4
    assert "jettison, warm" in plot(results)


class Broken(Builder):
    """A builder that cannot."""

    name = "broken"

    def command(self, context: Path, archive: Path, *, no_cache: bool) -> Sequence[str]:
        """Fails."""
        return ["false"]

    def forget(self) -> None:
        """Nothing is known."""


def test_a_builder_that_fails_is_not_asked_for_more(tmp_path: Path) -> None:
    """Its failure is in the results; the others go on."""
    results = list(measure_series(series(1, 2), [Broken(tmp_path / "b")], tmp_path, runs=1, largest=None))
    assert [(one.point, one.state, bool(one.failure)) for one in results] == [(1, State.COLD, True)]
    assert "| failed |" in format_points(results)


@pytest.mark.parametrize("count", [100, 1_000])
def test_files_are_added_to_those_that_are_there(tmp_path: Path, count: int) -> None:
    """A larger point keeps what the smaller one wrote."""
    write_files(tmp_path, count)
    first = (tmp_path / "files" / "000" / "00" / "file0.txt").stat().st_mtime_ns
    write_files(tmp_path, 2 * count)
    assert len(list((tmp_path / "files").rglob("*.txt"))) == 2 * count
    assert (tmp_path / "files" / "000" / "00" / "file0.txt").stat().st_mtime_ns == first


def test_the_series_are_those_of_the_readme() -> None:
    """Names, largest points."""
    text = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text()
    for one in SERIES:
        assert f"`{one.name}`" in text and f"{one.points[-1]:,}" in text
