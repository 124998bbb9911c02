"""Writing layouts and archives."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.layout.support import AMD64, describe, layer_tar, make_image

from jettison.errors import IntegrityError, StorageError
from jettison.layer.tar_read import read_tar
from jettison.layout.content import Blob, LayoutContent, images_content, index_content
from jettison.layout.files import DirectoryFiles, open_archive
from jettison.layout.names import blob_name
from jettison.layout.oci_layout import read_oci_layout
from jettison.layout.validate import validate_layout
from jettison.layout.write import write_docker_archive, write_oci_archive, write_oci_layout
from jettison.model.digest import Digest
from jettison.model.image_source import NamedImage
from jettison.model.oci import OCI_LAYER, Descriptor, Index
from jettison.model.reference import Reference

SHARED = layer_tar({"shared": b"S"})
ONE = make_image(SHARED, layer_tar({"one": b"1"}), label="one")
TWO = make_image(SHARED, layer_tar({"two": b"2"}), label="two")
NAMED = [
    NamedImage(image=ONE, names=(Reference.parse("one:v1"), Reference.parse("x.io/one"))),
    NamedImage(image=TWO, names=(Reference.parse("two:v1"),)),
]


def docker_bytes(images: list[NamedImage]) -> bytes:
    out = io.BytesIO()
    write_docker_archive(out.write, images)
    return out.getvalue()


def test_equal_images_give_equal_bytes() -> None:
    """No times, no owners, no order of chance."""
    assert docker_bytes(NAMED) == docker_bytes(NAMED)
    with tarfile.open(fileobj=io.BytesIO(docker_bytes(NAMED))) as tar:
        members = tar.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname) for m in members} == {(0, 0, 0, "")}
    assert {m.mode for m in members if m.isfile()} == {0o644}
    names = [m.name for m in members]
    assert names[:5] == ["oci-layout", "index.json", "manifest.json", "blobs", "blobs/sha256"]
    assert len(set(names)) == len(names)
    assert names.count(blob_name(Digest.of(SHARED))) == 1


def test_a_digest_is_no_name_in_an_archive(tmp_path: Path) -> None:
    """Only name and tag are written; docker takes nothing else."""
    pinned = Reference.parse(f"x.io/one@{ONE.descriptor.digest}")
    path = tmp_path / "a.tar"
    path.write_bytes(docker_bytes([NamedImage(image=ONE, names=(pinned,))]))
    with open_archive(path, spool_dir=tmp_path) as files, files.open("manifest.json") as stream:
        assert b'"RepoTags":["x.io/one:latest"]' in stream.read()


def test_a_layout_is_added_to(tmp_path: Path) -> None:
    """A tag is replaced, others stay, blobs that are there are not written again."""
    write_oci_layout(tmp_path, images_content([NamedImage(image=ONE, names=(Reference.parse("a:1"),))]))
    shared = tmp_path / blob_name(Digest.of(SHARED))
    before = shared.stat().st_ino
    write_oci_layout(tmp_path, images_content([NamedImage(image=TWO, names=(Reference.parse("a:2"),))]))
    layout = read_oci_layout(DirectoryFiles(tmp_path))
    assert layout.image("1", AMD64).config_bytes == ONE.config_bytes
    assert layout.image("2", AMD64).config_bytes == TWO.config_bytes
    write_oci_layout(tmp_path, images_content([NamedImage(image=TWO, names=(Reference.parse("a:1"),))]))
    layout = read_oci_layout(DirectoryFiles(tmp_path))
    assert layout.image("1", AMD64).config_bytes == TWO.config_bytes
    assert len(layout.index.manifests) == 2
    assert shared.stat().st_ino == before
    assert validate_layout(layout.files) == []


def test_an_image_without_a_name_replaces_its_like(tmp_path: Path) -> None:
    """Building into the same folder twice leaves one image."""
    for image in (ONE, TWO):
        write_oci_layout(tmp_path, images_content([NamedImage(image=image)]))
    assert read_oci_layout(DirectoryFiles(tmp_path)).image(None, AMD64).config_bytes == TWO.config_bytes


class BrokenError(Exception):
    """The source of a blob failed."""


def test_a_failing_source_leaves_the_layout_as_it_was(tmp_path: Path) -> None:
    """No half blob under its name, no entry for it, no temporary file."""
    write_oci_layout(tmp_path, images_content([NamedImage(image=ONE)]))
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    index = (tmp_path / "index.json").read_bytes()

    def fail() -> BinaryIO:
        raise BrokenError

    blob = Blob(descriptor=describe(OCI_LAYER, b"never"), open=fail)
    with pytest.raises(BrokenError):
        write_oci_layout(tmp_path, LayoutContent(entries=(TWO.descriptor,), blobs=(blob,)))
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    assert (tmp_path / "index.json").read_bytes() == index


@pytest.mark.parametrize("data", [b"short", b"longer than it is said to be"])
def test_a_source_of_another_size_is_an_error(data: bytes) -> None:
    """A tar whose member has another size than its header would be garbage."""
    blob = Blob(
        descriptor=Descriptor(media_type=OCI_LAYER, digest=Digest.of(data), size=10), open=lambda: io.BytesIO(data)
    )
    with pytest.raises(IntegrityError, match=f"its source gave {len(data)} bytes, expected 10"):
        write_oci_archive(lambda chunk: None, LayoutContent(entries=(), blobs=(blob,)))


def test_layers_over_8_gib() -> None:
    """A size that ustar cannot hold is said in a pax header, as Python's and our own reader understand it."""
    size = 8 * 1024**3 + 12345
    big = Descriptor(media_type=OCI_LAYER, digest=Digest.of(b"big"), size=size)
    written = io.BytesIO()
    with pytest.raises(IntegrityError, match="its source gave 0 bytes"):
        write_oci_archive(written.write, LayoutContent(entries=(), blobs=(Blob(descriptor=big, open=io.BytesIO),)))
    data = written.getvalue()
    start = data.index(b"PaxHeaders.0")
    with tarfile.open(fileobj=io.BytesIO(data[start:])) as tar:
        header = tar.next()
    assert header is not None
    assert (header.name, header.size) == (blob_name(big.digest), size)
    member = next(read_tar(io.BytesIO(data[start:])))
    assert (member.entry.path, member.entry.size) == (blob_name(big.digest), size)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """The disk's reason is told."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot write the OCI layout .*file/layout: Not a directory"):
        write_oci_layout(tmp_path / "file/layout", images_content(NAMED))


def test_an_index_needs_its_images() -> None:
    """An archive that names what it does not hold is not written."""
    index = Index(manifests=(ONE.descriptor, TWO.descriptor))
    with pytest.raises(IntegrityError, match=f"the index names {TWO.descriptor.digest}"):
        index_content(index, [ONE], ())
