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
from tests.compat.buildkit import BuildkitBuilder, running_buildkit
from tests.compat.table import print_tables
from tests.registry.support import running_registry
from tests.support.base_image import find_busybox, write_bases


@pytest.fixture(scope="session")
def base_archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Docker archives of `busybox:test` and of `onbuild:test`, which has triggers."""
    busybox = find_busybox()
    if busybox is None:
        pytest.skip("busybox-static is not installed")
    return write_bases(tmp_path_factory.mktemp("bases"), busybox)


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
def docker(short_folder: Path, base_archives: tuple[Path, ...]) -> Iterator[DockerBuilder]:
    folder = short_folder / "docker"
    folder.mkdir()
    with running_docker(folder) as builder:
        load_all(builder, base_archives)
        yield builder


@pytest.fixture(scope="session")
def buildkit(short_folder: Path, base_archives: tuple[Path, ...]) -> Iterator[BuildkitBuilder]:
    folder = short_folder / "buildkit"
    folder.mkdir()
    with running_registry(folder / "registry") as registry, running_buildkit(folder, registry.host) as builder:
        for archive in base_archives:
            builder.publish(archive, f"{archive.stem}:test")
        yield builder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of cases and oracles."""
    print_tables(terminalreporter)
