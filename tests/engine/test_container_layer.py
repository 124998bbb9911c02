"""Containers looked into: their image, and what was written in them, without running anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.engine.bench import Bench
from tests.engine.test_image_layers import quiet, silent

from jettison.engine.container_layer import ContainerLayer
from jettison.engine.file_origin import trace_file
from jettison.engine.image_diff import diff_container
from jettison.engine.image_files import content_of
from jettison.engine.image_layers import Origin, open_image
from jettison.errors import StorageError, UsageError
from jettison.model.tree import Tree
from jettison.report.diff_text import container_diff_text

pytestmark = pytest.mark.root

SCRIPT = "echo new > /new; echo more >> /etc/group; rm /bin/wget; mv /bin/vi /bin/six; chmod 711 /etc; ln -s /new /link"


@pytest.fixture
def owl(bench: Bench) -> Bench:
    """A bench with a container ``night-owl`` that has written some files, and has ended."""
    program = [sys.executable, "-m", "jettison", "--home", str(bench.store.root), "run", "--name", "night-owl"]
    done = subprocess.run([*program, "busybox:test", "sh", "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return bench


def test_changes_are_told_as_docker_does(owl: Bench) -> None:
    """A letter and a path a line; folders that something happened in are changed."""
    with open_image("night-owl", owl.machine(quiet), progress=silent) as container:
        told = container_diff_text(diff_container(container)).splitlines()
    expected = ["A /bin/six", "A /link", "A /new", "C /bin", "C /etc", "D /bin/vi", "D /bin/wget"]
    assert sorted(set(told) & set(expected)) == expected
    assert {"A /etc/group", "C /etc/group"} & set(told)


def test_files_of_a_container_are_read(owl: Bench) -> None:
    """What was written, and what its image has; by id too."""
    container_id = owl.store.containers.find("night-owl").container_id
    for name in ("night-owl", container_id, container_id[:12]):
        with open_image(name, owl.machine(quiet), progress=silent) as container:
            assert container.origin is Origin.CONTAINER
            files = container.files()
            assert b"".join(content_of(files, "/link")) == b"new\n"
            assert files.tree.get("bin/wget") is None
            assert files.tree.get("bin/busybox") is not None


def test_what_a_container_wrote_is_told_as_its_own(owl: Bench) -> None:
    """why-file names the container where an instruction would stand."""
    with open_image("night-owl", owl.machine(quiet), progress=silent) as container:
        origin = trace_file(container, "/new", owl.store)
        assert [one.instruction for one in origin.touches] == ["container night-owl"]
    with (
        open_image("busybox:test", owl.machine(quiet), progress=silent) as image,
        pytest.raises(UsageError, match="busybox:test is an image"),
    ):
        diff_container(image)


def test_links_in_a_container_lead_nowhere(tmp_path: Path) -> None:
    """A folder that becomes a link while it is read, as a hostile command could make it."""
    upper = tmp_path / "container/upper"
    (upper / "a").mkdir(parents=True)
    (upper / "a/file").write_bytes(b"inside")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"outside")
    layer = ContainerLayer(tmp_path / "container", Tree(entries={}))
    entry = next(entry for entry in layer.index.entries if entry.path == "a/file")
    with layer.open(entry) as content:
        assert content.read() == b"inside"
    (upper / "a").rename(upper / "b")
    (upper / "a").symlink_to(outside)
    with pytest.raises(StorageError):
        layer.open(entry)
    (upper / "a").unlink()
    (upper / "a").mkdir()
    (upper / "a/file").symlink_to(outside / "file")
    with pytest.raises(StorageError):
        layer.open(entry)


def test_a_container_that_never_ran_wrote_nothing(bench: Bench) -> None:
    """It is its image."""
    image_id = bench.store.images.find("busybox:test").image_id
    bench.store.containers.create(image_id, ["sh"], image_name="busybox:test", name="idle")
    with open_image("idle", bench.machine(quiet), progress=silent) as container:
        assert diff_container(container) == ()
