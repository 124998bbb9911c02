"""Telling what was handed in."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.layout.support import layer_tar, make_image, write_old_docker_archive, write_tar

from jettison.errors import IntegrityError
from jettison.layout.content import images_content
from jettison.layout.detect import LayoutKind, detect_layout, open_layout, read_groups
from jettison.layout.write import write_docker_archive, write_oci_archive, write_oci_layout
from jettison.model.image_source import NamedImage

IMAGE = make_image(layer_tar({"a": b"a"}))
NAMED = [NamedImage(image=IMAGE)]


def test_every_kind_is_known(tmp_path: Path) -> None:
    """A folder, an OCI archive, docker's archive old and new (which is both), and one on a stream."""
    write_oci_layout(tmp_path / "layout", images_content(NAMED))
    with (tmp_path / "oci.tar").open("wb") as out:
        write_oci_archive(out.write, images_content(NAMED))
    with (tmp_path / "new.tar").open("wb") as out:
        write_docker_archive(out.write, NAMED)
    write_old_docker_archive(tmp_path / "old.tar", IMAGE, "a:b")
    kinds = {
        "layout": LayoutKind.OCI,
        "oci.tar": LayoutKind.OCI,
        "new.tar": LayoutKind.DOCKER,
        "old.tar": LayoutKind.DOCKER,
    }
    for name, kind in kinds.items():
        with open_layout(tmp_path / name, spool_dir=tmp_path) as files:
            assert detect_layout(files) is kind
            assert [group.images[0].config_bytes for group in read_groups(files)] == [IMAGE.config_bytes]
    with (tmp_path / "new.tar").open("rb") as stream, open_layout(stream, spool_dir=tmp_path, what="stdin") as files:
        assert detect_layout(files) is LayoutKind.DOCKER


NO_IMAGES: dict[str, tuple[dict[str, bytes], str, str]] = {
    "nothing": ({}, "dest=FOLDER", "jettison save"),
    "a context": (
        {"Dockerfile": b"FROM scratch", "a/oci-layout": b""},
        "jettison build -t NAME {}",
        "jettison build -t NAME - < {}",
    ),
    "an old archive": ({"repositories": b"{}", "x/layer.tar": b""}, "load and save it", "load and save it"),
    "a layout deeper": (
        {"out/oci-layout": b"", "out/index.json": b"", "a/b": b""},
        "name {}/out",
        "the OCI layout is in its folder out",
    ),
    "an archive inside": ({"b.tar.gz": b"", "readme": b""}, "is {}/b.tar.gz meant?", "unpack it, where b.tar.gz"),
    "a root file system": (
        {"etc/passwd": b"", "usr/lib/x": b""},
        "FROM scratch and COPY . / in {}",
        "FROM scratch and ADD archive.tar /",
    ),
}
"""What is there, and the hints where it is a folder and where it is an archive."""


@pytest.mark.parametrize("case", NO_IMAGES)
def test_what_holds_no_images_is_said_to_hold_none(case: str, tmp_path: Path) -> None:
    """What was looked for, and what to do with what is there instead."""
    files, of_folder, of_archive = NO_IMAGES[case]
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for path, hint in ((folder, of_folder), (write_tar(tmp_path / "archive.tar", files), of_archive)):
        with (
            open_layout(path, spool_dir=tmp_path) as opened,
            pytest.raises(IntegrityError, match="this holds no images") as caught,
        ):
            detect_layout(opened)
        assert str(path) in str(caught.value)
        assert hint.format(path) in (caught.value.hint or "")


@pytest.mark.parametrize(("there", "missing"), [("oci-layout", "index.json"), ("index.json", "oci-layout")])
def test_half_a_layout_is_said_to_be_half(there: str, missing: str, tmp_path: Path) -> None:
    """Which half is not there."""
    (tmp_path / there).write_text("{}")
    with (
        open_layout(tmp_path, spool_dir=tmp_path) as files,
        pytest.raises(IntegrityError, match=f"half an OCI layout: {missing} is missing"),
    ):
        detect_layout(files)
