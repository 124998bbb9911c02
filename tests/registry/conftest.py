"""One registry for all tests of a worker that only read and add; others start their own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from tests.registry.support import Registry, running_registry

from jettison.registry.client import RegistryClient
from jettison.registry.settings import NetworkSettings


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed")
    with running_registry(tmp_path_factory.mktemp("registry")) as started:
        yield started


@pytest.fixture
def client() -> Iterator[RegistryClient]:
    with RegistryClient(settings=quick_settings()) as made:
        yield made


def quick_settings() -> NetworkSettings:
    return NetworkSettings(pause_seconds=0.01, connect_timeout_seconds=5, read_timeout_seconds=5)
