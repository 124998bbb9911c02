"""``python -m demo.screenshots``: the pictures of README, of a real image, drawn by Chromium.

The image is the single-stage one of an example; what is missing of it is built in the demo's store first.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from demo.cases import MULTI, SINGLE, load_cases
from demo.command import DemoError, Jettison
from demo.course import FOLDER, build, image_name, make_bases, say
from demo.explore_picture import explore_picture

EXAMPLE = "python-c-extension"
PICTURES = Path(__file__).parents[1] / "docs" / "images"
TERMINAL = Path(__file__).with_name("terminal.html")
COLUMNS = 118
PAGE_SIZE = (1280, 800)
TERMINAL_SIZE = (980, 805)
EXPLORE_SIZE = (1458, 929)
EXPLORE_KEYS = (
    *("down", "down", "down", "down", "tab", "ctrl+u", "ctrl+o", "home"),  # the layer of apt-get install
    *("space", "down", "space", "down", "down", "space", "down", "space", "down", "space", "down"),
)
"""Open the folder of the compiler in the layer that brought it, the largest first."""
MAX_BYTES = 150_000


def main() -> int:
    """Make the pictures; 0 where they are there and small enough to be kept."""
    try:
        missing = [tool for tool in ("chromium", "pngquant") if shutil.which(tool) is None]
        if missing:
            raise DemoError(f"not installed: apt-get install {' '.join(missing)}")
        jettison = _store()
        image, smaller = (_image(jettison, version) for version in (SINGLE, MULTI))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            page = folder / "report.html"
            text = _weigh(jettison, image, page)
            terminal = folder / "terminal.html"
            terminal.write_text(_terminal(image, text), encoding="utf-8")
            for theme in ("light", "dark"):
                _picture(f"{page.as_uri()}#theme={theme}", PICTURES / f"weigh-{theme}.png", PAGE_SIZE)
            _picture(terminal.as_uri(), PICTURES / "weigh-terminal.png", TERMINAL_SIZE)
            difference = folder / "difference.html"
            _diff(jettison, (image, smaller), difference)
            for theme in ("light", "dark"):
                _picture(f"{difference.as_uri()}#theme={theme}", PICTURES / f"diff-{theme}.png", PAGE_SIZE)
            panes = folder / "explore.svg"
            panes.write_text(explore_picture(jettison.home, image, EXPLORE_KEYS), encoding="utf-8")
            _picture(panes.as_uri(), PICTURES / "explore.png", EXPLORE_SIZE)
    except DemoError as error:
        say(f"no pictures: {error}")
        return 1
    return 0


def _store() -> Jettison:
    logs = FOLDER / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return Jettison(home=FOLDER / "store", logs=logs)


def _image(jettison: Jettison, version: str) -> str:
    """The name of the image, which is in the store of the demo."""
    case = next(case for case in load_cases() if case.name == EXAMPLE)
    name = image_name(case, version)
    if not jettison.answer("inspect", name):
        make_bases(jettison)
        build(jettison, case, version)
    return name


def _weigh(jettison: Jettison, image: str, page: Path) -> str:
    """Write the page; gives what stands on the terminal."""
    done = subprocess.run(
        ["env", f"COLUMNS={COLUMNS}", *jettison.arguments("weigh", "--top", "5", "--html", str(page), image)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"`jettison weigh` failed: {done.stderr}")
    return done.stdout


def _diff(jettison: Jettison, images: Sequence[str], page: Path) -> None:
    """Write the page of a comparison."""
    if jettison.answer("diff", "--quiet", "--html", str(page), *images) is None and not page.exists():
        raise DemoError("`jettison diff` failed")


def _terminal(image: str, text: str) -> str:
    verdict, _, rest = text.partition("\n")
    page = TERMINAL.read_text(encoding="utf-8")
    values = {"command": f"jettison weigh --top 5 {image}", "verdict": verdict, "rest": rest}
    for name, value in values.items():
        page = page.replace(f"{{{{{name}}}}}", escape(value))
    return page


def _picture(url: str, path: Path, size: tuple[int, int]) -> None:
    """Draw it; few colours make a third of the bytes, and nobody sees the difference."""
    path.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                "--window-size={},{}".format(*size),
                "--virtual-time-budget=5000",
                f"--screenshot={path}",
                url,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    if not path.exists():
        raise DemoError(f"chromium made no {path.name}")
    shrink = ["pngquant", "--force", "--strip", "--speed", "1", "--output", str(path), "128", str(path)]
    if subprocess.run(shrink, stdin=subprocess.DEVNULL, check=False).returncode:
        raise DemoError(f"pngquant does not read {path.name}")
    if path.stat().st_size > MAX_BYTES:
        raise DemoError(f"{path.name} has {path.stat().st_size} bytes, which is too much to keep")
    say(f"{path.relative_to(PICTURES.parents[1])}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
