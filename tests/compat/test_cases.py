"""A Dockerfile means here what it means to the oracles: same files, config, history, layers; and they refuse what we do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.compat.builders import Builder, BuildFailedError
from tests.compat.buildkit import AVAILABLE
from tests.compat.known import ALLOWANCES
from tests.compat.table import DIFFERS, EQUAL, PROPERTY
from tests.language.case import ORACLES, Case, load_cases
from tests.language.outcome import Bench, open_bench
from tests.support.compare import Difference, compare, compare_history, unexplained
from tests.support.flatten import Picture, read_picture

pytestmark = [pytest.mark.root, pytest.mark.slow]

PRESENT = [oracle for oracle in ORACLES if oracle != "buildkit" or AVAILABLE]
SAME_HISTORY = frozenset({"buildkit"})
"""Oracles whose history and layers are ours, letter for letter; the others tell it in words of their own."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, base_archives: tuple[Path, ...]) -> Bench:
    return open_bench(tmp_path_factory.mktemp("bench"), base_archives)


@pytest.mark.skipif(not AVAILABLE, reason="BUILDKITD and BUILDCTL name no newest BuildKit")
def test_the_newest_buildkit_is_compared() -> None:
    """Its absence shows among what was skipped."""
    assert "buildkit" in PRESENT


@pytest.mark.parametrize("oracle", PRESENT)
@pytest.mark.parametrize("case", load_cases(), ids=lambda case: case.name)
def test_same_as_the_oracle(
    case: Case,
    oracle: str,
    bench: Bench,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """Both make the same image of the case, or both refuse it, or the difference is known."""
    verdict = DIFFERS
    try:
        reason = case.not_applicable(oracle)
        if reason is not None:
            verdict = f"not applicable: {reason}"
            return
        monkeypatch.chdir(case.copy(tmp_path / "case"))
        verdict = judge(case, bench, request.getfixturevalue(oracle), tmp_path)
    finally:
        record_property(PROPERTY, f"{case.name}|{oracle}|{verdict}")


def judge(case: Case, bench: Bench, builder: Builder, folder: Path) -> str:
    """Build by both; the verdict, or a failure that tells the differences."""
    ours = bench.build(case, folder / "ours.tar")
    assert bool(ours.error) == case.expected_error.exists(), ours.error
    if builder.name == "docker" and not ours.error and not read_picture(ours.archive).layers:
        return "not applicable: docker saves no image without layers"
    try:
        builder.build(case.context, folder / "theirs.tar", *case.flags, **case.environment)
    except BuildFailedError as error:
        if ours.error:
            return "equal: both refuse"
        assert builder.name in case.refuses, f"{builder.name} refuses it: {str(error)[-3000:]}"
        return f"refuses: {case.refuses[builder.name]}"
    assert builder.name not in case.refuses, f"{builder.name} no longer refuses it"
    if ours.error:
        assert builder.name in case.accepts, f"{builder.name} builds what we refuse"
        return f"accepts: {case.accepts[builder.name]}"
    assert builder.name not in case.accepts
    pictures = read_picture(ours.archive), read_picture(folder / "theirs.tar")
    differences = list(differing(*pictures, builder.name))
    found = unexplained(differences, builder.name, (*ALLOWANCES, *case.allow))
    assert not found, "\n".join([f"{len(found)} differences to {builder.name}:", *found])
    needless = [
        allowance.name
        for allowance in case.allow
        if builder.name in (allowance.oracles or {builder.name})
        and not any(allowance.covers(builder.name, each) for each in differences)
    ]
    assert not needless, f"{builder.name} no longer differs in {needless}"
    names = {
        allowance.name
        for allowance in (*ALLOWANCES, *case.allow)
        for each in differences
        if allowance.covers(builder.name, each)
    }
    return f"justified: {', '.join(sorted(names))}" if names else EQUAL


def differing(ours: Picture, theirs: Picture, oracle: str) -> Iterator[Difference]:
    """All differences that count for this oracle."""
    yield from compare(ours, theirs)
    if oracle in SAME_HISTORY:
        yield from compare_history(ours, theirs)
