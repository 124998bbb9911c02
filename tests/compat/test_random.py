"""Dockerfiles made at random mean here what they mean to the newest BuildKit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.compat.buildkit import AVAILABLE, BuildkitBuilder
from tests.compat.random_dockerfiles import random_dockerfile, write_random_context
from tests.compat.test_cases import judge
from tests.language.case import Case
from tests.language.outcome import Bench, open_bench

pytestmark = [
    pytest.mark.root,
    pytest.mark.slow,
    pytest.mark.skipif(not AVAILABLE, reason="BUILDKITD and BUILDCTL name no newest BuildKit"),
]

SEEDS = range(int(os.environ.get("RANDOM_DOCKERFILES", "60")))
