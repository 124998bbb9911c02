"""Files copied by the kernel, and by nobody where it cannot."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from jettison.layout.copy_file import copy_file

CONTENT = os.urandom(300_001)


def test_a_file_is_put_where_the_target_stands(tmp_path: Path) -> None:
    """Between what was written before and what is written afterwards, buffered or not."""
    (tmp_path / "source").write_bytes(CONTENT)
    for buffering in (-1, 0):
        with (tmp_path / "target").open("wb", buffering=buffering) as target:
            target.write(b"before")
            with (tmp_path / "source").open("rb") as source:
                assert copy_file(source, target) == len(CONTENT)
            target.write(b"after")
        assert (tmp_path / "target").read_bytes() == b"before" + CONTENT + b"after"


def test_an_empty_file_is_copied(tmp_path: Path) -> None:
    """As no bytes."""
    (tmp_path / "source").touch()
    with (tmp_path / "source").open("rb") as source, (tmp_path / "target").open("wb") as target:
        assert copy_file(source, target) == 0


def test_what_are_not_two_files_is_left_to_the_caller(tmp_path: Path) -> None:
    """Streams, pipes and files that are appended to: nothing is written."""
    (tmp_path / "source").write_bytes(CONTENT)
    reading, writing = os.pipe()
    with (
        (tmp_path / "source").open("rb") as source,
        (tmp_path / "appended").open("ab") as appended,
        os.fdopen(reading, "rb"),
        os.fdopen(writing, "wb") as pipe,
    ):
        for target in (io.BytesIO(), appended, pipe):
            assert copy_file(source, target) is None
        assert copy_file(io.BytesIO(CONTENT), appended) is None
        assert source.read() == CONTENT
    assert (tmp_path / "appended").read_bytes() == b""


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system")
def test_another_file_system_is_no_obstacle(tmp_path: Path) -> None:
    """The kernel copies there too, or says that it does not."""
    (tmp_path / "source").write_bytes(CONTENT)
    path = Path(f"/dev/shm/copied-{os.getpid()}")
    try:
        with (tmp_path / "source").open("rb") as source, path.open("wb") as target:
            copied = copy_file(source, target)
        assert copied in (None, len(CONTENT))
        assert path.stat().st_size == (copied or 0)
    finally:
        path.unlink(missing_ok=True)
