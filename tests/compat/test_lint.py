"""The checks, outlines and targets of the newest BuildKit on our own cases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.compat.buildkit import AVAILABLE, BuildkitBuilder
from tests.dockerfile.test_outline import FOLDERS as OUTLINES
from tests.language.case import Case, load_cases
from tests.lint.support import CASES, Subject, read_case, read_dockerfile
from tests.lint.test_cases import FOLDERS, name

from jettison.report.checks import finding_text

PLAIN = [
    case
    for case in load_cases()
    if not (case.flags or case.stdin or case.context != "." or case.environment)
    and not re.match(rb"(#!.*\n)?(#.*\n)*# *syntax *=", (case.folder / "Dockerfile").read_bytes())
]

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="BUILDKITD and BUILDCTL name no newest BuildKit")


def ask(buildkit: BuildkitBuilder, request: str, folder: Path, subject: Subject) -> str:
    """What BuildKit answers to a request."""
    options = ["--opt", f"requestid=frontend.{request}"]
    for key, value in subject.build_args.items():
        options += ["--opt", f"build-arg:{key}={value}"]
    if subject.target:
        options += ["--opt", f"target={subject.target}"]
    places = ["--local", f"context={folder}", "--local", f"dockerfile={folder}"]
    return buildkit.call("build", "--progress", "plain", "--frontend", "dockerfile.v0", *places, *options)


def parts(text: str) -> list[str]:
    """The findings; of one line BuildKit has them in no certain order, and it prints what stands for no character."""
    return sorted(text.replace("\r", "").replace("\ufeff", "").split("\nWARNING: "))


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_findings(buildkit: BuildkitBuilder, folder: Path) -> None:
    """The same rules, messages, lines and excerpts."""
    subject = read_case(folder)
    ours = "".join(map(finding_text, subject.check()))
    assert parts(ours) == parts(ask(buildkit, "lint", folder, subject))


@pytest.mark.parametrize("folder", OUTLINES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("request_", ["outline", "targets"])
def test_outlines(buildkit: BuildkitBuilder, folder: Path, request_: str) -> None:
    """The tables that are expected are those that BuildKit prints."""
    assert ask(buildkit, request_, folder, read_case(folder)) == (folder / f"{request_}.txt").read_text()


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.name)
def test_language(buildkit: BuildkitBuilder, case: Case) -> None:
    """The cases of the Dockerfile language too, as far as they need no flags and ask for no other front end."""
    subject = read_dockerfile(case.folder)
    ours = "".join(map(finding_text, subject.check()))
    assert parts(ours) == parts(ask(buildkit, "lint", case.folder, subject))


def test_all_cases_are_compared() -> None:
    """None is left out."""
    assert {name(folder) for folder in FOLDERS} == {
        path.parent.relative_to(CASES).as_posix() for path in CASES.rglob("Dockerfile")
    }
