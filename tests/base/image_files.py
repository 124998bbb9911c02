"""Looking into finished layers, and unpacking images to build on them or to run what is in them."""

from __future__ import annotations

import io
from pathlib import Path

from jettison.base.image import BaseImage, FinishedLayer, Parent
from jettison.layer.index import index_layer
from jettison.layer.merge import apply_layer, merge_layers
from jettison.model.entry import Entry
from jettison.rootfs.unpack import unpack_layer


def entries(layer: FinishedLayer) -> dict[str, Entry]:
    """Path -> entry."""
    return {entry.path: entry for entry in layer.index.entries}


def read(layer: FinishedLayer, path: str) -> bytes:
    """The content of a file of the layer."""
    entry = entries(layer)[path]
    with layer.tar.open("rb") as file:
        file.seek(entry.offset)
        return file.read(entry.size)


def check(image: BaseImage) -> None:
    """The tars are what their indexes tell, and the config knows them."""
    for layer in image.layers:
        assert index_layer(io.BytesIO(layer.tar.read_bytes())) == layer.index
    assert image.config.diff_ids[-len(image.layers) :] == tuple(layer.index.diff_id for layer in image.layers)
    assert len(image.config.history) == len(image.config.diff_ids)


def parent_of(image: BaseImage, folder: Path, below: Parent | None = None) -> Parent:
    """The image as the parent of another one, unpacked below ``folder``."""
    tree = below.tree if below else merge_layers([])
    folders = list(below.folders) if below else []
    for layer in image.layers:
        target = folder / str(len(folders))
        target.mkdir(parents=True)
        with layer.tar.open("rb") as file:
            unpack_layer(file, target, lower=tree)
        tree = apply_layer(tree, layer.index.entries, len(folders))
        folders.append(target)
    return Parent(config=image.config, tree=tree, folders=tuple(folders))


def flatten(image: BaseImage, folder: Path) -> Path:
    """The files of an image that was built on nothing, as one folder."""
    folder.mkdir(parents=True)
    for layer in image.layers:
        with layer.tar.open("rb") as file:
            unpack_layer(file, folder, style=None)
    return folder
