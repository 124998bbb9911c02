"""Squashing whole images: what lies in the store afterwards makes the same files, for random stacks of layers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.layer.archives import write_layer
from tests.layer.strategies import Item, trees
from tests.layout.support import make_image

from jettison.engine.image_diff import diff_images
from jettison.engine.image_layers import open_image
from jettison.engine.request import Machine
from jettison.engine.squash_image import SquashRequest, squash_image
from jettison.layer.compare import compare_trees
from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage
from jettison.model.platform import Platform
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.sandbox.probe import choose
from jettison.store.store import Store


@contextmanager
def machine() -> Iterator[tuple[Machine, Path]]:
    """A machine with an empty store, and a folder."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Path(folder) / "store") as store,
        RegistryClient() as registry,
    ):
        yield (
            Machine(
                store=store,
                open_registry=lambda: registry,
                open_sandbox=choose,
                emit=lambda event: None,
                platform=Platform.parse("linux/amd64"),
                clock=lambda: 1_700_000_000.0,
            ),
            Path(folder),
        )


def silent(part: str, done: int, total: int | None) -> None:
    """Nobody is told."""


@settings(max_examples=30)
@given(trees(), st.lists(trees(deletions=True), max_size=3), st.booleans(), st.data())
def test_the_files_are_the_same_before_and_after(
    base: list[Item], others: list[list[Item]], packed: bool, data: st.DataObject
) -> None:
    """Read back from the store, times and all; of an archive that was compressed, too."""
    layers = [write_layer(*items)[0] for items in [base, *others]]
    first = data.draw(st.integers(1, len(layers)))
    with machine() as (made, folder):
        archive = folder / "image.tar"
        with archive.open("wb") as out:
            write_docker_archive(out.write, [NamedImage(image=make_image(*layers, packed=packed))])
        tag = Reference.parse("squashed:v1")
        squash_image(SquashRequest(name=str(archive), first=first, tags=(tag,)), made, silent)
        with (
            open_image(str(archive), made, progress=silent) as before,
            open_image("squashed:v1", made, progress=silent) as after,
        ):
            assert compare_trees(before.files().tree, after.files().tree, times=True) == ()
            assert diff_images(before, after, times=True).is_equal
            assert len(after.indexes) <= first
            assert after.config.diff_ids[: first - 1] == before.config.diff_ids[: first - 1]
            for path, entry in after.files().tree.entries.items():
                if entry.digest is not None:
                    with after.files().open(entry) as content:
                        assert len(content.read(entry.size + 1)) == entry.size, path
