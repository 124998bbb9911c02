"""Whether a build will probably run commands is told from a look at the Dockerfile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jettison.cli.expecting import may_run_commands
from jettison.engine.request import BuildRequest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("FROM scratch\nCOPY . /\n", False, id="copies alone"),
        pytest.param("FROM scratch\nRUN true\n", True, id="a command"),
        pytest.param("from scratch\nrun true\n", True, id="small letters"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_dockerfile_is_looked_at(tmp_path: Path, text: str, expected: bool) -> None:
    """In the context, and where a flag says that it is."""
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "other").write_text(text)
    assert may_run_commands(BuildRequest(context=tmp_path)) is expected
    assert may_run_commands(BuildRequest(context=tmp_path / "none", dockerfile=tmp_path / "other")) is expected


def test_what_cannot_be_looked_at_may_run_commands(tmp_path: Path) -> None:
    """A pipe gives its bytes once, and they are not for this; a context from elsewhere is not here yet."""
    os.mkfifo(tmp_path / "Dockerfile")
    assert may_run_commands(BuildRequest(context=tmp_path))
    assert may_run_commands(BuildRequest(context=tmp_path / "none"))
    assert may_run_commands(BuildRequest(context=None, context_url="https://host/project.git"))
