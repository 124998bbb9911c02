"""The builders that are compared, behind one interface: jettison, buildah, and docker's BuildKit and classic builder."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

_OPEN_FILES = 20_000
_CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=20000:20000","nproc=30000:30000"]
[engine]
cgroup_manager = "cgroupfs"
"""


class BuildFailedError(Exception):
    """A builder refused or failed; the text is what it printed."""


class Builder(Protocol):
    """A program that makes an image of a Dockerfile."""

    @property
    def name(self) -> str:
        """As tests and allowances call it."""

    def load(self, archive: Path) -> None:
        """Take the images of a docker archive, so that FROM finds them."""

    def build(self, context: str, archive: Path, *options: str, **environment: str) -> None:
        """Build the context with docker's options and write the image; raises :class:`BuildFailedError`."""


def run(command: list[str], **environment: str) -> str:
    """The standard output of a command; raises :class:`BuildFailedError` with everything it printed."""
    done = subprocess.run(
        command,
        env={**own_environment(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise BuildFailedError(f"{' '.join(command)} exits with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def own_environment() -> dict[str, str]:
    """This process's environment without proxies, which clients hand to the commands of a build."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


@dataclass(frozen=True, slots=True, kw_only=True)
class JettisonBuilder:
    """The builder under test, called as a program."""

    home: Path
    name: str = "jettison"

    def call(self, *arguments: str, **environment: str) -> str:
        return run([sys.executable, "-m", "jettison", "--home", str(self.home), *arguments], **environment)

    def load(self, archive: Path) -> None:
        self.call("load", "-i", str(archive))

    def build(self, context: str, archive: Path, *options: str, **environment: str) -> None:
        output = f"type=docker,dest={archive}"
        self.call("build", "--progress", "plain", "-t", "compared:1", "-o", output, *options, context, **environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildahBuilder:
    """Buildah with a storage of its own, running commands by runc."""

    folder: Path
    name: str = "buildah"

    def call(self, *arguments: str, **environment: str) -> str:
        store = ("--root", str(self.folder / "root"), "--runroot", str(self.folder / "run"))
        return run(["buildah", *store, *arguments], CONTAINERS_CONF=str(self.folder / "containers.conf"), **environment)

    def load(self, archive: Path) -> None:
        self.call("pull", "-q", f"docker-archive:{archive}")

    def build(self, context: str, archive: Path, *options: str, **environment: str) -> None:
        network = () if "--network" in options else ("--network", "host")
        isolation = ("--isolation", "oci", "--runtime", "runc", *network)
        self.call(
            *(
                "build",
                "--format",
                "docker",
                "--layers",
                "--no-cache",
                "--pull-never",
                "--identity-label=false",
                *isolation,
                "-t",
                "compared:1",
                *options,
            ),
            context,
            **environment,
        )
        archive.unlink(missing_ok=True)
        self.call("push", "-q", "compared:1", f"docker-archive:{archive}:compared:1")


@dataclass(frozen=True, slots=True, kw_only=True)
class DockerBuilder:
    """A docker daemon of the tests' own; ``kit`` chooses BuildKit or the classic builder."""

    folder: Path
    kit: bool = True

    @property
    def name(self) -> str:
        return "docker" if self.kit else "docker-classic"

    def call(self, *arguments: str, **environment: str) -> str:
        client = shutil.which("docker", path=f"/usr/bin{os.pathsep}{os.environ['PATH']}") or "docker"
        host = ("-H", f"unix://{self.folder}/d.sock")
        fixed = {"DOCKER_BUILDKIT": "1" if self.kit else "0", "BUILDKIT_PROGRESS": "plain"}
        return run([client, *host, *arguments], **fixed | environment)

    def load(self, archive: Path) -> None:
        self.call("load", "-i", str(archive))

    def build(self, context: str, archive: Path, *options: str, **environment: str) -> None:
        network = () if "--network" in options else ("--network", "host")
        self.call("build", *network, "-t", "compared:1", *options, context, **environment)
        self.call("save", "-o", str(archive), "compared:1")


@contextmanager
def running_buildah(folder: Path) -> Iterator[BuildahBuilder]:
    """Buildah on a fresh storage; what it leaves mounted is unmounted."""
    for program in ("buildah", "runc"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    (folder / "containers.conf").write_text(_CONTAINERS_CONF)
    with many_open_files():
        yield BuildahBuilder(folder=folder)
    unmount_below(folder)


@contextmanager
def running_docker(folder: Path, *options: str) -> Iterator[DockerBuilder]:
    """A docker daemon with more options in a folder whose path is short enough for a socket; stopped by its process id."""
    for program in ("docker", "dockerd", "containerd", "runc"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    command = [
        *("dockerd", "--data-root", f"{folder}/root", "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"),
        *("-H", f"unix://{folder}/d.sock", "--iptables=false", "--bridge=none", "--ip-forward=false"),
        *options,
    ]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    docker = DockerBuilder(folder=folder)
    try:
        _wait_for(docker, daemon)
        yield docker
    finally:
        daemon.terminate()
        daemon.wait(60)
        unmount_below(folder)


def _wait_for(docker: DockerBuilder, daemon: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if daemon.poll() is not None:
            pytest.skip("dockerd does not start here")
        try:
            docker.call("version")
        except BuildFailedError:
            time.sleep(0.1)
        else:
            return
    pytest.skip("dockerd does not answer")


@contextmanager
def many_open_files() -> Iterator[None]:
    """As many open files as the oracles ask for, where the hard limit allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, _OPEN_FILES), hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def unmount_below(folder: Path) -> None:
    """Unmount whatever is mounted at the folder or below, the deepest first."""
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for point in sorted(points, reverse=True):
        if point == str(folder) or point.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", point], capture_output=True, check=False)
