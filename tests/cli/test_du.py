"""``jettison du``, and what ``images`` and ``system df`` say of shared bytes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.layout.support import layer_tar, make_image

from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference
from jettison.report.units import human_size
from jettison.store import Store
from jettison.store.measure import disk_bytes

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


def test_each_image_and_container_is_listed_as_docker_lists_them(run: Run, tmp_path: Path, home: Path) -> None:
    """``system df -v``: a container of an image counts there, and its size is what it wrote."""
    load_two(run, tmp_path)
    with Store.open(home) as store:
        record = store.containers.create(store.images.find("large:v1").image_id, ["sh", "-c", "x"], name="kept")
        (store.containers.directory(record.container_id) / "written").write_bytes(b"w" * 100_000)
        size = human_size(disk_bytes(store.containers.directory(record.container_id)))
    done = run("system", "df", "-v")
    assert done.code == 0
    _, images, _, containers, rest = (part.splitlines() for part in done.out.split("\n\n"))
    assert images[0].split("  ")[-1].strip() == "CONTAINERS"
    assert {(line.split()[0], *line.split()[-4:]) for line in images[1:]} == {
        ("large", "1.4MB", "1MB", "400kB", "1"),
        ("small", "1MB", "1MB", "0B", "0"),
    }
    assert containers[0].split() == ["CONTAINER", "ID", "IMAGE", "COMMAND", "SIZE", "CREATED", "STATUS", "NAMES"]
    assert f" {size} " in containers[1]
    assert containers[1].endswith("kept")
    assert rest[0].startswith("Build cache usage: ")
    assert [line.split()[0] for line in rest][-1] == "Store"


def test_tables_are_no_templates(run: Run) -> None:
    """Programs ask ``du``."""
    done = run("system", "df", "-v", "--format", "json")
    assert (done.code, done.out) == (2, "")
    assert "hint: jettison du --format json" in done.err
