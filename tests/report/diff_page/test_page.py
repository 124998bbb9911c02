"""The page works in a real browser: from disk, without a network, with the keyboard alone, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.analyze.support import file
from tests.report.diff_page.support import diff_of, image_of, opened
from tests.report.diff_page.test_document import hostile_diff
from tests.report.page.browser import Browser, Page
from tests.report.page.contrast import is_dark, least_contrast
from tests.report.page.queries import FOCUSED, LIT, SHOWN_FOLDER
from tests.report.weigh_page.test_document import HOSTILE

from jettison.engine.image_diff import diff_images
from jettison.model.config import RunConfig

PATHS = "[...document.querySelectorAll('#paths .path .name')].map((each) => each.textContent)"
TEXTS = (".facts", ".figures dt", ".headline", ".brand", ".counted", "#paths .what", "abbr", ".version", "dd .sign")


def test_nothing_is_fetched(page: Page, report: Path) -> None:
    """The only request is for the file itself."""
    page.settle()
    assert [url for url in page.requests() if not url.startswith("data:")] == [report.as_uri()]


def test_what_is_seen_first(page: Page) -> None:
    """The sizes with their signs, how many paths of each kind, the instructions, the paths, the packages, the settings."""
    assert page.text("#headline") == "−11.6 MB of files: 17.7 MB → 6.12 MB (−65\xa0%)"
    figures = page.text("#figures")
    for text in ("Added2", "Removed5", "Changed", "Mode or owner only1", "Moved1", "Layers3", "Settings2"):
        assert text in figures
    assert page.text("#instructions .weight") == "−13 MB"
    assert page.text("#instructions .counted").strip() == "−5"
    assert page.text("#packages tr:nth-child(2)").startswith("+10 kB")
    assert "bash 1 → 2" in page.text("#packages tr:nth-child(2)")
    assert page.text("#settings") == "User−rootEnv PATH−/bin+/bin:/app"
    assert page.value(PATHS)[:2] == ["/usr/", "/app/model"]


def test_the_map_shows_signs(page: Page) -> None:
    """A folder's number is the sum of what came and went in it; both are told apart below."""
    page.settle()
    page.value("document.querySelector('.tile[aria-label^=\"/app,\"]').focus()")
    assert page.text("#detail").startswith("/app +1.4 MB · folder, 4 changed files")
    assert "+2 MB and −600 kB" in page.text("#detail")


def test_the_map_is_used_by_keys(page: Page) -> None:
    """Enter opens, Escape goes up to the folder that was left."""
    page.value('document.querySelector(\'.tile[aria-label^="/usr/go,"], .tile[aria-label^="/usr,"]\').focus()')
    page.press("Enter")
    assert page.value(SHOWN_FOLDER) == "/usrgo"
    page.press("Escape")
    assert page.value(SHOWN_FOLDER) == "/"
    assert page.value(FOCUSED).startswith("/usr")


def test_what_has_the_focus_is_seen(page: Page) -> None:
    """Every stop of the tab key has a name and is marked."""
    names = []
    for _ in range(16):
        page.press("Tab")
        style = page.value("getComputedStyle(document.activeElement).outlineStyle")
        kind = page.value("document.activeElement.getAttribute('role') ?? document.activeElement.type")
        if kind != "radio":
            names.append(page.value(f"({FOCUSED}).trim()"))
        assert style != "none" or kind in ("radio", "treeitem"), (names[-1], style, kind)
    assert names[0] == "Skip to the map"
    assert all(names)


def test_the_search_chooses_in_the_map_and_among_the_paths(page: Page) -> None:
    """What matches is lifted out, and the lines that match are left."""
    page.press("/")
    page.press(*"data")
    assert page.value(PATHS) == ["/srv/data"]
    assert page.text(".found .sum").startswith("1 match, 0 B")
    page.press("Escape")
    assert len(page.value(PATHS)) > 5
    page.press("/")
    page.press(*"no such path")
    assert "No line matches" in page.text("#paths-rest")


def test_kinds_choose_paths(page: Page) -> None:
    """A kind shows its lines alone, pressed again all of them."""
    everything = page.value(PATHS)
    page.point_at("#kinds button:nth-child(1)", click=True)
    assert page.value(PATHS) == ["/app/model", "/srv/"]
    page.point_at("#kinds button:nth-child(1)", click=True)
    assert page.value(PATHS) == everything


