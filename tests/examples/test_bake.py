"""The bake file of the examples builds what it names."""

from __future__ import annotations

import pytest
from demo.cases import EXAMPLES
from demo.command import Jettison

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(900)]


def test_two_images_have_a_stage_in_common(base_store: Jettison, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is built once, and both images are there."""
    monkeypatch.chdir(EXAMPLES.parent)
    bake = (
        "bake",
        "--progress",
        "plain",
        "--no-cache",
        "-f",
        "examples/go-scratch/docker-bake.hcl",
        "--var",
        "TAG=baked",
    )
    base_store.call("bake", *bake)
    log = (base_store.logs / "bake.log").read_text(errors="replace")
    assert len({line.split()[0] for line in log.splitlines() if "] RUN CGO_ENABLED=0" in line}) == 1
    for name in ("orbit:baked", "orbit-compiler:baked"):
        assert base_store.answer("inspect", name) is not None
