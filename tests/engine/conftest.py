"""The base image of all builds here, and places to build at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.engine.bench import Bench
from tests.support.base_image import PATH, BaseImage, busybox_layer, find_busybox, write_archive

from jettison.store.store import Store

TRIGGERS = ["COPY app.txt /triggered/", "RUN echo triggered > /triggered/run", "ENV TRIGGERED=yes"]


@pytest.fixture(scope="session")
def base_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A docker archive of ``busybox:test``."""
    return _archive(tmp_path_factory.mktemp("base"), "busybox:test", {})


@pytest.fixture(scope="session")
def onbuild_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A docker archive of ``onbuild:test``, which has triggers."""
    return _archive(tmp_path_factory.mktemp("onbuild"), "onbuild:test", {"OnBuild": TRIGGERS})


def _archive(folder: Path, name: str, run: dict[str, object]) -> Path:
    busybox = find_busybox()
    if busybox is None:
        pytest.skip("busybox-static is not installed")
    path = folder / "image.tar"
    image = BaseImage(name=name, layer=busybox_layer(busybox), run={"Env": [PATH], "Cmd": ["sh"], **run})
    write_archive(path, image)
    return path


@pytest.fixture
def new_bench(tmp_path: Path, base_archive: Path) -> Iterator[Callable[[], Bench]]:
    """Makes places to build at, each with a store of its own that holds ``busybox:test``."""
    with ExitStack() as stack:
        made: list[Bench] = []

        def make() -> Bench:
            root = tmp_path / f"bench-{len(made)}"
            root.mkdir()
            bench = Bench(root=root, store=stack.enter_context(Store.open(root / "store")))
            stack.enter_context(bench.registry)
            bench.load(base_archive)
            made.append(bench)
            return bench

        yield make


@pytest.fixture
def bench(new_bench: Callable[[], Bench]) -> Bench:
    """A place to build at."""
    return new_bench()
