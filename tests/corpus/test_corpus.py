"""The Dockerfiles that Debian's sources and npm's packages ship are read and planned; what is refused is wrong."""

from __future__ import annotations

import pytest
from tests.corpus.packages import DEBIAN, NPM, REFUSED, NotHereError, debian_sources, dockerfiles, npm_package

from jettison.dockerfile.base_images import ImageRequest, NeededImages, ResolvedBase
from jettison.dockerfile.convert import ConvertOptions, convert
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import read_instructions
from jettison.errors import JettisonError
from jettison.model.config import ImageConfig, RunConfig
from jettison.model.digest import Digest
from jettison.model.op import ImageOp
from jettison.model.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PLATFORM = Platform.parse("linux/amd64")
OPTIONS = ConvertOptions(build_platform=PLATFORM, target_platform=PLATFORM)
ANY = ImageConfig(platform=PLATFORM, run=RunConfig(env=(("PATH", "/bin"),)), diff_ids=(Digest.of(b"layer"),))


@pytest.mark.parametrize("package", [*DEBIAN, *NPM])
def test_what_a_package_ships(package: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A Dockerfile is planned, on whatever it starts from, or refused for what is known to be wrong with it."""
    folder = tmp_path_factory.getbasetemp() / "corpus" / package.replace("/", "-")
    folder.mkdir(parents=True)
    try:
        archives = (debian_sources if package in DEBIAN else npm_package)(package, folder)
    except NotHereError as error:
        pytest.skip(str(error))
    found = [each for archive in archives for each in dockerfiles(archive)]
    assert found
    wrong = {path: fault for path, data in found if (fault := problem(data)) and not expected(path, fault)}
    assert not wrong


def problem(data: bytes) -> str:
    """What is wrong with a Dockerfile; empty where it can be planned."""
    try:
        program = read_instructions(parse_dockerfile(data.decode("utf-8", "surrogateescape")))
        resolved: dict[ImageRequest, ResolvedBase] = {}
        while isinstance(outcome := convert(program, OPTIONS, resolved), NeededImages):
            for image in outcome.images:
                op = ImageOp(
                    reference=image.reference, platform=PLATFORM, image_id=Digest.of(b"image"), diff_ids=ANY.diff_ids
                )
                resolved[image] = ResolvedBase(op=op, config=ANY)
    except JettisonError as error:
        return error.message
    return ""


def expected(path: str, error: str) -> bool:
    """Whether this is the known fault of the file."""
    return any(path.endswith(f"/{end}") and message in error for end, message in REFUSED.items())
