"""One store a worker for all cases, with the base images in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.language.outcome import Base, Bench, open_bench
from tests.support.base_image import find_busybox, write_bases


@pytest.fixture(scope="session")
def base_archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Docker archives of `busybox:test` and of `onbuild:test`, which has triggers."""
    busybox = find_busybox()
    if busybox is None:
        pytest.skip("busybox-static is not installed")
    return write_bases(tmp_path_factory.mktemp("bases"), busybox)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory, base_archives: tuple[Path, ...]) -> Bench:
    return open_bench(tmp_path_factory.mktemp("bench"), base_archives)


@pytest.fixture(scope="session")
def unpacking_bench(tmp_path_factory: pytest.TempPathFactory, base_archives: tuple[Path, ...]) -> Bench:
    """A store whose layers are never mounted, on any kernel."""
    return open_bench(tmp_path_factory.mktemp("unpacking"), base_archives, root_mode="unpack")


@pytest.fixture(scope="session")
def base(base_archives: tuple[Path, ...]) -> Base:
    """What images on top of `busybox:test` or `onbuild:test` begin with."""
    return Base.read(base_archives[0])
