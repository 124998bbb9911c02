"""A Debian archive of the test's own, and room to build in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.base.archive import Archive, add_base_packages

from jettison.base.apt import host_architecture
from jettison.base.image import Workspace

NewWorkspace = Callable[[], Workspace]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """An archive with what every distroless image holds."""
    if shutil.which("apt-get") is None:
        pytest.skip("apt is not installed")
    folder = tmp_path / "archive"
    folder.mkdir()
    made = Archive(folder=folder, architecture=host_architecture())
    add_base_packages(made)
    return made


@pytest.fixture
def new_workspace(tmp_path: Path) -> NewWorkspace:
    """Makes workspaces that share a cache."""
    numbers = iter(range(100))

    def make() -> Workspace:
        folder = tmp_path / f"work-{next(numbers)}"
        folder.mkdir()
        return Workspace(folder=folder, cache=tmp_path / "cache")

    return make
