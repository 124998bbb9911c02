"""``jettison why-file``: the story for people, and the object for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.layer.archives import file, whiteout, write_layer
from tests.layout.support import make_image
from tests.report.schema import faults

from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage

SCHEMA: Mapping[str, Any] = json.loads((Path(__file__).parents[2] / "docs/why-file.schema.json").read_text())


@pytest.fixture
def archive(tmp_path: Path) -> str:
    path = tmp_path / "image.tar"
    layers = ([file("a", b"1")], [file("a", b"1", mode=0o600)], [file("a", b"22")], [whiteout("a")])
    with path.open("wb") as out:
        image = make_image(*(write_layer(*items)[0] for items in layers))
        write_docker_archive(out.write, [NamedImage(image=image)])
    return str(path)


def test_the_story_names_every_layer(run: Run, archive: str) -> None:
    """A star marks where the content is from."""
    assert run("why-file", archive, "/a").out == (
        "/a in the image\n"
        "    layer 1: brought it, 1B\n"
        "        COPY\n"
        "    layer 2: changed its mode, 1B\n"
        "        COPY\n"
        "  * layer 3: changed it, 2B\n"
        "        COPY\n"
        "    layer 4: removed it\n"
        "        COPY\n"
    )


def test_programs_get_what_the_schema_says(run: Run, archive: str) -> None:
    """``docs/why-file.schema.json`` tells of every key."""
    document = json.loads(run("why-file", "--format", "json", archive, "a").out)
    assert list(faults(document, SCHEMA, SCHEMA)) == []
    assert [layer["kind"] for layer in document["layers"]] == ["added", "metadata", "changed", "removed"]


def test_a_path_that_never_was(run: Run, archive: str) -> None:
    """Exit code 1."""
    done = run("why-file", archive, "/b")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("jettison: no such file in the image: /b")
