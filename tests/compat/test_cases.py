"""A Dockerfile means here what it means to BuildKit and to buildah: same files, owners, modes, links, config."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compat.builders import Builder, BuildFailedError, JettisonBuilder
from tests.compat.cases import Case, load_cases
from tests.compat.compare import compare, unexplained
from tests.compat.flatten import Picture, read_picture
from tests.compat.known import ALLOWANCES

pytestmark = pytest.mark.root

ORACLES = ("buildkit", "buildah")


def build_picture(builder: Builder, context: Path, folder: Path) -> Picture:
    archive = folder / f"{builder.name}.tar"
    builder.build(context, archive)
    return read_picture(archive)


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_same_image(
    case: Case, oracle: str, jettison: JettisonBuilder, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Both builders make the same image of the case, or the difference is known."""
    builder: Builder = request.getfixturevalue(oracle)
    context = case.copy_context(tmp_path)
    ours = build_picture(jettison, context, tmp_path)
    if oracle in case.refuses:
        with pytest.raises(BuildFailedError):
            builder.build(context, tmp_path / "refused.tar")
        return
    theirs = build_picture(builder, context, tmp_path)
    differences = list(compare(ours, theirs))
    found = unexplained(differences, oracle, (*ALLOWANCES, *case.allowances))
    assert not found, "\n".join([f"{len(found)} differences to {oracle}:", *found])
    needless = [
        allowance.name
        for allowance in case.allowances
        if oracle in (allowance.oracles or {oracle}) and not any(allowance.covers(oracle, each) for each in differences)
    ]
    assert not needless, f"{oracle} no longer differs in {needless}"


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_a_case_builds_twice_to_the_same_picture(case: Case, jettison: JettisonBuilder, tmp_path: Path) -> None:
    """The second build, out of the cache, is the image of the first."""
    context = case.copy_context(tmp_path)
    assert build_picture(jettison, context, tmp_path) == build_picture(jettison, context, tmp_path)
