"""Where bake files come from: standard input, the environment, ``-f``; and in which language they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run

HCL = 'target "default" { tags = ["hcl"] }\n'
JSON = '{"target": {"default": {"tags": ["json"]}}}\n'
COMPOSE = "services:\n  default:\n    build:\n      tags: [compose]\n"


def tags(out: str) -> list[str]:
    """The tags of the target ``default``."""
    found: list[str] = json.loads(out)["target"]["default"]["tags"]
    return found


@pytest.mark.parametrize(("text", "tag"), [(HCL, "hcl"), (JSON, "json"), (COMPOSE, "compose")])
def test_standard_input_is_read_in_the_language_that_it_is_in(
    text: str, tag: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``-f -``."""
    monkeypatch.chdir(tmp_path)
    assert tags(run("bake", "--print", "-f", "-", stdin=text.encode()).out) == [tag]


@pytest.mark.parametrize(("text", "tag"), [(HCL, "hcl"), (JSON, "json"), (COMPOSE, "compose")])
def test_files_without_a_telling_name_too(
    text: str, tag: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``-f Bakefile``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Bakefile").write_text(text)
    assert tags(run("bake", "--print", "-f", "Bakefile").out) == [tag]


def test_the_environment_names_files(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ``-f`` names none; with a separator of one's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.hcl").write_text(HCL)
    (tmp_path / "b.json").write_text(JSON)
    environment = {"BUILDX_BAKE_FILE": "a.hcl; b.json", "BUILDX_BAKE_PATH_SEPARATOR": ";"}
    assert tags(run("bake", "--print", environment=environment).out) == ["json"]
    assert tags(run("bake", "--print", "-f", "a.hcl", environment=environment).out) == ["hcl"]


def test_variables_can_be_kept_from_the_environment(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--var`` still counts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docker-bake.hcl").write_text('variable "V" { default = "own" }\ntarget "default" { tags = [V] }\n')
    environment = {"BUILDX_BAKE_DISABLE_VARS_ENV_LOOKUP": "true", "V": "outside"}
    assert tags(run("bake", "--print", environment=environment).out) == ["own"]
    assert tags(run("bake", "--print", "--var", "V=given", environment=environment).out) == ["given"]


def test_a_file_that_is_no_text_is_told_of(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the place."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docker-bake.hcl").write_bytes(b"target \xff")
    result = run("bake", "--print")
    assert "docker-bake.hcl: this is not a text in UTF-8, at byte 7" in result.err
    assert result.code == 2
