"""The image that is weighed is what its shape says, and every way of weighing it is measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.heavy_image import Shape, write_image
from benchmarks.weighing import format_weighing, measure_weighing, weighing_json

SMALL = Shape(layers=12, files=3_000, total_bytes=60_000_000)


def test_the_image_is_as_large_as_its_shape_says(tmp_path: Path) -> None:
    """All its layers are read as what their names say; it is mostly holes, and the same each time."""
    archives = [tmp_path / "one.tar", tmp_path / "other.tar"]
    for archive in archives:
        write_image(archive, SMALL)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    command = [str(Path(sys.executable).with_name("jettison")), "--home", str(tmp_path / "home")]
    told = subprocess.run([*command, "weigh", "--format", "json", archives[0]], check=True, capture_output=True)
    weight = json.loads(told.stdout)
    assert len([each for each in weight["instructions"] if each["layer"] is not None]) == SMALL.layers
    assert 0.7 < weight["total_bytes"] / SMALL.total_bytes < 1.4
    kinds = {finding["kind"] for finding in weight["findings"]}
    assert {"deleted", "copied-up", "pip-cache", "bytecode", "version-control"} <= kinds
    assert {package["kind"] for package in weight["packages"]} == {"deb", "npm", "pypi"}
    assert archives[0].stat().st_blocks * 512 < archives[0].stat().st_size / 2


@pytest.mark.slow
def test_every_way_is_measured(tmp_path: Path) -> None:
    """And the archive is gone afterwards."""
    results = measure_weighing(tmp_path, runs=2, shape=SMALL)
    assert [len(result.runs) for result in results] == [1, 2, 2]
    assert [bool(result.page_bytes) for result in results] == [False, False, True]
    assert (results[-1].opened_seconds is None) == (shutil.which("chromium") is None)
    assert format_weighing(results).count("\n") == 4
    assert len(json.loads(weighing_json(results, {}))["ways"]) == 3
    assert not (tmp_path / "heavy.tar").exists()


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("DIVE"), reason="DIVE does not name the program dive")
def test_dive_weighs_the_same_archive(tmp_path: Path) -> None:
    """Of a tenth of the image, as often as the program itself."""
    *_, ours, theirs = measure_weighing(tmp_path, runs=2, shape=SMALL, dive=os.environ["DIVE"])
    assert ours.title == "a tenth of it, from an archive"
    assert theirs.title.startswith("the same by dive, **")
    assert len(ours.runs) == len(theirs.runs) == 2
