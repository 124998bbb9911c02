"""``jettison du``, and what ``images`` and ``system df`` say of shared bytes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.layout.support import layer_tar, make_image

from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference

BASE = layer_tar({"base": b"b" * 1_000_000})
OWN = layer_tar({"own": b"o" * 400_000})


def load_two(run: Run, folder: Path) -> None:
    """``small`` has the base alone, ``large`` a layer on top."""
    images = [
        NamedImage(image=make_image(*layers), names=(Reference.parse(f"{name}:v1"),))
        for name, layers in (("small", [BASE]), ("large", [BASE, OWN]))
    ]
    with (folder / "images.tar").open("wb") as out:
        write_docker_archive(out.write, images)
    assert run("load", "-q", "-i", str(folder / "images.tar")).code == 0


def test_images_are_listed_with_what_they_share(run: Run, tmp_path: Path, home: Path) -> None:
    """And everything adds up to the disk."""
    load_two(run, tmp_path)
    document = json.loads(run("du", "--format", "json").out)
    large, small = document["images"]
    assert (large["name"], small["name"]) == ("large:v1", "small:v1")
    assert large["shared"] == small["shared"] == document["parts"]["images, shared"] >= 1_000_000
    assert large["unique"] >= 400_000 > 20_000 > small["unique"]
    assert sum(document["parts"].values()) == document["total"]
    assert document["store"] == str(home)
    text = run("du").out
    assert text.splitlines()[0].split() == ["IMAGE", "IMAGE", "ID", "UNIQUE", "SHARED"]
    assert text.splitlines()[1].startswith("large:v1 ")
    assert text.splitlines()[-1] == f"in {home}"


def test_an_empty_store_has_only_itself(run: Run) -> None:
    """No table of images."""
    lines = run("du").out.splitlines()
    assert [line.split()[0] for line in lines] == ["WHAT", "store", "total", "in"]


def test_images_can_show_what_is_shared(run: Run, tmp_path: Path) -> None:
    """In docker's words and by docker's sizes, which add up."""
    load_two(run, tmp_path)
    done = run("images", "--format", "{{.Repository}} {{.Size}} {{.SharedSize}} {{.UniqueSize}}")
    assert sorted(done.out.splitlines()) == ["large 1.4MB 1MB 400kB", "small 1MB 1MB 0B"]
