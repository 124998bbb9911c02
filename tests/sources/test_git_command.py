"""git as a child that nothing outlives."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from tests.support.threads import no_more_threads

from jettison.errors import JettisonError
from jettison.sources.git_command import Git

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def test_without_threads_it_says_so(tmp_path: Path) -> None:
    """The command is ended, not waited for: nobody reads what it says."""
    git = Git(tmp_path, variables=dict(os.environ), config=[("alias.stay", "!sleep 1000")])
    with no_more_threads(), pytest.raises(JettisonError, match="no more threads"):
        git.run("stay", directory=tmp_path)
