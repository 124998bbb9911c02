"""How well the texts of a page stand out, measured in the page itself: contrast as WCAG 2 defines it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.report.page.browser import Page

_MEASURE = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    return backgroundColor === "rgba(0, 0, 0, 0)" ? behind(element.parentElement) : backgroundColor;
  };
  const contrast = (element) => {
    const { color, opacity } = getComputedStyle(element);
    const ground = parts(behind(element));
    const seen = parts(color).map((value, at) => value * opacity + ground[at] * (1 - opacity));
    const pair = [luminance(seen), luminance(ground)];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  };
  const tile = document.createElement("div");
  tile.className = "tile";
  const weight = document.createElement("span");
  weight.className = "weight";
  tile.append(weight);
  const hues = ["plain", "orange", "blue", "green", "yellow", "purple", "sky", "brown", "waste", "other"];
  const worst = (texts) => Math.min(
    ...hues.map((hue) => {
      tile.dataset.hue = hue;
      document.getElementById("treemap").append(tile);
      return Math.min(contrast(tile), contrast(weight));
    }),
    ...texts.map((selector) => contrast(document.querySelector(selector))),
  );
"""


def is_dark(page: Page) -> bool:
    """Whether the page has a dark ground now."""
    return bool(page.value(f"{_MEASURE} return luminance(parts(behind(document.body))) < 0.2; }})()"))


def least_contrast(page: Page, selectors: Sequence[str]) -> float:
    """The lowest contrast of a tile of any colour, and of the first elements that these select."""
    return float(page.value(f"{_MEASURE} return worst({json.dumps(list(selectors))}); }})()"))
