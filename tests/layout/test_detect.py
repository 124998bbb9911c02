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


def test_something_else_is_said_to_be_something_else(tmp_path: Path) -> None:
    """What was looked for, and what to do."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "source").mkdir()
    (tmp_path / "source/Dockerfile").write_text("FROM scratch\n")
    hints = {"folder": "dest=FOLDER", "source": "build -t NAME", "old.tar": "load and save it"}
    old = write_tar(tmp_path / "old.tar", {"repositories": b"{}", "x/layer.tar": b""})
    (tmp_path / "empty.tar").write_bytes(b"")
    for path in (
        tmp_path / "folder",
        tmp_path / "source",
        old,
        write_tar(tmp_path / "other.tar", {"etc/passwd": b""}),
        tmp_path / "empty.tar",
    ):
        with (
            open_layout(path, spool_dir=tmp_path) as files,
            pytest.raises(IntegrityError, match="this holds no images") as caught,
        ):
            detect_layout(files)
        assert str(path) in str(caught.value)
        assert hints.get(path.name, "docker save write archives") in (caught.value.hint or "")
