"""What `jettison build -o` writes is read, run and unpacked by docker, podman, skopeo and umoci."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.compat.builders import BuildahBuilder, DockerBuilder, JettisonBuilder, many_open_files, run, unmount_below
from tests.support.compare import compare
from tests.support.flatten import Picture, read_picture

pytestmark = pytest.mark.root

DOCKERFILE = """\
FROM busybox:test AS made
RUN mkdir -p /out/sub && echo under way > /out/state && ln /out/state /out/sub/again && chmod 4755 /out/state
FROM busybox:test
RUN rm /etc/motd && mkdir /gone && echo x > /gone/x
RUN rm -r /gone
COPY --from=made --chown=1000:1001 /out /out
LABEL of=tests
WORKDIR /out
USER sailor
CMD ["sh", "-c", "cat state; id -u; ls /etc/motd /gone 2>/dev/null; true"]
"""
PRINTED = "under way\n1000\n"

NAME = "example.com/outputs:1"


@pytest.fixture(scope="module")
def outputs(jettison: JettisonBuilder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `oci.tar`, `docker.tar`, `saved.tar`, `files.tar` and the folder `files` of one image."""
    folder = tmp_path_factory.mktemp("outputs")
    (folder / "context").mkdir()
    (folder / "context" / "Dockerfile").write_text(DOCKERFILE)
    for kind, name in (("oci", "oci.tar"), ("docker", "docker.tar"), ("tar", "files.tar"), ("local", "files")):
        jettison.call("build", "-q", "-t", NAME, "-o", f"type={kind},dest={folder / name}", str(folder / "context"))
    jettison.call("build", "-q", "-t", NAME, str(folder / "context"))
    jettison.call("save", "-o", str(folder / "saved.tar"), NAME)
    return folder


@pytest.fixture(scope="module")
def picture(outputs: Path) -> Picture:
    return read_picture(outputs / "docker.tar")


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@pytest.mark.parametrize("archive", ["docker.tar", "saved.tar"])
def test_docker_loads_and_runs(docker: DockerBuilder, outputs: Path, archive: str) -> None:
    """Docker takes the archive under its name, and a container of the image does its work."""
    assert docker.call("load", "-i", str(outputs / archive)) == f"Loaded image: {NAME}\n"
    assert docker.call("run", "--rm", "--network", "host", NAME) == PRINTED
    (shown,) = json.loads(docker.call("image", "inspect", NAME))
    assert shown["Config"]["Labels"] == {"of": "tests"}
    history = docker.call("history", "--no-trunc", "--format", "{{.CreatedBy}}", NAME)
    assert "COPY" in history
    docker.call("rmi", NAME)


@pytest.mark.parametrize("archive", ["docker.tar", "oci.tar", "saved.tar"])
def test_podman_loads_and_runs(short_folder: Path, outputs: Path, buildah: BuildahBuilder, archive: str) -> None:
    """Podman takes each archive, and a container of the image does its work."""
    need("podman", "runc")
    folder = short_folder / f"podman-{archive}"
    podman = ("podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run", "--runtime", "runc")
    configuration = {"CONTAINERS_CONF": str(buildah.folder / "containers.conf")}
    with many_open_files():
        try:
            loaded = run([*podman, "load", "-q", "-i", str(outputs / archive)], **configuration)
            image = loaded.strip().rpartition(" ")[2]
            assert run([*podman, "run", "--rm", "--network", "host", image], **configuration) == PRINTED
        finally:
            unmount_below(folder)


@pytest.mark.parametrize("source", ["docker-archive:docker.tar", "oci-archive:oci.tar", "docker-archive:saved.tar"])
def test_skopeo_reads(outputs: Path, picture: Picture, source: str) -> None:
    """Skopeo inspects the archive, and copies it into a layout without a complaint."""
    need("skopeo")
    transport, _, name = source.partition(":")
    location = f"{transport}:{outputs / name}"
    config = json.loads(run(["skopeo", "inspect", "--config", location]))
    assert config["config"]["Labels"] == {"of": "tests"}
    assert len(config["rootfs"]["diff_ids"]) == picture.layers
    copy = outputs / f"copy-{name}"
    run(["skopeo", "copy", "--insecure-policy", "-q", location, f"oci:{copy}:copied"])
    assert (copy / "index.json").is_file()


def test_umoci_unpacks(outputs: Path, picture: Picture) -> None:
    """Umoci unpacks the layout to the files of the image."""
    need("umoci")
    layout = outputs / "layout"
    layout.mkdir()
    with tarfile.open(outputs / "oci.tar") as archive:
        archive.extractall(layout, filter="data")
    index = json.loads((layout / "index.json").read_text())
    (entry,) = index["manifests"]
    tag = entry["annotations"]["org.opencontainers.image.ref.name"]
    bundle = outputs / "bundle"
    run(["umoci", "unpack", "--image", f"{layout}:{tag}", str(bundle)])
    check_files(bundle / "rootfs", picture)
    assert json.loads(run(["umoci", "stat", "--image", f"{layout}:{tag}", "--json"]))["history"]


def test_local_output_holds_the_files(outputs: Path, picture: Picture) -> None:
    """`type=local` writes the files of the image, which are the user's, and nothing else."""
    check_files(outputs / "files", picture, owner=(os.geteuid(), os.getegid()))


def test_tar_output_holds_the_files(outputs: Path, picture: Picture, tmp_path: Path) -> None:
    """`type=tar` writes the same."""
    subprocess.run(["tar", "-xpf", str(outputs / "files.tar"), "-C", str(tmp_path)], check=True)
    check_files(tmp_path, picture)


def test_what_docker_saves_is_built_upon(
    docker: DockerBuilder, jettison: JettisonBuilder, outputs: Path, picture: Picture, tmp_path: Path
) -> None:
    """An image goes to docker and comes back as the same image."""
    docker.call("load", "-i", str(outputs / "docker.tar"))
    docker.call("tag", NAME, "returned:1")
    docker.call("save", "-o", str(tmp_path / "returned.tar"), "returned:1")
    jettison.load(tmp_path / "returned.tar")
    jettison.call("save", "-o", str(tmp_path / "again.tar"), "returned:1")
    assert list(compare(read_picture(tmp_path / "again.tar"), picture)) == []
    assert jettison.call("run", "--rm", "returned:1") == PRINTED


def check_files(root: Path, picture: Picture, *, owner: tuple[int, int] | None = None) -> None:
    """The folder holds exactly the files of the picture: types, modes, owners, links, names of hard links.

    ``owner``: whose all of them are, in place of the image's owners.
    """
    found = {}
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            place = Path(folder) / name
            found[place.relative_to(root).as_posix()] = place.lstat()
    wanted = {path: node for path, node in picture.nodes.items() if path}
    assert found.keys() == wanted.keys()
    for path, node in wanted.items():
        status = found[path]
        assert (path, (status.st_uid, status.st_gid)) == (path, owner or (node.uid, node.gid))
        if node.type == "symlink":
            assert os.readlink(root / path) == node.link
            continue
        assert (path, status.st_mode & 0o7777) == (path, node.mode)
        if node.type == "file":
            assert (path, status.st_nlink) == (path, max(len(node.names), 1))
