"""Paths that an image does not have, told with what it has, or had."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.engine.bench import Bench
from tests.engine.test_image_diff import archive
from tests.engine.test_image_files import layer
from tests.engine.test_image_layers import quiet, silent
from tests.layout.support import make_image

from jettison.engine.image_files import find_entry
from jettison.engine.image_layers import LayeredImage, open_image
from jettison.engine.missing_path import MissingPathError, explain_missing_path
from jettison.engine.path_diff import diff_path
from jettison.errors import NotFoundError

LAYERS = (
    layer(
        ("app/main.py", b"1"),
        ("app/old", "dir"),
        ("app/old/a", b"2"),
        ("srv", "sym:/app"),
        ("link", "sym:/app"),
        ("run", "dir"),
        ("opt/a/c", b""),
    ),
    layer(("app/.wh.old", b""), (".wh.link", b""), ("opt/.wh.a", b"")),
    layer(("app/new", b"3"), ("app/later", b"4")),
    layer(("app/.wh.later", b"")),
)
WHY = "jettison why-file IMAGE"
MISSING = [
    ("app/later", f"layer 4 deleted /app/later: COPY\n      {WHY} /app/later"),
    ("srv/later", f"layer 4 deleted /app/later: COPY\n      {WHY} /app/later"),
    ("app/old/a", f"layer 2 deleted /app/old/a: COPY\n      {WHY} /app/old/a"),
    ("app/old/b", f"layer 2 deleted /app/old: COPY\n      {WHY} /app/old "),
    ("opt/a/b", "/opt is empty"),
    ("link/main.py", f"layer 2 deleted /link: COPY\n      {WHY} /link"),
    ("app/mian.py", "did you mean /app/main.py?"),
    ("apps/new", "did you mean /app/new?"),
    ("apps/news", "did you mean /app?"),
    ("elsewhere/main.py", "of that name there is /app/main.py"),
    ("run/it", "/run is empty"),
    ("app/x/y/z", "/app has main.py, new"),
    ("app/main.py/x", "nothing is below it: name /app/main.py itself"),
]


@pytest.fixture
def image(bench: Bench) -> Iterator[LayeredImage]:
    with open_image(archive(bench, "x", make_image(*LAYERS)), bench.machine(quiet), progress=silent) as opened:
        yield opened


@pytest.mark.parametrize(("path", "hint"), MISSING)
def test_what_is_missing_is_told_with_what_may_be_meant(image: LayeredImage, path: str, hint: str) -> None:
    """The layer that deleted it goes before names that are near, those before what the nearest folder holds."""
    with pytest.raises(MissingPathError) as caught:
        find_entry(image.files().tree, path)
    explain_missing_path(caught.value, image)
    assert hint in f"{caught.value.hint} "


def test_a_folder_of_many_names_is_named(bench: Bench) -> None:
    """They are not all told."""
    many = make_image(layer(*[(f"etc/file{number}", b"") for number in range(20)]))
    with open_image(archive(bench, "x", many), bench.machine(quiet), progress=silent) as opened:
        with pytest.raises(MissingPathError) as caught:
            find_entry(opened.files().tree, "etc/nothing/like/that")
        assert caught.value.hint == "jettison ls IMAGE /etc lists what is there"


def test_a_comparison_of_a_deleted_file_says_so(image: LayeredImage) -> None:
    """By what happened in the newer image."""
    with pytest.raises(NotFoundError, match="neither image has /app/later") as caught:
        diff_path(image, image, "/app/later")
    assert "layer 4 deleted /app/later" in (caught.value.hint or "")
