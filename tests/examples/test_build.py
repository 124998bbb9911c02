"""Every example builds in both versions, both images do what they should, and the second is as small as promised."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo.archive import read_archive
from demo.cases import MULTI, SINGLE, Case, load_cases
from demo.command import Jettison
from demo.course import broken_promises, build_case, image_name

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_example(case: Case, base_store: Jettison, tmp_path: Path) -> None:
    """Built, run, asked, and measured: what the demo does."""
    build_case(base_store, case)
    archive = tmp_path / "images.tar"
    base_store.call(
        f"save-{case.name}", "save", "-o", str(archive), *(image_name(case, version) for version in (SINGLE, MULTI))
    )
    facts = read_archive(archive, [case.secret] if case.secret else [])
    archive.unlink()
    assert broken_promises(case, facts) == []


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_a_second_build_runs_nothing(case: Case, base_store: Jettison) -> None:
    """Every step of the same input comes out of the cache."""
    dockerfile = str(case.dockerfile(MULTI))
    build = ("build", "--progress", "plain", "-t", f"again/{case.name}", "-f", dockerfile, str(case.folder))
    base_store.call(f"first-{case.name}", *build)
    base_store.call(f"second-{case.name}", *build)
    log = (base_store.logs / f"second-{case.name}.log").read_text(errors="replace")
    steps = {line.split()[0] for line in log.splitlines() if line.startswith("#") and "] RUN" in line}
    cached = {line.split()[0] for line in log.splitlines() if line.startswith("#") and line.endswith(" CACHED")}
    assert steps <= cached
