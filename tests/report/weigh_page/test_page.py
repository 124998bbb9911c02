"""The page works in a real browser: from disk, without a network, with the keyboard alone, light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.analyze.support import file, weight_of
from tests.report.page.browser import Browser, Page
from tests.report.page.contrast import is_dark, least_contrast
from tests.report.page.queries import FOCUSED, LIT, SHOWN_FOLDER
from tests.report.weigh_page.test_document import HOSTILE, hostile_weight

from jettison.analyze.base import Base
from jettison.analyze.written import Written, WrittenBase
from jettison.frozen import replace
from jettison.report.weigh_page.document import weigh_document
from jettison.report.weigh_page.page import weigh_page

TEXTS = (".facts", ".figures dt", ".where", ".change", ".brand", "thead th", ".ballast", ".much")


def choose(page: Page, name: str) -> None:
    """Focus the tile of the shown folder that has this path."""
    page.value(f"document.querySelector('.tile[aria-label^=\"{name},\"]').focus()")


def test_nothing_is_fetched(page: Page, report: Path) -> None:
    """The only request is for the file itself."""
    page.settle()
    assert [url for url in page.requests() if not url.startswith("data:")] == [report.as_uri()]


def test_what_is_seen_first(page: Page) -> None:
    """The size, the ballast, the largest folders, the instructions with their weights, the layers, what to change."""
    assert page.text("#headline") == "25.5 MB, of which 17.2 MB (68\xa0%) is ballast"
    assert page.value("document.querySelectorAll('.tile.outer').length") == 5
    assert "FROM debian:12-slim" in page.text("#instructions")
    assert "13 MB" in page.text("#instructions")
    assert "hides 4.2 MB of earlier layers" in page.text("#instructions > li:last-child")
    assert page.value("document.querySelectorAll('#layers tr').length") == 4
    assert "leave them out of line" in page.text("#findings")


def test_the_map_is_used_by_keys(page: Page) -> None:
    """Tab reaches one tile; arrows move; Enter opens; Escape and Backspace go up to the folder that was left."""
    choose(page, "/usr")
    page.press("Enter")
    assert page.value(SHOWN_FOLDER) == "/usr"
    assert page.value(FOCUSED).startswith("/usr/local/go/bin, 9 MB")
    page.press("Enter")
    assert page.value(SHOWN_FOLDER) == "/usrlocalgobin"
    page.press("Escape")
    assert page.value(SHOWN_FOLDER) == "/usr"
    assert page.value(FOCUSED).startswith("/usr/local/go/bin,")
    before = page.value(FOCUSED)
    page.press("ArrowRight")
    moved = page.value(FOCUSED)
    assert moved != before
    assert moved.startswith("/usr/")
    page.press("ArrowLeft")
    assert page.value(FOCUSED) == before
    page.press("Backspace")
    assert page.value(SHOWN_FOLDER) == "/"
    assert page.value(FOCUSED).startswith("/usr,")
    assert page.value("document.querySelectorAll('.tile[tabindex=\"0\"]').length") == 1


def test_what_has_the_focus_is_seen(page: Page) -> None:
    """Every stop of the tab key is on the screen, has a name, and is marked."""
    names = []
    for _ in range(18):
        page.press("Tab")
        names.append(page.value(f"({FOCUSED}).trim()"))
        style = page.value("getComputedStyle(document.activeElement).outlineStyle")
        kind = page.value("document.activeElement.getAttribute('role') ?? document.activeElement.type")
        assert style != "none" or kind in ("radio", "treeitem"), (names[-1], style, kind)
        assert kind != "treeitem" or page.value("!document.querySelector('.ring').hidden")
    assert names[0] == "Skip to the map"
    assert names[1] == "Search paths"
    assert len(set(names)) == len(names)


def test_search(page: Page) -> None:
    """`/` goes to the search; what matches is listed, largest first, and lifted out; Enter shows where it lies."""
    page.press("/")
    page.press(*"server")
    assert page.value("[...document.querySelectorAll('.option')].map((each) => each.dataset.row).length") == 1
    assert "5.06 MB" in page.text(".found .sum")
    page.press("Escape")
    page.press("/")
    page.press(*"notes")
    assert page.text(".option .path") == "/app/server/notes.txt"
    assert page.value("document.activeElement.getAttribute('aria-activedescendant')") == "found-0"
    page.press("Enter")
    page.settle()
    assert page.value(SHOWN_FOLDER) == "/appserver"
    assert page.value(FOCUSED).startswith("/app/server/notes.txt, 60 kB")
    page.press("Escape")
    page.press("/")
    page.press(*"no such path")
    assert page.text(".found .sum") == "No path matches"


def test_a_search_for_a_path_with_a_slash(page: Page) -> None:
    """Looks at whole paths."""
    page.press("/")
    page.press(*"lib/apt")
    assert page.text(".found .sum").startswith("3 matches, 4 MB"), page.text(".found .sum")


def test_an_instruction_lifts_its_bytes_out(page: Page) -> None:
    """While it is pointed at; a click keeps them, Escape lets go."""
    page.point_at("#instructions li:nth-child(3) button")
    assert page.value(LIT) == ["main", "model.bin"]
    page.point_at("#instructions li:nth-child(3) button", click=True)
    page.point_at("h1")
    assert page.value(LIT) == ["main", "model.bin"]
    assert page.value("document.querySelector('#instructions li:nth-child(3) button').ariaPressed") == "true"
    assert page.text(".chip").startswith("only line 3, COPY . .")
    page.press("Escape")
    assert "go" in page.value(LIT)


def test_the_dockerfile_is_shown_as_it_was_written(browser: Browser, tmp_path: Path) -> None:
    """Comments, blank lines and continuations, the weights in the margin, and what the image is not made of in grey."""
    more = "".join(f"\n    echo {number} && \\" for number in range(20))
    text = f"FROM golang AS build\nRUN make\n\nFROM debian\n# apt\nRUN apt-get \\{more}\n    update\nCMD x\n"
    weight = weight_of(
        [file("bin/sh", 1_000_000)],
        [file("var/lib/apt/lists/all_Packages", 3_000_000)],
        base=Base(layers=1, name="debian"),
        dockerfile=Written(path="deploy/Dockerfile.prod", text=text, stages=(4,)),
    )
    [made] = [each for each in weight.instructions if each.instruction.layer == 1]
    weight = replace(
        weight,
        instructions=tuple(
            replace(each, instruction=replace(each.instruction, line=6, place="deploy/Dockerfile.prod:6"))
            if each is made
            else each
            for each in weight.instructions
        ),
    )
    path = tmp_path / "report.html"
    path.write_text(weigh_page(weigh_document(weight)), encoding="utf-8")
    page = browser.open(path)
    try:
        assert page.complaints() == []
        assert page.text("#instructions-title") == "DockerfileDockerfile.prod"
        lines = page.value("[...document.querySelectorAll('.source .line')].map((each) => Number(each.textContent))")
        assert lines == list(range(1, 29))
        assert page.value("[...document.querySelectorAll('.unused code')].map((each) => each.textContent)") == [
            "FROM golang AS build",
            "RUN make",
        ]
        weights = (
            "[...document.querySelectorAll('#instructions > li > .source .weight')].map((each) => each.textContent)"
        )
        assert page.value(weights) == ["1 MB", "3 MB"]
        assert page.text(".comment") == "# apt"
        shown = "[...document.querySelectorAll('button.source:not([aria-label]) code')].filter((each) => each.offsetParent).length"
        assert page.value(shown) == 1 + 12
        assert "… 10 more lines" in page.text("#instructions")
        page.point_at("#instructions > li:nth-child(6) button", click=True)
        assert page.value(shown) == 1 + 22
        assert page.text(".chip").startswith("only line 6")
    finally:
        page.close()


def test_the_dockerfiles_of_base_images_open_below_the_base(browser: Browser, tmp_path: Path) -> None:
    """Each apart from the image's own, with the weights of its lines, and what its history tells beside them."""
    base = WrittenBase(image="base:1", dockerfile=Written(path="b/Dockerfile", text="FROM debian\nCOPY tool /bin/\n"))
    weight = weight_of(
        [file("bin/sh", 1_000_000)],
        [file("bin/tool", 2_000_000)],
        [file("app", 3_000_000)],
        base=Base(layers=2, name="base:1"),
        dockerfile=Written(path="Dockerfile", text="FROM base:1\nCOPY app /\n", stages=(1,)),
    )
    lower, tool, own = weight.instructions
    told = replace(tool.instruction, line=2, place="b/Dockerfile:2", image="base:1", text="COPY tool /bin/")
    weight = replace(weight, instructions=(lower, replace(tool, instruction=told), own), base_dockerfiles=(base,))
    path = tmp_path / "report.html"
    path.write_text(weigh_page(weigh_document(weight)), encoding="utf-8")
    page = browser.open(path)
    try:
        assert page.complaints() == []
        summaries = "[...document.querySelectorAll('#instructions summary')].map((each) => each.textContent)"
        assert page.value(summaries) == ["the Dockerfile of base:1", "what the base image tells: 1 instruction"]
        page.point_at("#instructions summary", click=True)
        code = "[...document.querySelectorAll('#instructions details[open] code')].map((each) => each.textContent)"
        assert page.value(code) == ["FROM debian", "COPY tool /bin/"]
        assert page.text("#instructions details[open] .weight") == "2 MB"
        page.point_at("#instructions details[open] button", click=True)
        assert page.text(".chip").startswith("only line 2 of base:1, COPY tool /bin/")
        assert page.value(LIT) == ["tool"]
        own_weights = (
            "[...document.querySelectorAll('#instructions > li > .source .weight')].map((each) => each.textContent)"
        )
        assert page.value(own_weights) == ["3 MB", "3 MB"]
    finally:
        page.close()


