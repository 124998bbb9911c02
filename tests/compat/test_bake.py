"""buildx as the oracle of bake files: where BUILDX names its binary, every case of ours is put to it too."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
from tests.bake.test_cases import CASES, read_case

BUILDX = os.environ.get("BUILDX", "")


@pytest.mark.skipif(not BUILDX, reason="BUILDX names no binary of buildx")
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_buildx_prints_the_same(folder: Path, tmp_path: Path) -> None:
    """The expectations of our cases are what buildx gives."""
    arguments, environment = read_case(folder)
    agent = tmp_path / "agent"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(agent))
        listener.listen()
        result = subprocess.run(
            [BUILDX, "bake", *arguments],
            cwd=folder,
            env={"HOME": str(tmp_path), "SSH_AUTH_SOCK": str(agent), **environment},
            check=False,
            capture_output=True,
            text=True,
        )
    assert result.returncode == 0, result.stderr
    expected = folder / "expected.json"
    if not expected.exists():
        expected = folder / "expected.txt"
    assert result.stdout == expected.read_text(encoding="utf-8")
