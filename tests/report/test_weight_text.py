"""The weight as people read it on terminals of any width."""

from __future__ import annotations

import pytest
from tests.analyze.support import file, gone, weight_of

from jettison.analyze.base import Base
from jettison.analyze.weight import Weight
from jettison.report.weight_text import weight_text
from jettison.text.cells import cell_width


@pytest.fixture
def weight() -> Weight:
    """A tool chain with its headers and libraries, package lists, a file that is deleted."""
    return weight_of(
        [file("usr/lib/libc.so.6", 2_000_000)],
        [
            file("usr/lib/gcc/x86_64-linux-gnu/12/cc1", 9_000_000),
            file("usr/include/stdio.h", 400_000),
            file("usr/lib/libc.a", 600_000),
            file("var/lib/apt/lists/all_Packages.lz4", 4_000_000),
        ],
        [file("tmp/模型.bin", 3_000_000), file("app/main", 5_000_000)],
        [gone("tmp/模型.bin")],
        base=Base(layers=1, name="debian:12-slim"),
        texts=[
            "debian",
            "RUN apt-get update && apt-get install -y gcc libc6-dev",
            "COPY 模型 .",
            "RUN rm /tmp/模型.bin",
        ],
    )


def test_what_one_change_saves_in_one_place_is_told_once(weight: Weight) -> None:
    """Compilers, headers and static libraries of one line leave together."""
    text = weight_text(weight, view="cause", top=None, columns=200)
    [line] = [line for line in text.splitlines() if "C compilers" in line and "line" in line]
    assert line.startswith("     10 MB  C compilers and build tools, static libraries and 1 more: line 2, RUN apt-get")


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_every_width(weight: Weight, columns: int) -> None:
    """On a terminal no line is wider than it, unless one word is; no word of a sentence is broken."""
    text = weight_text(weight, view=None, top=None, columns=columns, strong=lambda line: line)
    for line in text.splitlines():
        assert cell_width(line) <= columns or len(line.split()) <= 2 or columns == 40, line
    assert "package lists of apt" in " ".join(text.split())


def test_a_narrow_terminal_is_told_less_of_categories(weight: Weight) -> None:
    """Below 76 columns the reasons are left out, in place of words one below the other."""
    narrow, wide = (weight_text(weight, view="category", top=None, columns=columns) for columns in (60, 120))
    assert "WHY" not in narrow
    assert "WHY" in wide
    assert len(narrow.splitlines()) == len(wide.splitlines())


def test_the_verdict_is_one_line_for_programs(weight: Weight) -> None:
    """However narrow; people get it set off, line by line."""
    piped = weight_text(weight, view=None, top=None, columns=40)
    assert "is ballast" in piped.splitlines()[0]
    assert len(piped.splitlines()[0]) > 100
    shown = weight_text(weight, view=None, top=None, columns=40, strong=lambda line: f"<{line}>")
    verdict = [line for line in shown.splitlines() if line.startswith("<")]
    assert len(verdict) > 2
    assert " ".join(line[1:-1] for line in verdict) == piped.splitlines()[0]


def test_layers_that_nobody_tells_of_are_counted_from_one() -> None:
    """As in the page, in explore and by why-file."""
    weight = weight_of([file("a", 5_000_000)], [gone("a")], texts=["", ""])
    text = weight_text(weight, view="cause", top=None, columns=200)
    assert "line 1" in text or "layer 1" in text
    assert "layer 0" not in text


def test_secrets_that_are_not_listed_are_counted() -> None:
    """As many as rows were asked for, and how many more there are."""
    keys = weight_of([file(f"home/u{number}/.ssh/id_rsa", 9) for number in range(4)])
    assert "more" not in weight_text(keys, view="cause", top=4, columns=100)
    text = weight_text(keys, view="cause", top=3, columns=100)
    assert text.count("id_rsa") == 3
    assert text.endswith("… and 1 more\n")