def test_lenses(page: Page) -> None:
    """By cause, instruction, category or need: what is wasted is hatched, the base is plain."""
    hue = "document.querySelector('.tile[aria-label^=\"/tmp,\"] , .tile').dataset.hue"
    assert "deleted in a later layer" in page.text("#legend")
    page.point_at("label[for=lens-instruction]", click=True)
    assert "COPY . ." in page.text("#legend")
    page.point_at("label[for=lens-category]", click=True)
    assert "tool chain" in page.text("#legend")
    assert page.value(hue) in ("none", "waste")
    assert page.value("location.hash") == "#by=category"
    page.point_at("label[for=lens-need]", click=True)
    assert "nobody knows" in page.text("#legend")


def test_the_mouse_opens_and_the_way_back_is_shown(page: Page) -> None:
    """A click on a file opens its folder; a click on a folder of the way goes back."""
    page.settle()
    page.point_at(".tile.outer[aria-label^='/app']", click=True)
    page.settle()
    assert page.value(SHOWN_FOLDER) == "/appserver"
    page.point_at(".crumb", click=True)
    assert page.value(SHOWN_FOLDER) == "/"


def test_the_browsers_way_back_leads_to_the_last_folder(page: Page) -> None:
    """And forward again; a lens that was chosen meanwhile is kept in the address, and leads nowhere."""
    choose(page, "/usr")
    page.press("Enter")
    page.point_at("label[for=lens-category]", click=True)
    page.press("Escape")
    page.value("document.querySelector('.tile[aria-label^=\"/app\"]').click()")
    assert page.value(SHOWN_FOLDER) == "/appserver"
    for step, folder in ((-1, "/"), (-1, "/usr"), (-1, "/"), (1, "/usr"), (2, "/appserver")):
        page.value(
            f"new Promise((done) => {{ addEventListener('popstate', done, {{once: true}}); history.go({step}); }})"
        )
        assert page.value(SHOWN_FOLDER) == folder
        assert page.value("document.querySelector('#lenses input:checked').value") in ("category", "cause")


