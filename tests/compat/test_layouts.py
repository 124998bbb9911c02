"""What we write is read by docker, podman, skopeo and umoci, and what they write is read by us."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.layout.support import AMD64, layer_tar, make_image
from tests.registry.support import running_registry

from jettison.frozen import dataclass, replace
from jettison.layer.decompress import Decompressed
from jettison.layout.content import images_content
from jettison.layout.detect import LayoutKind, detect_layout, open_layout, read_groups
from jettison.layout.oci_layout import read_oci_layout
from jettison.layout.validate import validate_image, validate_layout
from jettison.layout.write import write_docker_archive, write_oci_archive, write_oci_layout
from jettison.model.digest import Digest
from jettison.model.image_source import ImageSource, NamedImage, image_config, layers_of
from jettison.model.reference import Reference
from jettison.registry.client import RegistryClient
from jettison.registry.pull import resolve_image

pytestmark = pytest.mark.root

LAYERS = (layer_tar({"hello": b"HELLO", "etc/motd": b"be well\n"}), layer_tar({"world": b"WORLD"}))
IMAGES = {"plain": make_image(*LAYERS, label="plain"), "gzip": make_image(*LAYERS, label="gzip", packed=True)}
NAMES = (Reference.parse("example.com/team/app:v1"), Reference.parse("example.com/other:v2"))


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets and for podman's runroot."""
    with tempfile.TemporaryDirectory(prefix="jt-") as name:
        yield Path(name)


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True, kw_only=True)
class Docker:
    """A docker daemon of the tests' own."""

    socket: Path

    def __call__(self, *words: str | Path) -> str:
        return run("docker", "-H", f"unix://{self.socket}", *words)


@pytest.fixture(scope="module")
def docker() -> Iterator[Docker]:
    need("docker", "dockerd", "containerd")
    with short_folder() as folder:
        yield from running_docker(folder)


def running_docker(folder: Path) -> Iterator[Docker]:
    """Start a daemon in a folder of its own and stop it again."""
    command = [
        *("dockerd", "--data-root", folder / "root", "--exec-root", folder / "exec", "--pidfile", folder / "pid"),
        *("-H", f"unix://{folder}/d.sock", "--iptables=false", "--bridge=none", "--ip-forward=false"),
        *("--storage-driver", "vfs"),
    ]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
    docker = Docker(socket=folder / "d.sock")
    try:
        for _ in range(300):
            probe = ["docker", "-H", f"unix://{docker.socket}", "version"]
            if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                break
            if daemon.poll() is not None:
                pytest.skip("dockerd does not start here")
            time.sleep(0.1)
        yield docker
    finally:
        daemon.terminate()
        daemon.wait(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Podman:
    """Podman with a storage of the test's own."""

    folder: Path

    def __call__(self, *words: str | Path) -> str:
        place = ("--root", self.folder / "root", "--runroot", self.folder / "run", "--storage-driver", "vfs")
        return run("podman", *place, *words, TMPDIR=str(self.folder))


@pytest.fixture
def podman() -> Iterator[Podman]:
    need("podman")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 20_000), hard), hard))
    with short_folder() as folder:
        yield Podman(folder=folder)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def write_all(folder: Path, image: ImageSource, *names: Reference) -> None:
    """``docker.tar``, ``oci.tar`` and the folder ``layout``."""
    named = [NamedImage(image=image, names=names)]
    with (folder / "docker.tar").open("wb") as out:
        write_docker_archive(out.write, named)
    with (folder / "oci.tar").open("wb") as out:
        write_oci_archive(out.write, images_content(named))
    write_oci_layout(folder / "layout", images_content(named))


def check_same_image(source: ImageSource, image: ImageSource) -> None:
    """The same config, and layers that expand to the same tars."""
    assert source.config_bytes == image.config_bytes
    for layer, diff_id in layers_of(source):
        with source.open_blob(layer) as stream:
            assert Digest.of(Decompressed(stream).read()) == diff_id
    assert validate_image(source) == []


def check_file_holds(path: Path, image: ImageSource, kind: LayoutKind, *names: str) -> None:
    """A file of another program holds exactly this image under these names."""
    with open_layout(path, spool_dir=path.parent) as files:
        assert detect_layout(files) is kind
        (found,) = read_groups(files)
        check_same_image(found.images[0], image)
        assert tuple(str(name) for name in found.names) == names


@pytest.mark.parametrize("form", IMAGES)
def test_docker_loads_and_saves(docker: Docker, tmp_path: Path, form: str) -> None:
    """``docker load`` takes our archive: same image id, same layers, same files; what it saves again we read."""
    image = IMAGES[form]
    names = tuple(replace(name, path=f"{name.path}/{form}") for name in NAMES)
    write_all(tmp_path, image, *names)
    loaded = docker("load", "-i", tmp_path / "docker.tar")
    assert loaded == "".join(f"Loaded image: {name}\n" for name in names)
    (shown,) = json.loads(docker("image", "inspect", str(names[0])))
    assert shown["Id"] == image.manifest.config.digest
    assert tuple(shown["RootFS"]["Layers"]) == image_config(image).diff_ids
    container = docker("create", str(names[1])).strip()
    docker("cp", f"{container}:/etc/motd", tmp_path / "motd")
    assert (tmp_path / "motd").read_text() == "be well\n"
    docker("rm", container)

    docker("save", str(names[0]), "-o", tmp_path / "saved.tar")
    check_file_holds(tmp_path / "saved.tar", image, LayoutKind.DOCKER, str(names[0]))


