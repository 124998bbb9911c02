"""Weighing an image that is too large to be looked at by hand: from the store, from an archive, as a page."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.report.page.browser import running_browser

from benchmarks.heavy_image import HEAVY, NAME, Shape, write_image
from benchmarks.measure import Measured, measure, run_quietly
from benchmarks.table import ratio

NAME_OF_ROW = "weigh"
"""What ``--row`` calls it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One way of weighing the image."""

    title: str
    goal: str
    """In the words of the issue that asks for it."""
    runs: tuple[Measured, ...]
    page_bytes: int = 0
    """Of the HTML file, where one was written."""
    opened_seconds: float | None = None
    """Until a headless Chromium has drawn the page and nothing moves; None where there is no page or no browser."""


_DIVE_RULES = ("--lowestEfficiency=0", "--highestWastedBytes=disabled", "--highestUserWastedPercent=disabled")
"""What lets every image pass, so that it exits with 0."""


def measure_weighing(folder: Path, *, runs: int, shape: Shape = HEAVY, dive: str | None = None) -> list[Weighed]:
    """Make the image, and weigh it in each way; on the disk its archive takes 2 GB, the store 11 GB.

    The archive goes through the program once, the rest is done ``runs`` times; where ``dive`` names that program, both
    weigh a tenth of the image as well.
    """
    archive, page, log = folder / "heavy.tar", folder / "heavy.html", folder / "weigh.log"
    command = [str(Path(sys.executable).with_name("jettison")), "--home", str(folder / "home")]
    rival = [] if dive is None else _compared(folder, runs=runs, shape=shape, ours=[*command, "weigh"], dive=dive)
    write_image(archive, shape)

    def weighed(title: str, goal: str, *arguments: str, times: int) -> Weighed:
        found = tuple(measure([*command, "weigh", *arguments], log) for _ in range(times))
        if not page.exists():
            return Weighed(title=title, goal=goal, runs=found)
        opened = _seconds_to_open(page, folder / "profile")
        return Weighed(title=title, goal=goal, runs=found, page_bytes=page.stat().st_size, opened_seconds=opened)

    results = [weighed("from an archive", "25 s", str(archive), times=1)]
    run_quietly([*command, "load", "-q", "-i", str(archive)], log)
    archive.unlink()
    results.append(weighed("from the store", "3 s", NAME, times=runs))
    results.append(
        weighed("from the store, with --html", "page below 5 MB, opened in 2 s", NAME, "--html", str(page), times=runs)
    )
    return [*results, *rival]


def _compared(folder: Path, *, runs: int, shape: Shape, ours: Sequence[str], dive: str) -> list[Weighed]:
    """Both programs on an archive of a tenth, in turn: dive's work grows with the square of the size."""
    archive, log = folder / "tenth.tar", folder / "weigh.log"
    write_image(archive, replace(shape, files=shape.files // 10, total_bytes=shape.total_bytes // 10))
    theirs = [dive, "--source", "docker-archive", str(archive), "--ci", *_DIVE_RULES]
    found = [(measure([*ours, str(archive)], log), measure(theirs, log)) for _ in range(runs)]
    archive.unlink()
    our_runs, their_runs = zip(*found, strict=True)
    times = ratio(our_runs, their_runs)
    return [
        Weighed(title="a tenth of it, from an archive", goal="-", runs=our_runs),
        Weighed(title=f"the same by dive, **{times:.1f}x**", goal="-", runs=their_runs),
    ]


def _seconds_to_open(page: Path, profile: Path) -> float | None:
    if shutil.which("chromium") is None:
        return None
    with running_browser(profile) as browser:
        opened = browser.open(page)
        opened.settle()
        return float(opened.value("performance.now()")) / 1000


def weighing_json(results: Sequence[Weighed], machine: Mapping[str, str]) -> str:
    """Everything that was measured."""
    return json.dumps({"machine": dict(machine), "ways": [asdict(result) for result in results]}, indent=2) + "\n"


def format_weighing(results: Sequence[Weighed]) -> str:
    """A table in Markdown, with the median of each figure."""
    head = "| weighing 10 GB, 500,000 files, 60 layers | goal | wall | processor | peak memory | page | opened |"
    return "\n".join([head, "|---|---|---|---|---|---|---|", *map(_line, results)])


def _line(result: Weighed) -> str:
    def median(figure: Callable[[Measured], float]) -> float:
        return statistics.median(map(figure, result.runs))

    cells = (
        result.title,
        result.goal,
        f"{median(lambda run: run.wall_seconds):.2f} s",
        f"{median(lambda run: run.cpu_seconds):.2f} s",
        f"{max(run.peak_bytes for run in result.runs) / 1e6:.0f} MB",
        f"{result.page_bytes / 1e3:.0f} kB" if result.page_bytes else "-",
        "-" if result.opened_seconds is None else f"{result.opened_seconds:.2f} s",
    )
    return f"| {' | '.join(cells)} |"
