"""Reading OCI layouts: which image is meant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.layout.support import AMD64, ARM64, MemoryImage, describe, layer_tar, make_image

from jettison.errors import IntegrityError, NotFoundError
from jettison.frozen import replace
from jettison.layout.bundle import BundledImage, bundle
from jettison.layout.content import images_content, index_content
from jettison.layout.files import DirectoryFiles
from jettison.layout.names import IMAGE_NAME, REF_NAME, blob_name
from jettison.layout.oci_layout import OciLayout, read_oci_layout
from jettison.layout.write import write_oci_layout
from jettison.model.attestation import Statement
from jettison.model.image_source import NamedImage
from jettison.model.oci import OCI_INDEX, Descriptor, Index, write_manifest
from jettison.model.platform import Platform
from jettison.model.reference import Reference

ONE = make_image(layer_tar({"one": b"1"}), label="one")
TWO = make_image(layer_tar({"two": b"2"}), label="two")
ARM = make_image(layer_tar({"arm": b"a"}), platform=ARM64, label="arm")
PLATFORMS = Index(manifests=(ONE.descriptor, ARM.descriptor))


def layout_of(folder: Path, *images: tuple[MemoryImage, str]) -> OciLayout:
    named = [NamedImage(image=image, names=(Reference.parse(name),) if name else ()) for image, name in images]
    write_oci_layout(folder, images_content(named))
    return read_oci_layout(DirectoryFiles(folder))


def with_entries(folder: Path, entries: Sequence[Descriptor]) -> OciLayout:
    """The layout with another index.json."""
    (folder / "index.json").write_bytes(write_manifest(Index(manifests=tuple(entries))))
    return read_oci_layout(DirectoryFiles(folder))


@pytest.mark.parametrize("name", ["v1", "x.io/app:v1", "docker.io/library/two:v2", "two:v2", "v2"])
def test_an_image_is_found_by_every_name(tmp_path: Path, name: str) -> None:
    """By tag, by whole reference, by docker's short form."""
    layout = layout_of(tmp_path, (ONE, "x.io/app:v1"), (TWO, "two:v2"))
    expected = ONE if name.endswith("v1") else TWO
    assert layout.image(name, AMD64).config_bytes == expected.config_bytes


def test_an_image_is_found_by_digest_or_because_it_is_the_only_one(tmp_path: Path) -> None:
    """Also where index.json names it twice, or says nothing of its platform."""
    layout = layout_of(tmp_path, (ONE, "a:1"), (ONE, "b:2"))
    assert layout.image(ONE.descriptor.digest, AMD64).manifest == ONE.manifest
    assert layout.image(None, AMD64).manifest == ONE.manifest
    assert layout.image(None, ARM64).manifest == ONE.manifest
    bare = with_entries(tmp_path, [replace(ONE.descriptor, platform=None)])
    assert bare.image(None, AMD64).manifest == ONE.manifest


def test_several_images_need_a_name(tmp_path: Path) -> None:
    """The error lists them; ``latest`` is the default where there is one."""
    layout = layout_of(tmp_path, (ONE, "a:1"), (TWO, "b:2"))
    with pytest.raises(NotFoundError, match="which image of several") as caught:
        layout.image(None, AMD64)
    assert caught.value.hint == "it holds 1, 2"
    with pytest.raises(NotFoundError, match="there is no image '3'") as caught:
        layout.image("3", AMD64)
    assert caught.value.hint == "it holds 1, 2"
    layout = layout_of(tmp_path, (TWO, "c"))
    assert layout.image(None, AMD64).manifest == TWO.manifest


def test_platforms_of_a_nested_index(tmp_path: Path) -> None:
    """As docker buildx writes it: index.json -> index -> manifests."""
    write_oci_layout(tmp_path, index_content(PLATFORMS, [ONE, ARM], [Reference.parse("multi:v1")]))
    layout = read_oci_layout(DirectoryFiles(tmp_path))
    assert layout.image("v1", AMD64).manifest == ONE.manifest
    assert layout.image(None, ARM64).manifest == ARM.manifest
    with pytest.raises(NotFoundError, match="no image for platform linux/s390x"):
        layout.image(None, Platform.parse("linux/s390x"))
    (group,) = layout.groups()
    assert [image.manifest for image in group.images] == [ONE.manifest, ARM.manifest]
    assert group.names == (Reference.parse("multi:v1"),)


