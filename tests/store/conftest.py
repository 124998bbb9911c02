"""A store in a folder of its own for each test, under a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jettison.model.config import HistoryEntry, ImageConfig
from jettison.model.config_json import write_image_config
from jettison.model.digest import Digest
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.store import Store


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where the store of the test lies; not made yet."""
    return tmp_path / "home"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(home: Path, clock: Clock) -> Iterator[Store]:
    """An open store."""
    with Store.open(home, clock=clock) as opened:
        yield opened


@pytest.fixture
def make_layer(store: Store) -> Callable[[str], Digest]:
    """Put a layer made of a text into the store: tar, index and tree."""

    def make(text: str) -> Digest:
        diff_id = store.blobs.put(f"tar of {text}".encode())
        store.layers.put_index(diff_id, b"index")
        with store.layers.new_tree_directory() as tree:
            (tree / "file").write_text(text)
            store.layers.adopt_tree(diff_id, tree)
        return diff_id

    return make


@pytest.fixture
def make_image(store: Store) -> Callable[..., Digest]:
    """Put an image of these layers into the store under these names; ``author`` makes it differ from others."""

    def make(*layers: Digest, author: str = "", tags: tuple[str, ...] = (), sources: tuple[str, ...] = ()) -> Digest:
        config = ImageConfig(
            platform=Platform(os="linux", architecture="amd64"),
            created="2024-01-01T00:00:00Z",
            author=author,
            diff_ids=layers,
            history=tuple(HistoryEntry(created_by="RUN x") for _ in layers),
        )
        image_id = store.images.put(write_image_config(config), sources=[Reference.parse(source) for source in sources])
        for tag in tags:
            store.images.tag(Reference.parse(tag), image_id)
        return image_id

    return make
