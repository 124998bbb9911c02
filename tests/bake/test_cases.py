"""Bake files as buildx prints them: a folder in ``cases/`` is a case.

``expected.json`` is what ``bake --print`` gives, ``expected.txt`` what ``--list`` gives; ``case.toml`` has more arguments and
the environment.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


def read_case(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The arguments and the environment of a case."""
    case: dict[str, Any] = {}
    if (folder / "case.toml").exists():
        case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    arguments = list(case.get("arguments", []))
    return arguments if "--list" in arguments else ["--print", *arguments], case.get("environment", {})


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_targets_are_those_that_buildx_makes_of_them(
    folder: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same targets, attributes and groups, in the same spelling."""
    arguments, environment = read_case(folder)
    monkeypatch.chdir(folder)
    result = run("bake", *arguments, environment=environment)
    assert result.code == 0, result.err
    expected = folder / "expected.json"
    if expected.exists():
        assert json.loads(result.out) == json.loads(expected.read_text(encoding="utf-8"))
        assert result.out == expected.read_text(encoding="utf-8")
    else:
        assert result.out == (folder / "expected.txt").read_text(encoding="utf-8")
