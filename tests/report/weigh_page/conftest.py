"""The page of an image that has a bit of everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.analyze.support import file, folder, gone, weight_of

from jettison.analyze.base import Base
from jettison.analyze.weight import Weight
from jettison.report.weigh_page.document import weigh_document
from jettison.report.weigh_page.page import weigh_page


@pytest.fixture(scope="session")
def weight() -> Weight:
    """A base, package lists, a tool chain, an application, a file that is deleted and one that is touched."""
    return weight_of(
        [file("usr/lib/libc.so.6", 2_000_000), file("usr/bin/bash", 1_200_000), file("etc/passwd", 1_000)],
        [folder("var"), file("var/lib/apt/lists/all_Packages.lz4", 4_000_000), file("usr/local/go/bin/go", 9_000_000)],
        [file("tmp/model.bin", 3_000_000), file("app/server/main", 5_000_000), file("app/server/notes.txt", 60_000)],
        [gone("tmp/model.bin"), file("usr/bin/bash", 1_200_000, mode=0o700)],
        base=Base(layers=1, name="debian:12-slim"),
        texts=[
            "debian",
            "RUN apt-get update && apt-get install -y golang && echo this line is long enough to be folded",
            "COPY . .",
            "RUN rm /tmp/model.bin && chmod 700 /usr/bin/bash",
        ],
    )


@pytest.fixture(scope="session")
def report(weight: Weight, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a file."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(weigh_page(weigh_document(weight)), encoding="utf-8")
    return path
