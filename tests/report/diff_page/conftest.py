"""The comparison of two images that differ in every way, and its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.analyze.support import file, folder
from tests.report.diff_page.support import image_of

from jettison.engine.image_diff import ImageDiff, diff_images
from jettison.model.config import RunConfig
from jettison.model.entry import Entry
from jettison.report.diff_page.page import diff_page

STATUS = b"Package: bash\nStatus: install ok installed\nVersion: %s\nArchitecture: all\n\n"


@pytest.fixture(scope="session")
def diff() -> ImageDiff:
    """Something added, removed, larger, smaller, replaced, moved, and with another mode; a package and two settings."""
    texts = [
        "debian",
        "RUN apt-get install -y --no-install-recommends golang && rm -rf /var/lib/apt/lists/*",
        "COPY . .",
    ]
    status = "var/lib/dpkg/status"
    names = "var/lib/dpkg/info/bash.list"

    def base(version: bytes) -> tuple[list[Entry], dict[str, bytes]]:
        contents = {status: STATUS % version, names: b"/bin/bash\n"}
        found = [file(path, len(data), data.decode()) for path, data in contents.items()]
        return [*found, file("bin/bash", 1_200_000 + 10_000 * int(version), version.decode())], contents

    before, old_contents = base(b"1")
    after, new_contents = base(b"2")
    old = image_of(
        "shop:1",
        [
            before,
            [folder("usr"), folder("usr/go"), file("usr/go/bin/go", 9_000_000), file("usr/go/lib.a", 4_000_000)],
            [
                file("app/main", 3_000_000, "one"),
                file("app/data", 500_000),
                file("app/same", 70, "x"),
                file("app/run", 9),
            ],
        ],
        texts=texts,
        run=RunConfig(env=(("PATH", "/bin"),), user="root"),
        contents=old_contents,
    )
    new = image_of(
        "shop:2",
        [
            after,
            [],
            [
                file("app/main", 2_400_000, "two"),
                file("srv/data", 500_000, "app/data"),
                file("app/same", 70, "y"),
                file("app/run", 9, mode=0o755),
                file("app/model", 2_000_000),
            ],
        ],
        texts=texts,
        run=RunConfig(env=(("PATH", "/bin:/app"),)),
        contents=new_contents,
    )
    return diff_images(old, new)


@pytest.fixture(scope="session")
def report(diff: ImageDiff, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a file."""
    path = tmp_path_factory.mktemp("report") / "difference.html"
    path.write_text(diff_page(diff), encoding="utf-8")
    return path