def test_the_skip_link_leads_onto_the_map(page: Page) -> None:
    """To the tile that the arrows start from, and not to another folder."""
    choose(page, "/usr")
    page.press("Enter")
    page.value("document.querySelector('.skip').focus()")
    page.press("Enter")
    assert page.value(FOCUSED).startswith("/usr/local/go/bin,")
    assert page.value(SHOWN_FOLDER) == "/usr"


def test_the_pointer_is_told_what_it_is_on(page: Page) -> None:
    """Path, weight and cause, beside it and on the screen; gone where there is no tile, or keys are used."""
    page.point_at(".tile.outer[aria-label^='/tmp']")
    assert page.text(".tip b") == "/tmp/model.bin"
    assert "3 MB" in page.text(".tip")
    assert "deleted in a later layer" in page.text(".tip")
    box = page.value(
        "(({left, top, right, bottom}) => [left, top, right, bottom])(document.querySelector('.tip').getBoundingClientRect())"
    )
    assert box[0] >= 0
    assert box[1] >= 0
    assert box[2] <= 1280
    assert box[3] <= 900
    page.press("Escape")
    assert page.value("document.querySelector('.tip').hidden")
    page.point_at(".tile.outer[aria-label^='/app']")
    assert not page.value("document.querySelector('.tip').hidden")
    page.point_at("h1")
    assert page.value("document.querySelector('.tip').hidden")


@pytest.mark.parametrize("dark", [False, True])
def test_themes(dark: bool, browser: Browser, report: Path) -> None:
    """As the system has it; the button switches, and the text stays readable: 4.5 to 1 on every tile and panel."""
    page = browser.open(report, dark=dark)
    try:
        for expected in (dark, not dark):
            assert is_dark(page) == expected
            assert least_contrast(page, TEXTS) >= 4.5
            page.value("document.getElementById('theme').click()")
    finally:
        page.value("localStorage.clear()")
        page.close()


