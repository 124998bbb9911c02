"""What terminals without UTF-8 show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.layout.support import layer_tar, make_image, write_old_docker_archive

import jettison.cli.plain_signs


@pytest.mark.parametrize(
    ("text", "encoding", "written"),
    [
        ("a… b", "ascii", b"a... b"),
        (" ├── │ └", "cp1252", b" |-- | `"),
        ("a…", "cp1252", b"a\x85"),
        ("日本 → é", "ascii", rb"\u65e5\u672c -> \xe9"),
        ("…日", "gbk", "…日".encode("gbk")),
    ],
)
def test_signs_are_written_in_others(text: str, encoding: str, written: bytes) -> None:
    """Where the encoding has none of its own; letters that it lacks are escaped."""
    assert text.encode(encoding, jettison.cli.plain_signs.PLAIN_SIGNS) == written


def test_a_terminal_that_knows_ascii_alone(tmp_path: Path) -> None:
    """Is told of the same, and nothing breaks."""
    archive = write_old_docker_archive(tmp_path / "image.tar", make_image(layer_tar({"日本/x": b"1" * 9000})), "a:1")
    for command in (["weigh"], ["ls"]):
        done = subprocess.run(
            [sys.executable, "-m", "jettison", *command, str(archive), *([] if command == ["weigh"] else ["/"])],
            check=True, capture_output=True, env={"HOME": str(tmp_path), "PYTHONIOENCODING": "ascii", "COLUMNS": "30"},
        )  # fmt: skip
        assert done.stdout.isascii()
        assert done.stderr == b""
