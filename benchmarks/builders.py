"""The builders that are compared, behind one interface: how each starts, forgets, and builds to an archive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import BenchmarkError, run_quietly

_CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=20000:20000","nproc=30000:30000"]
[engine]
cgroup_manager = "cgroupfs"
"""
_PATIENCE_SECONDS = 30


class Builder(ABC):
    """One builder with a store of its own."""

    name: str
    daemon: int | None = None
    """The process that does the work, where it is not the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def command(self, context: Path, archive: Path, *, no_cache: bool) -> Sequence[str]:
        """What builds the folder into an archive with gzip layers."""

    @abstractmethod
    def forget(self) -> None:
        """Back to an empty store; a daemon keeps running."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """For the length of the body the builder is ready."""
        yield


class Jettison(Builder):
    """The command of this checkout, with bytecode as a package manager would have installed it."""

    name = "jettison"

    def command(self, context: Path, archive: Path, *, no_cache: bool) -> Sequence[str]:
        flags = ["--no-cache"] if no_cache else []
        output = f"type=oci,dest={archive}"
        program = Path(sys.executable).with_name("jettison")
        return [str(program), "--home", str(self.folder / "home"), "build", *flags, "-o", output, str(context)]

    def forget(self) -> None:
        shutil.rmtree(self.folder / "home", ignore_errors=True)


class BuildKit(Builder):
    """The newest BuildKit, where ``BUILDKITD`` and ``BUILDCTL`` name its programs; its daemon is running already."""

    name = "BuildKit"

    def __init__(self, folder: Path, daemon: str, client: str) -> None:
        super().__init__(folder)
        self._daemon = daemon
        self._client = client

    def command(self, context: Path, archive: Path, *, no_cache: bool) -> Sequence[str]:
        flags = ["--no-cache"] if no_cache else []
        folders = ["--local", f"context={context}", "--local", f"dockerfile={context}"]
        output = f"type=oci,dest={archive}"
        return [*self._call("build", "--frontend", "dockerfile.v0"), *flags, *folders, "--output", output]

    def forget(self) -> None:
        run_quietly(self._call("prune", "--all"), self.folder / "prune.log")

    @contextmanager
    def running(self) -> Iterator[None]:
        """The daemon, started and stopped."""
        address = f"unix://{self.folder}/s"
        command = [self._daemon, "--root", f"{self.folder}/root", "--addr", address, "--oci-worker=true"]
        command += ["--containerd-worker=false", "--oci-worker-net", "host"]
        with _daemon(command, self.folder / "daemon.log", self._answers) as process:
            self.daemon = process
            yield
        self.daemon = None

    def _answers(self) -> bool:
        return subprocess.run(self._call("debug", "workers"), capture_output=True, check=False).returncode == 0

    def _call(self, *arguments: str) -> list[str]:
        return [self._client, "--addr", f"unix://{self.folder}/s", *arguments]


class Buildah(Builder):
    """Buildah, which builds into its own store first and then writes the archive."""

    name = "buildah"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.folder / "containers.conf").write_text(_CONTAINERS_CONF)

    def command(self, context: Path, archive: Path, *, no_cache: bool) -> Sequence[str]:
        call = f"buildah --root {self.folder}/root --runroot {self.folder}/run"
        flags = "--no-cache " if no_cache else ""
        build = f"{call} build {flags}--layers --tls-verify=false --isolation chroot --network host -t bench {context}"
        push = f"{call} push -q bench oci-archive:{archive}"
        return ["sh", "-c", f"ulimit -n 20000; export CONTAINERS_CONF={self.folder}/containers.conf; {build} && {push}"]

    def forget(self) -> None:
        _unmount_below(self.folder)
        for name in ("root", "run"):
            shutil.rmtree(self.folder / name, ignore_errors=True)


class Docker(Builder):
    """Docker Engine with its own BuildKit, which builds into its store; ``docker save`` then writes the archive."""

    name = "docker"

    def command(self, context: Path, archive: Path, *, no_cache: bool) -> Sequence[str]:
        flags = "--no-cache " if no_cache else ""
        build = f"{self._client()} build {flags}--network host -t bench {context}"
        return ["sh", "-c", f"export DOCKER_BUILDKIT=1; {build} && {self._client()} save -o {archive} bench"]

    def forget(self) -> None:
        log = self.folder / "prune.log"
        run_quietly(["sh", "-c", f"{self._client()} image prune -af && {self._client()} builder prune -af"], log)

    @contextmanager
    def running(self) -> Iterator[None]:
        """The daemon, started and stopped."""
        place = self.folder
        command = ["dockerd", "--data-root", f"{place}/root", "--exec-root", f"{place}/exec", "--pidfile", f"{place}/p"]
        command += ["-H", f"unix://{place}/s", "--iptables=false", "--bridge=none", "--ip-forward=false"]
        with _daemon(command, place / "daemon.log", self._answers) as process:
            self.daemon = process
            yield
        self.daemon = None
        _unmount_below(place)

    def _answers(self) -> bool:
        return (
            subprocess.run(["sh", "-c", f"{self._client()} version"], capture_output=True, check=False).returncode == 0
        )

    def _client(self) -> str:
        return f"/usr/bin/docker -H unix://{self.folder}/s"


class Kaniko(Builder):
    """kaniko, where ``KANIKO`` names its executor, in a mount and a process namespace.

    It takes over the root that it runs in: each build is given an empty one, as a new container has. What it knows of
    earlier builds is a cache of layers, in a folder.
    """

    name = "kaniko"
    _START = """\
