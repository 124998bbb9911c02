"""What `jettison explore` shows of an image, drawn as a picture (SVG) without a terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from jettison.cli.context import Context, Streams
from jettison.cli.environment import read_settings
from jettison.cli.explore import extractor, read_explorer
from jettison.cli.machine import open_machine
from jettison.cli.steps import no_events, no_progress
from jettison.engine.image_layers import open_image
from jettison.explore.app import ExploreApp

CELLS = (118, 36)
_FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""They would be fetched."""
_FONTS = "'JetBrains Mono', 'DejaVu Sans Mono'"


def explore_picture(home: Path, image: str, keys: Sequence[str]) -> str:
    """The screen after these keys, of an image in the store ``home``."""
    context = Context(settings=read_settings({"HOME": str(Path.home())}, str(home)), streams=Streams.standard())
    with open_machine(context, no_events) as machine, open_image(image, machine, progress=no_progress) as opened:
        explorer = read_explorer(opened, machine.store)
        app = ExploreApp(explorer, extractor(opened, explorer.versions))
        return asyncio.run(_draw(app, keys, f"jettison explore {image}"))


async def _draw(app: ExploreApp, keys: Sequence[str], title: str) -> str:
    async with app.run_test(size=CELLS) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        drawn = app.export_screenshot(title=title)
    return _FONT_FACES.sub("", drawn).replace("Fira Code", _FONTS)
