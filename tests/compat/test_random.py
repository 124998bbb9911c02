"""Dockerfiles made at random mean here what they mean to the newest BuildKit."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests.compat.builders import BuildFailedError
from tests.compat.buildkit import AVAILABLE, BuildkitBuilder
from tests.compat.known import ALLOWANCES
from tests.compat.random_dockerfiles import random_dockerfile, write_random_context
from tests.compat.test_cases import differing
from tests.language.case import Case
from tests.language.outcome import open_bench
from tests.support.compare import unexplained
from tests.support.flatten import read_picture

pytestmark = [
    pytest.mark.root,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not AVAILABLE, reason="BUILDKITD and BUILDCTL name no newest BuildKit"),
]

FIRST_SEED = int(os.environ.get("RANDOM_SEED", "0"))
COUNT = int(os.environ.get("RANDOM_COUNT", "100"))

FOLLOWED_LINK = re.compile(r'failed to calculate checksum of .*"/(absolute|dangling)": not found')
"""BuildKit hashes what an excluding copy may take by following links, and fails where one leads out of the context."""


def test_random_dockerfiles(
    tmp_path: Path, base_archives: tuple[Path, ...], buildkit: BuildkitBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal images, or both refuse; RANDOM_SEED and RANDOM_COUNT choose which and how many."""
    bench = open_bench(tmp_path / "bench", base_archives)
    context = tmp_path / "context"
    context.mkdir()
    write_random_context(context)
    monkeypatch.chdir(context)
    faults = []
    for seed in range(FIRST_SEED, FIRST_SEED + COUNT):
        text = random_dockerfile(seed)
        (context / "Dockerfile").write_text(text)
        ours = bench.build(Case(folder=context), tmp_path / "ours.tar")
        try:
            buildkit.build(".", tmp_path / "theirs.tar")
            refusal = ""
        except BuildFailedError as error:
            refusal = str(error)
        if ours.error or refusal:
            found = [] if (ours.error and refusal) or FOLLOWED_LINK.search(refusal) else [ours.error or refusal[-800:]]
        else:
            pictures = read_picture(tmp_path / "ours.tar"), read_picture(tmp_path / "theirs.tar")
            found = unexplained(differing(*pictures, "buildkit"), "buildkit", ALLOWANCES)
        if found:
            faults.append("\n".join([f"seed {seed}:", text, *found]))
    assert not faults, f"{len(faults)} of {COUNT} differ\n\n" + "\n\n".join(faults[:10])
