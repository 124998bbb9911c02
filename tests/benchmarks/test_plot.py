"""Plots as SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from benchmarks.plot import Line, Panel, draw

_SVG = "{http://www.w3.org/2000/svg}"


def panel(*lines: Line) -> Panel:
    """A plot of these lines."""
    return Panel(title="files & <time>", x_label="files", y_label="seconds", lines=lines)


def circles(text: str) -> list[tuple[float, float]]:
    """The places of all points."""
    found = ElementTree.fromstring(text).iter(f"{_SVG}circle")
    return [(float(one.attrib["cx"]), float(one.attrib["cy"])) for one in found]


def test_points_grow_to_the_right_and_upwards() -> None:
    """On logarithmic axes: ten times as much is the same way again."""
    line = Line(name="a", points=((10.0, 1.0), (100.0, 10.0), (1000.0, 100.0)))
    (x1, y1), (x2, y2), (x3, y3) = circles(draw([panel(line)]))
    assert x2 - x1 == x3 - x2 > 0
    assert y1 - y2 == y2 - y3 > 0


def test_a_plot_is_one_document_that_shows_on_any_ground() -> None:
    """Well-formed whatever the texts; every point says its figure; colours of texts follow the page."""
    text = draw(
        [panel(Line(name="<a>", points=((1.0, 0.02),))), panel(Line(name="b", points=((5.0, 3.0), (7.0, 3.0))))]
    )
    root = ElementTree.fromstring(text)
    assert len(list(root.iter(f"{_SVG}g"))) == 2
    assert "prefers-color-scheme: dark" in text
    assert [one.findtext(f"{_SVG}title") for one in root.iter(f"{_SVG}circle")] == [
        "<a>, 1: 0.02",
        "b, 5: 3",
        "b, 7: 3",
    ]


def test_what_was_not_measured_is_no_panel() -> None:
    """An empty plot is a document, too."""
    assert list(ElementTree.fromstring(draw([])).iter(f"{_SVG}g")) == []