root=$0 context=$1 result=$2 cache=$3 archive=$4; shift 4
mount --bind "$context" "$root/workspace"
mount --bind "$result" "$root/result"
mount --bind "$cache" "$root/cache"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
env -i PATH="$PATH" HOME=/root chroot "$root" /kaniko/executor "$@"
mv "$result/image.tar" "$archive"
"""

    def __init__(self, folder: Path, program: str) -> None:
        super().__init__(folder)
        self._program = program

    def command(self, context: Path, archive: Path, *, no_cache: bool) -> Sequence[str]:
        root, result, cache = (self.folder / name for name in ("root", "result", "cache"))
        shutil.rmtree(root, ignore_errors=True)
        inside = [root / name for name in ("kaniko", "workspace", "result", "cache", "dev", "proc")]
        for place in (*inside, result, cache):
            place.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._program, root / "kaniko/executor")
        flags = [] if no_cache else ["--cache", "--cache-copy-layers", "--cache-repo", "oci:/cache/layers"]
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", self._START),
            *map(str, (root, context, result, cache, archive)),
            *("--force", "--context", "dir:///workspace", "--destination", "bench", "--no-push"),
            *("--tar-path", "/result/image.tar", *flags),
        ]

    def forget(self) -> None:
        shutil.rmtree(self.folder / "cache", ignore_errors=True)


def find_builders(folder: Path, wanted: Sequence[str], environment: Mapping[str, str]) -> list[Builder]:
    """jettison and the wanted rivals that this machine has; an empty ``wanted`` means all."""
    builders: list[Builder] = [Jettison(folder / "j")]
    daemon, client = environment.get("BUILDKITD"), environment.get("BUILDCTL")
    if daemon and client:
        builders.append(BuildKit(folder / "k", daemon, client))
    if environment.get("KANIKO"):
        builders.append(Kaniko(folder / "n", environment["KANIKO"]))
    if shutil.which("buildah"):
        builders.append(Buildah(folder / "b"))
    if shutil.which("dockerd") and Path("/usr/bin/docker").exists():
        builders.append(Docker(folder / "d"))
    known = {builder.name.lower() for builder in builders}
    unknown = [name for name in wanted if name.lower() not in known]
    if unknown:
        raise BenchmarkError(f"not on this machine: {', '.join(unknown)} (there is {', '.join(sorted(known))})")
    return [
        one for one in builders if not wanted or one.name == "jettison" or one.name.lower() in map(str.lower, wanted)
    ]


@contextmanager
def _daemon(command: Sequence[str], log: Path, answers: object) -> Iterator[int]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        give_up = time.monotonic() + _PATIENCE_SECONDS
        assert callable(answers)
        while not answers():
            if process.poll() is not None or time.monotonic() > give_up:
                raise BenchmarkError(f"{command[0]} does not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def _unmount_below(folder: Path) -> None:
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for point in sorted(points, reverse=True):
        if os.path.commonpath([point, folder]) == str(folder):
            subprocess.run(["umount", "--lazy", point], capture_output=True, check=False)
