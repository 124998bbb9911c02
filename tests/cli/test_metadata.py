"""``--metadata-file`` with what the checks found."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

DOCKERFILE = "FROM scratch AS Made\nCOPY Dockerfile \\\n  /\nlabel a=b\n"
BAKE = 'target "one" {}\ntarget "two" {}\ngroup "default" {\n  targets = ["one", "two"]\n}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a Dockerfile that has two findings."""
    (tmp_path / "context").mkdir()
    monkeypatch.chdir(tmp_path / "context")
    Path("Dockerfile").write_text(DOCKERFILE)
    Path("docker-bake.hcl").write_text(BAKE)
    return tmp_path


def told(run: Run, folder: Path, *command: str, switch: str = "1") -> Any:
    """The key of the warnings, None where there is none."""
    file = folder / "metadata"
    result = run(*command, "--metadata-file", str(file), environment={"BUILDX_METADATA_WARNINGS": switch})
    assert result.code == 0, result.err
    return json.loads(file.read_text()).get("buildx.build.warnings")


def test_warnings_in_the_metadata(run: Run, folder: Path) -> None:
    """Where the environment asks for them, in the form of BuildKit's client; ``bake`` has them beside its targets."""
    for switch in ("", "0", "false", "nonsense"):
        assert told(run, folder, "build", ".", switch=switch) is None
    first, second = told(run, folder, "build", ".")
    assert base64.b64decode(first["short"]) == b"StageNameCasing: Stage name 'Made' should be lowercase (line 1)"
    assert base64.b64decode(first["detail"][0]) == b"Stage names should be lowercase"
    assert first["url"].endswith("/stage-name-casing/") and first["level"] == 1
    assert first["sourceInfo"] == {"filename": "Dockerfile", "language": "Dockerfile"}
    assert second["range"] == [{"start": {"line": 4}, "end": {"line": 4}}]
    assert told(run, folder, "bake") == [first, second]
    Path("Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    assert told(run, folder, "build", ".") is None


def test_asking_what_can_be_asked(run: Run) -> None:
    """``--call subrequests.describe``, as text and as a document."""
    assert run("build", "--call", "subrequests.describe", ".").out.startswith("NAME  ")
    assert len(json.loads(run("build", "--call=subrequests.describe,format=json", ".").out)) == 3
