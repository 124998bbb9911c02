"""The course of the demo: base images, builds, checks, table."""

from __future__ import annotations

import shutil
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.archive import ImageFacts, read_archive
from demo.cases import BASES, MULTI, SINGLE, Case, load_cases
from demo.checks import check_image
from demo.command import DemoError, Jettison
from demo.table import format_table, human_bytes, human_ratio

FOLDER = Path(__file__).parents[1] / ".demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A case, built and checked in both versions."""

    case: Case
    single_seconds: float
    multi_seconds: float
    again_seconds: float
    """Building the multi-stage version once more, everything cached."""


def main() -> int:
    """Run the demo; 0 where every image was built, ran, answered and is as small as promised."""
    start = time.monotonic()
    logs = FOLDER / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    jettison = Jettison(home=FOLDER / "store", logs=logs)
    cases = load_cases()
    try:
        make_bases(jettison)
        outcomes = [build_case(jettison, case) for case in cases]
        say("reading the images")
        facts = read_images(jettison, cases)
        say("", *summary(outcomes, facts), "")
        faults = [fault for case in cases for fault in broken_promises(case, facts)]
    except DemoError as error:
        say("", f"the demo failed: {error}", "", f"All logs are in {logs}.")
        return 1
    if faults:
        say(*faults)
        return 1
    seconds = time.monotonic() - start
    say(f"{len(cases)} examples, {2 * len(cases)} images: all built, run and checked in {seconds:.0f} s.")
    say(f"They are in the store {jettison.home}: try `{' '.join(jettison.arguments('images'))}`.")
    return 0


def make_bases(jettison: Jettison) -> None:
    """Make the base images that are not in the store yet."""
    names = [image["name"] for image in tomllib.loads(BASES.read_text(encoding="utf-8"))["image"]]
    if all(jettison.answer("inspect", name) for name in names):
        say(f"{len(names)} base images are there already")
        return
    say(f"making {len(names)} base images from Debian's packages; this takes the longest")
    seconds = jettison.call("base", "base", "--recipe", str(BASES))
    say(f"  done in {seconds:.0f} s")


def build_case(jettison: Jettison, case: Case) -> Outcome:
    """Build and check both versions, and the second one again."""
    say(f"{case.name}: {case.title}")
    single = build(jettison, case, SINGLE, "--no-cache")
    multi = build(jettison, case, MULTI, "--no-cache")
    again = build(jettison, case, MULTI)
    say(f"  built in {single:.1f} s and {multi:.1f} s, again in {again:.1f} s")
    for version in (SINGLE, MULTI):
        check_image(jettison, image_name(case, version), case.check)
    say("  both work")
    return Outcome(case=case, single_seconds=single, multi_seconds=multi, again_seconds=again)


def build(jettison: Jettison, case: Case, version: str, *options: str) -> float:
    """Build one version; gives the seconds."""
    name = image_name(case, version)
    return jettison.call(
        "build-" + name.replace("/", "-").replace(":", "-"),
        *("build", *options, "--progress", "plain", "-t", name, "-f", str(case.dockerfile(version)), str(case.folder)),
    )


def image_name(case: Case, version: str) -> str:
    """The name the demo gives to an image."""
    return f"demo/{case.name}:{'single' if version == SINGLE else 'multi'}"


def read_images(jettison: Jettison, cases: Sequence[Case]) -> dict[str, ImageFacts]:
    """What all images are made of, by name."""
    archive = FOLDER / "images.tar"
    names = [image_name(case, version) for case in cases for version in (SINGLE, MULTI)]
    try:
        jettison.call("save", "save", "-o", str(archive), *names)
        return read_archive(archive, [case.secret for case in cases if case.secret])
    finally:
        archive.unlink(missing_ok=True)


def summary(outcomes: Sequence[Outcome], facts: dict[str, ImageFacts]) -> list[str]:
    """The table, and below it why each image got smaller."""
    head = ("example", "single", "multi", "smaller", "layers", "files", "build s", "again s")
    lines = [
        "Image sizes of the single-stage and the multi-stage version; layers, files and build seconds likewise;",
        "`again` is the multi-stage build with every step cached.",
        "",
        format_table(head, [_row(outcome, facts) for outcome in outcomes]),
        "",
        "What was saved:",
    ]
    for outcome in outcomes:
        single, multi = (facts[image_name(outcome.case, version)] for version in (SINGLE, MULTI))
        lines.append(
            f"  {outcome.case.name}: {human_bytes(single.size_bytes - multi.size_bytes)}: {outcome.case.saved}."
        )
    return lines


def _row(outcome: Outcome, facts: dict[str, ImageFacts]) -> tuple[str, ...]:
    single, multi = (facts[image_name(outcome.case, version)] for version in (SINGLE, MULTI))
    return (
        outcome.case.name,
        human_bytes(single.size_bytes),
        human_bytes(multi.size_bytes),
        human_ratio(single.size_bytes, multi.size_bytes),
        f"{single.layers} / {multi.layers}",
        f"{single.files} / {multi.files}",
        f"{outcome.single_seconds:.1f} / {outcome.multi_seconds:.1f}",
        f"{outcome.again_seconds:.2f}",
    )


def broken_promises(case: Case, facts: dict[str, ImageFacts]) -> list[str]:
    """What an example promises of its two images and does not keep."""
    single, multi = (facts[image_name(case, version)] for version in (SINGLE, MULTI))
    faults = []
    if case.max_bytes is not None and multi.size_bytes > case.max_bytes:
        faults.append(f"{case.name}: {multi.size_bytes} bytes are more than {case.max_bytes}")
    if single.size_bytes < case.min_ratio * multi.size_bytes:
        faults.append(f"{case.name}: not {case.min_ratio:g} times smaller than the single-stage image")
    if case.secret and case.secret in multi.secrets:
        faults.append(f"{case.name}: a layer of the multi-stage image holds the secret")
    if case.secret and case.secret not in single.secrets:
        faults.append(f"{case.name}: the secret is not in the single-stage image, so this shows nothing")
    return faults


def say(*lines: str) -> None:
    """Print for whoever watches, at once."""
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
