"""A store in a folder of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jettison.store import Store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the store of the test lies; not made yet."""
    return tmp_path / "home"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """An open store."""
    with Store.open(home) as opened:
        yield opened
