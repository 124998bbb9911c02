"""The oracles, one of each a worker, and the base images that all cases start from."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compat.builders import (
    BuildahBuilder,
    Builder,
    DockerBuilder,
    JettisonBuilder,
    running_buildah,
    running_docker,
)
from tests.support.base_image import PATH, BaseImage, busybox_layer, find_busybox, write_archive

TRIGGERS = ["COPY app.txt /triggered/", "RUN echo triggered > /triggered/run", "ENV TRIGGERED=yes"]


@pytest.fixture(scope="session")
def base_archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Docker archives of `busybox:test` and of `onbuild:test`, which has triggers."""
    busybox = find_busybox()
    if busybox is None:
        pytest.skip("busybox-static is not installed")
    layer = busybox_layer(busybox)
    run = {"Env": [PATH], "Cmd": ["sh"]}
    folder = tmp_path_factory.mktemp("bases")
    images = {
        folder / "busybox.tar": BaseImage(name="busybox:test", layer=layer, run=run),
        folder / "onbuild.tar": BaseImage(name="onbuild:test", layer=layer, run={**run, "OnBuild": TRIGGERS}),
    }
    for path, image in images.items():
        write_archive(path, image)
    return tuple(images)


def load_all(builder: Builder, archives: tuple[Path, ...]) -> None:
    for archive in archives:
        builder.load(archive)


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="jt-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def jettison(short_folder: Path, base_archives: tuple[Path, ...]) -> JettisonBuilder:
    builder = JettisonBuilder(home=short_folder / "jettison")
    load_all(builder, base_archives)
    return builder


@pytest.fixture(scope="session")
def buildah(short_folder: Path, base_archives: tuple[Path, ...]) -> Iterator[BuildahBuilder]:
    folder = short_folder / "buildah"
    folder.mkdir()
    with running_buildah(folder) as builder:
        load_all(builder, base_archives)
        yield builder


@pytest.fixture(scope="session")
def buildkit(short_folder: Path, base_archives: tuple[Path, ...]) -> Iterator[DockerBuilder]:
    folder = short_folder / "docker"
    folder.mkdir()
    with running_docker(folder) as builder:
        load_all(builder, base_archives)
        yield builder
