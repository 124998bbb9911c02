"""Whether a build will probably run commands, and how many at once, is told from a look at the Dockerfile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jettison.cli.expecting import commands_at_once
from jettison.engine.request import BuildRequest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("FROM scratch\nCOPY . /\n", 0, id="copies alone"),
        pytest.param("FROM scratch\nRUN true\n", 1, id="a command"),
        pytest.param("from scratch\nrun true\nrun true\n", 1, id="small letters"),
        pytest.param("", 0, id="nothing"),
        pytest.param("FROM a AS b\nRUN true\nFROM c\nRUN true\nFROM d\nCOPY --from=b / /\n", 2, id="two stages"),
        pytest.param("FROM a AS b\nRUN true\nFROM --platform=x B AS c\nRUN true\n", 1, id="one on the other"),
        pytest.param("FROM\n\nRUN true\nFROM --platform=x\nRUN", 2, id="what is no Dockerfile"),
        pytest.param("FROM a\nONBUILD RUN true\n", 1, id="perhaps"),
    ],
)
def test_a_dockerfile_is_looked_at(tmp_path: Path, text: str, expected: int) -> None:
    """In the context, and where a flag says that it is."""
    (tmp_path / "Dockerfile").write_text(text)
    (tmp_path / "other").write_text(text)
    assert commands_at_once(BuildRequest(context=tmp_path)) == expected
    assert commands_at_once(BuildRequest(context=tmp_path / "none", dockerfile=tmp_path / "other")) == expected


def test_what_cannot_be_looked_at_commands_at_once(tmp_path: Path) -> None:
    """A pipe gives its bytes once, and they are not for this; a context from elsewhere is not here yet."""
    os.mkfifo(tmp_path / "Dockerfile")
    assert commands_at_once(BuildRequest(context=tmp_path)) == 1
    assert commands_at_once(BuildRequest(context=tmp_path / "none")) == 1
    assert commands_at_once(BuildRequest(context=None, context_url="https://host/project.git")) == 1
