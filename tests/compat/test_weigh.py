"""What ``weigh`` and ``ls`` say of an image is what GNU tar lists of its layers, and what umoci and podman unpack."""

from __future__ import annotations

import json
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.compat.builders import JettisonBuilder
from tests.compat.test_layouts import Podman, need, podman, run
from tests.compat.test_squash import LAYERS, looks
from tests.layer.archives import write_layer
from tests.layout.support import make_image

from jettison.layout.write import write_docker_archive
from jettison.model.image_source import NamedImage
from jettison.model.reference import Reference

pytestmark = pytest.mark.root
__all__ = ["podman"]  # a fixture

NAME = "weighed:1"
_WITHOUT_MODE = frozenset({"opt/b", "etc/passwd.too"})
ON_DEBIAN = """\
FROM debian:12-slim
RUN cp -a /usr/share/zoneinfo /copied && ln /etc/passwd /etc/passwd.too && rm -rf /usr/share/doc
RUN chmod -R o-r /copied && rm -r /copied/Europe && mkdir /copied/Europe && echo x > /copied/Europe/x
RUN truncate -s 5M /holes && rm /etc/passwd && ln -s nowhere /dangling
"""


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """An image in a docker archive, and what jettison says of it."""

    archive: Path
    weight: Any
    listed: tuple[Any, ...]


@pytest.fixture(scope="module", params=["synthetic", pytest.param("debian", marks=pytest.mark.slow)])
def weighed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weighed]:
    folder = tmp_path_factory.mktemp("weighed")
    jettison = JettisonBuilder(home=folder / "home")
    archive = folder / "image.tar"
    if request.param == "synthetic":
        once = [
            [item for n, item in enumerate(items) if item not in items[:n]] for items in LAYERS
        ]  # podman asks for it
        image = make_image(*(write_layer(*items)[0] for items in once))
        with archive.open("wb") as out:
            write_docker_archive(out.write, [NamedImage(image=image, names=(Reference.parse(NAME),))])
    else:
        need("mmdebstrap")
        jettison.call("base", "-q", "--mode", "slim", "debian:12-slim")
        (folder / "Dockerfile").write_text(ON_DEBIAN)
        jettison.call("build", "-q", "-t", NAME, str(folder))
        jettison.call("save", "-o", str(archive), NAME)
    weight = json.loads(jettison.call("weigh", "--format", "json", str(archive)))
    listed = jettison.call("ls", "-R", "--format", "json", str(archive), "/").splitlines()
    yield Weighed(archive=archive, weight=weight, listed=tuple(json.loads(line) for line in listed))


def test_every_layer_adds_what_gnu_tar_lists_of_it(weighed: Weighed, tmp_path: Path) -> None:
    """The sizes of its members, layer by layer, and the sizes of the tars themselves."""
    with tarfile.open(weighed.archive) as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        (document,) = json.load(manifest)
        archive.extractall(tmp_path, filter="data")
    told = [row for row in weighed.weight["instructions"] if row["layer"] is not None]
    assert len(told) == len(document["Layers"])
    sizes = []
    for row, name in zip(told, document["Layers"], strict=True):
        lines = listing(tmp_path / name)
        sizes.append(sum(int(line.split()[2]) for line in lines if line.startswith("-")))
        assert row["added_bytes"] == sizes[-1]
        assert row["tar_bytes"] == (tmp_path / name).stat().st_size
    assert weighed.weight["total_bytes"] == sum(sizes)


def listing(tar: Path) -> list[str]:
    """``tar -tv`` with numbers for owners, so that no name has a blank in it."""
    command = ["tar", "-tvf", str(tar), "--numeric-owner", "--full-time"]
    return subprocess.run(command, check=True, capture_output=True, text=True, env={"LC_ALL": "C"}).stdout.splitlines()


def as_listed(found: dict[str, object]) -> dict[str, tuple[object, ...]]:
    """What lies in a folder, in the words of ``ls --format json``; times of folders are left to who unpacks them."""
    names: dict[str, int] = {}
    groups = found.pop("names of one file")
    assert isinstance(groups, list)
    for group in groups:
        names |= dict.fromkeys(group, len(group))
    told: dict[str, tuple[object, ...]] = {}
    for path, looked in found.items():
        assert isinstance(looked, tuple)
        mode, uid, gid, mtime, content, _ = looked
        is_file, is_link = stat.S_ISREG(mode), stat.S_ISLNK(mode)
        digest = f"sha256:{content}" if is_file else None
        link = str(content) if is_link else None
        time = None if stat.S_ISDIR(mode) else mtime
        told[path] = (stat.filemode(mode), uid, gid, time, digest, link, names.get(path, 1))
    return told


def ours(weighed: Weighed) -> dict[str, tuple[object, ...]]:
    """The same of what jettison lists."""
    return {
        entry["path"].lstrip("/"): (
            entry["mode"],
            entry["uid"],
            entry["gid"],
            None if entry["mode"].startswith("d") else entry["mtime_ns"],
            entry["digest"] if entry["mode"].startswith("-") else None,
            entry["link"],
            entry["names"],
        )
        for entry in weighed.listed
    }


def check(weighed: Weighed, root: Path, *, but_mode: frozenset[str] = frozenset()) -> None:
    """Every file is listed as it was unpacked, and the visible bytes are those of the files, each counted once."""
    inodes = {}
    for path in root.rglob("*"):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            inodes[status.st_ino] = status.st_size
    assert weighed.weight["visible_bytes"] == sum(inodes.values())
    expected, found = as_listed(looks(root)), ours(weighed)
    for name in sorted(expected.keys() | found.keys()):
        first = 1 if name in but_mode else 0
        assert found.get(name, ())[first:] == expected.get(name, ())[first:], name


def test_umoci_unpacks_what_is_listed(weighed: Weighed, tmp_path: Path) -> None:
    """Modes, owners, times, links, contents."""
    need("skopeo", "umoci")
    run("skopeo", "copy", "--insecure-policy", f"docker-archive:{weighed.archive}", f"oci:{tmp_path}/layout:x")
    run("umoci", "unpack", "--image", f"{tmp_path}/layout:x", tmp_path / "bundle")
    check(weighed, tmp_path / "bundle/rootfs")


def test_podman_unpacks_what_is_listed(weighed: Weighed, podman: Podman) -> None:
    """With its own storage, layer over layer, which it copies: that loses the mode of what had several names."""
    podman("load", "-i", weighed.archive)
    root = Path(podman("image", "mount", NAME).strip())
    try:
        check(weighed, root, but_mode=_WITHOUT_MODE)
    finally:
        podman("image", "unmount", NAME)