def test_docker_saves_several_images(docker: Docker, tmp_path: Path) -> None:
    """Images that share layers come out of one archive, each with its names."""
    for form, image in IMAGES.items():
        with (tmp_path / f"{form}.tar").open("wb") as out:
            names = (Reference.parse(f"several:{form}"),)
            write_docker_archive(out.write, [NamedImage(image=image, names=names)])
        docker("load", "-i", tmp_path / f"{form}.tar")
    docker("save", "several:plain", "several:gzip", "-o", tmp_path / "saved.tar")
    with open_layout(tmp_path / "saved.tar", spool_dir=tmp_path) as files:
        found = {str(named.names[0].tag): named.images[0] for named in read_groups(files)}
        assert sorted(found) == ["gzip", "plain"]
        for form, source in found.items():
            check_same_image(source, IMAGES[form])


@pytest.mark.parametrize("form", IMAGES)
@pytest.mark.parametrize("kind", ["docker.tar", "oci.tar"])
def test_podman_loads_and_saves(podman: Podman, tmp_path: Path, form: str, kind: str) -> None:
    """``podman load`` takes both archives; both forms of ``podman save`` are read by us."""
    image = IMAGES[form]
    write_all(tmp_path, image, NAMES[0])
    podman("load", "-i", tmp_path / kind)
    (shown,) = json.loads(podman("image", "inspect", image.manifest.config.digest.hex))
    assert tuple(shown["RootFS"]["Layers"]) == image_config(image).diff_ids
    if kind == "docker.tar":
        podman("save", "-o", tmp_path / "saved-docker.tar", str(NAMES[0]))
        check_file_holds(tmp_path / "saved-docker.tar", image, LayoutKind.DOCKER, str(NAMES[0]))
        podman("save", "--format", "oci-archive", "-o", tmp_path / "saved-oci.tar", str(NAMES[0]))
        check_file_holds(tmp_path / "saved-oci.tar", image, LayoutKind.OCI, str(NAMES[0]))


@pytest.mark.parametrize("form", IMAGES)
def test_skopeo_copies_everything(tmp_path: Path, form: str) -> None:
    """Skopeo reads each of our forms and the copies it makes are read by us."""
    need("skopeo")
    image = IMAGES[form]
    write_all(tmp_path, image, NAMES[0])
    sources = ("docker-archive:docker.tar", "oci-archive:docker.tar", "oci-archive:oci.tar:v1", "oci:layout:v1")
    for number, source in enumerate(sources):
        transport, _, rest = source.partition(":")
        copy = tmp_path / f"copy-{number}"
        run("skopeo", "copy", "--insecure-policy", f"{transport}:{tmp_path}/{rest}", f"oci:{copy}:copied")
        with open_layout(copy, spool_dir=tmp_path) as files:
            source_image = read_oci_layout(files).image("copied", AMD64)
            assert image_config(source_image).diff_ids == image_config(image).diff_ids
            assert validate_layout(files) == []
        archive = tmp_path / f"copy-{number}.tar"
        run("skopeo", "copy", "--insecure-policy", f"oci:{copy}:copied", f"docker-archive:{archive}:x.io/y:z")
        with open_layout(archive, spool_dir=tmp_path) as files:
            (named,) = read_groups(files)
            assert str(named.names[0]) == "x.io/y:z"
            assert image_config(named.images[0]).diff_ids == image_config(image).diff_ids
            assert validate_image(named.images[0]) == []


@pytest.mark.parametrize("form", IMAGES)
def test_umoci_unpacks(tmp_path: Path, form: str) -> None:
    """Umoci lists and unpacks our layout, and its repacked layout is valid to us."""
    need("umoci")
    write_all(tmp_path, IMAGES[form], NAMES[0])
    assert run("umoci", "ls", "--layout", tmp_path / "layout") == "v1\n"
    run("umoci", "unpack", "--image", f"{tmp_path}/layout:v1", tmp_path / "bundle")
    assert (tmp_path / "bundle/rootfs/world").read_text() == "WORLD"
    (tmp_path / "bundle/rootfs/new").write_text("new")
    run("umoci", "repack", "--image", f"{tmp_path}/layout:v2", tmp_path / "bundle")
    with open_layout(tmp_path / "layout", spool_dir=tmp_path) as files:
        assert len(read_oci_layout(files).image("v2", AMD64).manifest.layers) == len(LAYERS) + 1
        assert validate_layout(files) == []


@pytest.mark.parametrize("manifest_format", ["v2s2", "oci"])
def test_skopeo_pushes_what_we_pull(tmp_path: Path, manifest_format: str) -> None:
    """An image that skopeo pushed, with docker's or OCI's media types, arrives as it was."""
    need("skopeo", "docker-registry")
    write_all(tmp_path, IMAGES["plain"], NAMES[0])
    with ExitStack() as stack:
        registry = stack.enter_context(running_registry(tmp_path / "registry"))
        client = stack.enter_context(RegistryClient())
        target = f"docker://{registry.host}/app:v1"
        options = ("--insecure-policy", "--dest-tls-verify=false", "--format", manifest_format)
        run("skopeo", "copy", *options, f"oci:{tmp_path}/layout:v1", target)
        resolved = resolve_image(client, Reference.parse(f"{registry.host}/app:v1"), AMD64)
        assert image_config(resolved).diff_ids == image_config(IMAGES["plain"]).diff_ids
        assert validate_image(resolved) == []
