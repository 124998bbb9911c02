"""A browser for the HTML reports, started once, and the page that is looked at."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.report.page.browser import Browser, Page, running_browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, headless."""
    if shutil.which("chromium") is None:
        pytest.skip("needs the browser of the Debian package chromium")
    with running_browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """The report as it is opened; at the end nothing in it has complained."""
    opened = browser.open(report)
    yield opened
    complaints = opened.complaints()
    opened.close()
    assert complaints == []
