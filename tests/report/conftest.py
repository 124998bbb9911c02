"""A browser for the HTML reports, started once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from tests.report.page.browser import Browser, running_browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, headless."""
    if shutil.which("chromium") is None:
        pytest.skip("needs the browser of the Debian package chromium")
    with running_browser(tmp_path_factory.mktemp("profile")) as running:
        yield running
