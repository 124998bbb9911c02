"""The hues of the map are told apart by everybody, also by those who see no red, no green or no blue."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

import jettison.report.page

HUES = ("plain", "orange", "blue", "green", "yellow", "purple", "sky", "brown", "waste", "other")
SIGHTS = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""What is left of linear RGB (Machado, Oliveira, Fernandes 2009, severity 1)."""
LEAST_DISTANCE = 10
"""In CIE L*a*b*; what is just noticed is 2.3."""


def hues(theme: int) -> dict[str, tuple[float, float, float]]:
    """The hues of the style sheet as linear RGB: of the light (0) or the dark theme (1)."""
    style = (Path(jettison.report.page.__path__[0]) / "page.css").read_text(encoding="utf-8")
    found = {}
    for name in HUES:
        [pair] = re.findall(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", style)
        red, green, blue = (linear(int(pair[theme][at : at + 2], 16) / 255) for at in (1, 3, 5))
        found[name] = (red, green, blue)
    return found


def linear(part: float) -> float:
    """One channel of sRGB, as an amount of light."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def lab(colour: tuple[float, float, float], sight: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    """A colour, as somebody sees it, in CIE L*a*b*."""
    red, green, blue = (sum(part * light for part, light in zip(row, colour, strict=True)) for row in sight)
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in (
            (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
            0.2126 * red + 0.7152 * green + 0.0722 * blue,
            (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_hues_differ(sight: str, theme: int) -> None:
    """Far more than what is just noticed, whatever cones are missing."""
    seen = {name: lab(colour, SIGHTS[sight]) for name, colour in hues(theme).items()}
    for one, other in combinations(HUES, 2):
        distance = sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
        assert distance >= LEAST_DISTANCE, (one, other, distance)