def test_a_path_leads_into_the_map(page: Page) -> None:
    """To the folder in which it lies, with the focus on it."""
    page.point_at("#paths tr:nth-child(2) button", click=True)
    page.settle()
    assert page.value(SHOWN_FOLDER) == "/app"
    assert page.value(FOCUSED).startswith("/app/model, +2 MB")
    page.value("document.querySelector('#paths tr:nth-child(1) button').click()")
    assert page.value(SHOWN_FOLDER).startswith("/usr")


def test_an_instruction_lifts_its_files_out(page: Page) -> None:
    """And a package does."""
    page.point_at("#instructions li:nth-child(1) button", click=True)
    page.point_at("h1")
    assert page.value(LIT) == ["go", "lib.a"]
    page.press("Escape")
    page.point_at("#packages tr:nth-child(2) button", click=True)
    page.point_at("h1")
    assert page.text(".chip").startswith("only bash")


def test_lenses(page: Page) -> None:
    """By what became of the files, by instruction, by package."""
    assert "removed −13 MB" in page.text("#legend")
    page.point_at("label[for=lens-instruction]", click=True)
    assert "COPY . . +1.4 MB" in page.text("#legend")
    page.point_at("label[for=lens-package]", click=True)
    assert "(no package)" in page.text("#legend")
    assert page.value("location.hash") == "#by=package"


@pytest.mark.parametrize("dark", [False, True])
def test_themes(dark: bool, browser: Browser, report: Path) -> None:
    """As the system has it; the text stays readable: 4.5 to 1 on every tile and panel."""
    page = browser.open(report, dark=dark)
    try:
        assert is_dark(page) == dark
        assert least_contrast(page, TEXTS) >= 4.5
    finally:
        page.close()


@pytest.mark.parametrize("width", [360, 800, 1920])
def test_every_width(width: int, browser: Browser, report: Path) -> None:
    """From a phone to a wide screen nothing is cut off at the side."""
    page = browser.open(report, width=width)
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.complaints() == []
    page.close()


def test_hostile_names_are_text(browser: Browser, tmp_path: Path) -> None:
    """Names that are markup are shown as names, and run nothing."""
    page = opened(browser, tmp_path, hostile_diff())
    try:
        assert page.complaints() == []
        assert page.value("document.querySelectorAll('script').length") == 2
        assert page.value("document.images.length") == 0
        assert HOSTILE[0] in page.text("#instructions")
    finally:
        page.close()


def test_many_paths_come_in_parts(browser: Browser, tmp_path: Path) -> None:
    """The first ones at once, the others when they are asked for."""
    page = opened(browser, tmp_path, diff_of([[]], [[file(f"f{number}", 1) for number in range(300)]]))
    try:
        assert len(page.value(PATHS)) == 30
        page.point_at("#paths-rest button", click=True)
        assert len(page.value(PATHS)) == 230
        assert page.text("#paths-rest") == "Show the other 70"
    finally:
        page.close()


def test_images_without_a_difference(browser: Browser, tmp_path: Path) -> None:
    """Say so, and show nothing else."""
    page = opened(browser, tmp_path, diff_of([[file("a", 5)]], [[file("a", 5)]]))
    try:
        assert page.text("#headline") == "No difference: 5 B in the same files, and the same settings"
        shown = "[...document.querySelectorAll('.panel, .search')].filter((each) => each.offsetParent).length"
        assert page.value(shown) == 0
        assert page.complaints() == []
    finally:
        page.close()


def test_images_with_other_settings_alone(browser: Browser, tmp_path: Path) -> None:
    """Show the settings."""
    files = [[file("a", 5)]]
    diff = diff_images(image_of("a", files), image_of("b", files, run=RunConfig(user="app")))
    page = opened(browser, tmp_path, diff)
    try:
        assert page.text("#headline") == "The same files, 5 B, with other settings"
        assert page.text("#settings") == "User+app"
        assert page.complaints() == []
    finally:
        page.close()


def test_files_with_other_modes_alone(browser: Browser, tmp_path: Path) -> None:
    """There is nothing to map: the lines tell."""
    page = opened(browser, tmp_path, diff_of([[file("a", 5)]], [[file("a", 5, mode=0o600)]]))
    try:
        assert page.text("#headline") == "The same size, 5 B: 1 path differs"
        assert page.text("#treemap") == "No file grew or shrank."
        assert page.value(PATHS) == ["/a"]
        assert page.complaints() == []
    finally:
        page.close()
