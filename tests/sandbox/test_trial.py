"""The program that tries a sandbox."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jettison.sandbox import trial


def test_the_trial_program_exits_with_its_status(tmp_path: Path) -> None:
    program = trial.trial_program(os.uname().machine)
    if not program:
        pytest.skip(f"no trial program for {os.uname().machine}")
    path = tmp_path / "trial"
    path.write_bytes(program)
    path.chmod(0o755)
    assert subprocess.run([path], check=False).returncode == trial.EXPECTED_STATUS


def test_an_unknown_machine_has_none() -> None:
    assert trial.trial_program("pdp11") == b""
