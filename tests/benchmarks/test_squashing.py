"""Every way of squashing is measured, anew each time."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from benchmarks.heavy_image import Shape
from benchmarks.squashing import format_squashing, measure_squashing, squashing_json

SMALL = Shape(layers=12, files=3_000, total_bytes=60_000_000)
WAYS = 3


def test_every_way_is_measured(tmp_path: Path) -> None:
    """Without a rival, and the result is an archive with one layer."""
    results = measure_squashing(tmp_path, runs=2, shape=SMALL)
    assert [(len(result.ours), len(result.theirs)) for result in results] == [(2, 0)] * WAYS
    assert format_squashing(results).count("| - |") == WAYS
    assert len(json.loads(squashing_json(results, {}))["ways"]) == WAYS
    assert (tmp_path / "squashed.tar").stat().st_size > SMALL.total_bytes / 2


@pytest.mark.root
@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("DOCKER_SQUASH"), reason="DOCKER_SQUASH does not name the program docker-squash")
def test_docker_squash_does_the_same(tmp_path: Path) -> None:
    """As often as the program itself."""
    results = measure_squashing(tmp_path, runs=1, shape=SMALL, docker_squash=os.environ["DOCKER_SQUASH"])
    assert [(len(result.ours), len(result.theirs)) for result in results] == [(1, 1)] * WAYS
    assert format_squashing(results).count("x**") == WAYS