def test_an_index_whose_images_are_not_all_there(tmp_path: Path) -> None:
    """As docker saves one platform of several: what is there is taken, and what is no image is passed over."""
    statement = Statement(predicate_type="x", data=b"{}")
    made = bundle([BundledImage(image=ONE, statements=(statement,)), BundledImage(image=ARM)])
    write_oci_layout(tmp_path, made.content([Reference.parse("multi:v1")]))
    layout = read_oci_layout(DirectoryFiles(tmp_path))
    assert [image.manifest for image in layout.groups()[0].images] == [ONE.manifest, ARM.manifest]
    (tmp_path / blob_name(ARM.descriptor.digest)).unlink()
    assert [image.manifest for image in layout.groups()[0].images] == [ONE.manifest]


def test_platforms_side_by_side(tmp_path: Path) -> None:
    """Manifests of one tag that stand in index.json themselves."""
    layout = layout_of(tmp_path, (ONE, "a:1"), (ARM, "a:1"))
    assert layout.image("1", ARM64).manifest == ARM.manifest
    assert layout.image(None, AMD64).manifest == ONE.manifest
    (group,) = layout.groups()
    assert [image.manifest for image in group.images] == [ONE.manifest, ARM.manifest]


@pytest.mark.parametrize(
    ("annotations", "names"),
    [
        ({IMAGE_NAME: "docker.io/library/a:1", REF_NAME: "1"}, ["docker.io/library/a:1"]),
        ({REF_NAME: "localhost/a:1"}, ["localhost/a:1"]),
        ({REF_NAME: "latest"}, []),
        ({REF_NAME: "not a/Reference:"}, []),
        ({}, []),
    ],
)
def test_names_are_read_as_others_write_them(tmp_path: Path, annotations: dict[str, str], names: list[str]) -> None:
    """BuildKit's and skopeo's annotations; a mere tag names no image."""
    layout_of(tmp_path, (ONE, ""))
    layout = with_entries(tmp_path, [replace(ONE.descriptor, annotations=tuple(sorted(annotations.items())))])
    (group,) = layout.groups()
    assert [str(name) for name in group.names] == names


def test_a_missing_blob_is_named(tmp_path: Path) -> None:
    """A manifest at once, a layer when it is opened."""
    layout = layout_of(tmp_path, (ONE, "a:1"))
    layer = ONE.manifest.layers[0]
    (tmp_path / blob_name(layer.digest)).unlink()
    image = layout.image(None, AMD64)
    with pytest.raises(IntegrityError, match=f"{tmp_path}: the blob {layer.digest} is missing"):
        image.open_blob(layer)
    (tmp_path / blob_name(ONE.descriptor.digest)).unlink()
    with pytest.raises(IntegrityError, match=f"the blob {ONE.descriptor.digest} is missing"):
        layout.image(None, AMD64)


def test_indexes_are_not_followed_forever(tmp_path: Path) -> None:
    """Three levels are more than anybody uses."""
    layout_of(tmp_path, (ONE, ""))
    entry = ONE.descriptor
    for _ in range(4):
        data = write_manifest(Index(manifests=(entry,)))
        entry = replace(describe(OCI_INDEX, data), platform=AMD64)
        (tmp_path / blob_name(entry.digest)).write_bytes(data)
    with pytest.raises(IntegrityError, match="nested deeper"):
        with_entries(tmp_path, [entry]).image(None, AMD64)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("oci-layout", {"imageLayoutVersion": "2.0.0"}, "layout version '2.0.0' is not known"),
        ("oci-layout", {}, "'imageLayoutVersion' is missing"),
        ("index.json", [], "expected an object"),
        ("index.json", {"schemaVersion": 2, "manifests": [{"digest": "x"}]}, r"manifests\[0\]"),
    ],
)
def test_broken_layouts(tmp_path: Path, name: str, content: object, message: str) -> None:
    """The error names the file and the field."""
    layout_of(tmp_path, (ONE, ""))
    (tmp_path / name).write_text(json.dumps(content))
    with pytest.raises(IntegrityError, match=message) as caught:
        read_oci_layout(DirectoryFiles(tmp_path))
    assert name in str(caught.value)