def test_hostile_names_are_text(browser: Browser, tmp_path: Path) -> None:
    """Names that are markup are shown as names, and run nothing."""
    path = tmp_path / "hostile <b>.html"
    path.write_text(weigh_page(weigh_document(hostile_weight())), encoding="utf-8")
    page = browser.open(path)
    try:
        assert page.complaints() == []
        assert page.value("document.querySelectorAll('script').length") == 2
        assert page.value("document.images.length") == 0
        assert HOSTILE[0].replace("/", "") in page.text("#treemap")
        assert HOSTILE[0] in page.text("#instructions")
    finally:
        page.close()


def test_the_address_names_a_place(browser: Browser, report: Path) -> None:
    """A folder, a lens, a theme can be linked to; what is not there is the root."""
    page = browser.open(report, "#path=/app/server&by=instruction&theme=dark")
    assert page.value(SHOWN_FOLDER) == "/appserver"
    assert page.value("document.documentElement.dataset.theme") == "dark"
    page.close()
    page = browser.open(report, "#path=/nowhere/%00&by=magic")
    assert page.value(SHOWN_FOLDER) == "/"
    assert page.complaints() == []
    page.close()


@pytest.mark.parametrize("width", [360, 800, 1920])
def test_every_width(width: int, browser: Browser, report: Path) -> None:
    """From a phone to a wide screen nothing is cut off at the side."""
    page = browser.open(report, width=width)
    assert page.value("document.documentElement.scrollWidth") <= width
    assert page.complaints() == []
    page.close()


def test_paper(page: Page) -> None:
    """It prints, on few pages."""
    paper = page.printed()
    assert paper.startswith(b"%PDF")
    assert 1 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= 6


def test_what_is_nearly_all_is_not_called_all(browser: Browser, tmp_path: Path) -> None:
    """As on the terminal: 99.9 % are more than 99 %, and less than 100 %."""
    path = tmp_path / "nearly.html"
    weight = weight_of([file("var/lib/apt/lists/all", 9_990_000), file("app/main", 10_000)])
    path.write_text(weigh_page(weigh_document(weight)), encoding="utf-8")
    page = browser.open(path)
    assert "(>\xa099\xa0%)" in page.text("#headline")
    page.close()


def test_an_image_of_nothing(browser: Browser, tmp_path: Path) -> None:
    """Has a page, too."""
    path = tmp_path / "empty.html"
    path.write_text(weigh_page(weigh_document(weight_of([]))), encoding="utf-8")
    page = browser.open(path)
    assert page.complaints() == []
    assert page.text("#headline") == "0 B: no file has any content"
    assert page.value("document.getElementById('treemap').role") == "group"
    page.close()


def test_a_folder_of_many_files_of_one_size(browser: Browser, tmp_path: Path) -> None:
    """As many tiles as can be looked at, and one that says how many more there are; all folders have the same detail."""
    weight = weight_of([file(f"data/{number}", 1000, str(number)) for number in range(9_000)])
    path = tmp_path / "flat.html"
    path.write_text(weigh_page(weigh_document(weight)), encoding="utf-8")
    page = browser.open(path, "#path=/data")
    try:
        assert 500 < page.value("document.querySelectorAll('.tile').length") <= 1600
        assert "smaller" in page.text(".tile .name")
    finally:
        page.close()


def test_a_large_image_makes_a_small_page(browser: Browser, tmp_path: Path) -> None:
    """Of 42,000 files in 60 layers: few elements, a short file; every byte is in the map, what is small is folded."""
    layers = [
        [file(f"srv/{n}/{k % 40}/file{k}", 40 if k % 7 else 90_000, f"{n} {k}") for k in range(700)] for n in range(60)
    ]
    weight = weight_of(*layers)
    document = weigh_document(weight)
    path = tmp_path / "large.html"
    path.write_text(weigh_page(document), encoding="utf-8")
    assert path.stat().st_size < 700_000
    assert len(document["tree"]["names"].split("/")) < 12_000
    page = browser.open(path)
    try:
        assert page.complaints() == []
        assert page.value("document.querySelectorAll('*').length") < 10_000
        assert page.value("document.querySelectorAll('.tile').length") < 2_000
        assert page.value("document.querySelectorAll('#layers tr').length") == 60
        assert "Files below" in page.text("#detail")
        assert "42,000" in page.text("#figures")
        assert page.value("document.querySelector('#layers').closest('.scrolled').clientHeight") <= 480
        page.press("/")
        page.press(*"file7")
        assert "cannot be searched for" in page.text(".found .sum")
    finally:
        page.close()
