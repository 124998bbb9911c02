"""Every example's image holds the files and the config that buildah's build of the same Dockerfile holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from demo.cases import MULTI, SINGLE, Case, load_cases
from demo.command import Jettison
from tests.compat.builders import BuildahBuilder
from tests.compat.known import EXAMPLE_ALLOWANCES
from tests.examples.bases import base_images
from tests.support.compare import compare, unexplained
from tests.support.flatten import read_picture

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(900)]


def hand_over(jettison: Jettison, buildah: BuildahBuilder, images: set[str], folder: Path) -> None:
    """Give buildah the base images that it does not have yet."""
    known = buildah.call("images", "--format", "{{.Name}}:{{.Tag}}").split()
    for number, image in enumerate(sorted(images)):
        if not any(name.endswith(f"/{image}") for name in known):
            archive = folder / f"base-{number}.tar"
            jettison.call(f"hand-over-{number}", "save", "-o", str(archive), image)
            buildah.load(archive)
            archive.unlink()


@pytest.mark.parametrize("version", [SINGLE, MULTI])
@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_same_as_buildah(
    case: Case, version: str, base_store: Jettison, buildah: BuildahBuilder, tmp_path: Path
) -> None:
    """The same files, owners, modes, links, content and config, but for what the programs in it make anew each time."""
    dockerfile = ("-f", str(case.dockerfile(version)))
    ours, theirs = tmp_path / "ours.tar", tmp_path / "theirs.tar"
    output = f"type=docker,dest={ours}"
    log = f"compare-{case.name}-{version}"
    base_store.call(
        log, "build", "--progress", "plain", "-t", f"compared/{case.name}", "-o", output, *dockerfile, str(case.folder)
    )
    hand_over(base_store, buildah, base_images(case, version), tmp_path)
    buildah.build(str(case.folder), theirs, *dockerfile)
    differences = compare(read_picture(ours), read_picture(theirs))
    ours.unlink()
    theirs.unlink()
    found = unexplained(differences, buildah.name, EXAMPLE_ALLOWANCES)
    assert not found, "\n".join([f"{len(found)} differences:", *found[:40]])
