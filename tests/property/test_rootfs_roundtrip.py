"""Directories and layers: packing, unpacking, mounting and merging agree, whatever is in them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.layer.strategies import Item, seen, trees
from tests.rootfs.views import layer_stream, tree_of_directory, tree_of_mounts, tree_of_overlay

from jettison.layer.index import LayerIndex
from jettison.layer.merge import merge_layers
from jettison.layer.stream import Readable
from jettison.model.entry import Entry, EntryType
from jettison.rootfs.flatten import write_directory, write_tar
from jettison.rootfs.mountable import mountable_image
from jettison.rootfs.pack import pack_directory, pack_upper
from jettison.rootfs.unpack import unpack_layer

pytestmark = pytest.mark.root

few = settings(max_examples=25)


@contextmanager
def directories(count: int) -> Iterator[list[Path]]:
    with tempfile.TemporaryDirectory() as name:
        made = [Path(name) / str(number) for number in range(count)]
        for path in made:
            path.mkdir()
        yield made


def unpacked(items: list[Item], directory: Path) -> LayerIndex:
    stream, index = layer_stream(*items)
    result = unpack_layer(stream, directory)
    assert result.index == index
    assert result.omissions == ()
    return index


@few
@given(trees())
def test_packing_what_was_unpacked_gives_the_same_tree(items: list[Item]) -> None:
    """pack(unpack(t)) = t, to our eyes and to GNU tar's."""
    with directories(1) as (directory,):
        tree = merge_layers([unpacked(items, directory)])
        packed = merge_layers([pack_directory(directory, lambda data: None)])
        assert seen(packed) == seen(tree)
        assert seen(tree_of_directory(directory)) == seen(tree)


@few
@given(trees(deletions=True))
def test_a_layer_directory_packs_into_the_same_layer(items: list[Item]) -> None:
    """pack_upper(unpack(l)) does what l does, deletions included: what RUN leaves is kept by rename."""
    with directories(1) as (directory,):
        index = unpacked(items, directory)
        chunks: list[bytes] = []
        packed = pack_upper(directory, chunks.append)
        assert seen(merge_layers([packed])) == seen(merge_layers([index]))
        assert deletions(packed) <= deletions(index)
        assert pack_upper(directory, lambda data: None) == packed


def deletions(index: LayerIndex) -> set[str]:
    return {entry.path for entry in index.entries if entry.type is EntryType.WHITEOUT}


@few
@given(st.lists(trees(deletions=True), min_size=2, max_size=4))
def test_a_mount_shows_what_the_tree_tells(layers: list[list[Item]]) -> None:
    """The merged tree is the overlay mount of the unpacked layers."""
    with directories(len(layers) + 1) as (area, *made):
        indexes: list[LayerIndex] = []
        for items, directory in zip(layers, made, strict=True):
            stream, _ = layer_stream(*items)
            indexes.append(unpack_layer(stream, directory, lower=merge_layers(indexes)).index)
        assert seen(tree_of_overlay(made, area)) == seen(merge_layers(indexes))


@few
@given(st.lists(trees(deletions=True), min_size=1, max_size=4))
def test_layers_unpacked_onto_each_other_are_the_tree(layers: list[list[Item]]) -> None:
    """Flat unpacking carries deletions out."""
    with directories(1) as (directory,):
        indexes: list[LayerIndex] = []
        for items in layers:
            stream, _ = layer_stream(*items)
            indexes.append(unpack_layer(stream, directory, style=None).index)
        assert seen(tree_of_directory(directory)) == seen(merge_layers(indexes))


@few
@given(st.lists(trees(deletions=True), min_size=1, max_size=3))
def test_a_flattened_tree_is_the_tree(layers: list[list[Item]]) -> None:
    """As plain files and as one tar."""
    streams = [layer_stream(*items) for items in layers]
    tree = merge_layers([index for _, index in streams])

    def open_content(entry: Entry) -> Readable:
        stream = streams[tree.layer_numbers[entry.path]][0]
        stream.seek(entry.offset)
        return Limited(stream, entry.size)

    with directories(1) as (directory,):
        write_directory(tree, "", directory, open_content)
        assert seen(tree_of_directory(directory)) == seen(tree)
        assert seen(merge_layers([write_tar(tree, lambda data: None, open_content)])) == seen(tree)


class Limited:
    """The next bytes of a stream."""

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


@few
@given(st.lists(trees(deletions=True), min_size=1, max_size=4))
def test_a_mount_of_images_shows_what_the_tree_tells(layers: list[list[Item]]) -> None:
    """The merged tree is the overlay mount of the layers' images, each over its tar."""
    with directories(1) as (area,):
        indexes: list[LayerIndex] = []
        places = []
        for number, items in enumerate(layers):
            stream, index = layer_stream(*items)
            image = mountable_image(index, lower=merge_layers(indexes))
            if image is None:
                continue  # hides the whole root, which is no layer for an overlay at all
            places.append((area / f"image{number}", area / f"tar{number}"))
            places[-1][0].write_bytes(image)
            places[-1][1].write_bytes(stream.getvalue())
            indexes.append(index)
        if places:
            assert seen(tree_of_mounts(places, area)) == seen(merge_layers(indexes))
