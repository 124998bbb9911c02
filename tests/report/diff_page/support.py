"""Comparisons of images that are written down in a few words each."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.analyze.support import digest, stack_of
from tests.report.page.browser import Browser, Page

from jettison.engine.image_diff import ImageDiff, diff_images
from jettison.engine.image_layers import LayeredImage, Origin
from jettison.frozen import replace
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.entry import Entry
from jettison.model.platform import Platform
from jettison.report.diff_page.page import diff_page


def image_of(
    name: str,
    layers: Sequence[Sequence[Entry]],
    *,
    texts: Sequence[str] = (),
    run: RunConfig | None = None,
    contents: Mapping[str, bytes] | None = None,
) -> LayeredImage:
    """An image of these layers; files have the bytes of ``contents``, and zeros where that has none."""
    stack = zip(stack_of(*map(list, layers)), layers, strict=True)
    indexes = [replace(index, diff_id=digest(repr(entries))) for index, entries in stack]
    config = ImageConfig(
        platform=Platform.parse("linux/amd64"),
        run=run or RunConfig(),
        diff_ids=tuple(index.diff_id for index in indexes),
        history=tuple(HistoryEntry(created_by=text) for text in texts),
    )
    return LayeredImage(
        name=name,
        origin=Origin.FILES,
        image_id=digest(name),
        config=config,
        indexes=tuple(indexes),
        open_in_layer=lambda _, entry: io.BytesIO((contents or {}).get(entry.path, bytes(entry.size))),
    )


def diff_of(old: Sequence[Sequence[Entry]], new: Sequence[Sequence[Entry]], texts: Sequence[str] = ()) -> ImageDiff:
    """What differs between two images of these layers."""
    return diff_images(image_of("old", old, texts=texts), image_of("new", new, texts=texts))


def opened(browser: Browser, folder: Path, diff: ImageDiff, fragment: str = "", *, width: int = 1280) -> Page:
    """The page of a comparison, in the browser."""
    path = folder / "difference.html"
    path.write_text(diff_page(diff), encoding="utf-8")
    return browser.open(path, fragment, width=width)
