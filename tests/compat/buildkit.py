"""The newest BuildKit as an oracle: a daemon of the tests' own, from the binaries that BUILDKITD and BUILDCTL name."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.compat.builders import BuildFailedError, own_environment, run, unmount_below

AVAILABLE = bool(os.environ.get("BUILDKITD") and os.environ.get("BUILDCTL"))

_OPTIONS = {
    "--target": "target",
    "--platform": "platform",
    "--network": "force-network-mode",
    "--add-host": "add-hosts",
    "--shm-size": "shm-size",
    "--ulimit": "ulimit",
    "--cgroup-parent": "cgroup-parent",
    "--no-cache-filter": "no-cache",
}
"""Flags of `docker build`, and what the front end calls them."""

_NAMED = {"--build-arg": "build-arg", "--label": "label", "--annotation": "annotation"}
_SAME = ("--secret", "--ssh", "--allow")

_CONFIG = """\
[registry."docker.io"]
  mirrors = ["{host}"]
[registry."{host}"]
  http = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildkitBuilder:
    """A running buildkitd; base images come from a registry on loopback."""

    folder: Path
    registry: str
    name: str = "buildkit"

    def call(self, *arguments: str, **environment: str) -> str:
        client = os.environ["BUILDCTL"]
        return run([client, "--addr", f"unix://{self.folder}/s", *arguments], **environment)

    def publish(self, archive: Path, name: str) -> None:
        """Put an image of a docker archive where FROM finds it."""
        place = f"docker://{self.registry}/library/{name}"
        run(["skopeo", "copy", "--quiet", "--dest-tls-verify=false", f"docker-archive:{archive}", place])

    def load(self, archive: Path) -> None:
        raise NotImplementedError("images get here by a registry: publish()")

    def build(self, context: str, archive: Path, *options: str, **environment: str) -> None:
        output = f"type=docker,name=compared:1,dest={archive}"
        self.call(
            *("build", "--progress", "plain", "--frontend", "dockerfile.v0", "--output", output),
            *translated(context, options, {**os.environ, **environment}),
            **environment,
        )


def translated(context: str, options: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The arguments of `buildctl build` for those of `docker build`; raises :class:`KeyError` for a flag without any."""
    found: list[str] = []
    dockerfile = Path(context) / "Dockerfile"
    hosts: list[str] = []
    words = iter(options)
    for word in words:
        flag, equals, value = word.partition("=")
        if flag == "--no-cache":
            found.append("--no-cache")
            continue
        value = value if equals else next(words)
        if flag in ("-f", "--file"):
            dockerfile = next((p for p in (Path(value), Path(context) / value) if p.exists()), dockerfile)
        elif flag == "--add-host":
            hosts.append(value.replace(":", "=", 1))
        elif flag in _NAMED:
            name, equals, content = value.partition("=")
            if flag == "--build-arg" and not equals:
                if name not in environment:
                    continue
                content = environment[name]
            found += ["--opt", f"{_NAMED[flag]}:{name}={content}"]
        elif flag == "--build-context":
            found += _named_context(*value.split("=", 1))
        elif flag in _SAME:
            found += [flag, value]
        else:
            found += ["--opt", f"{_OPTIONS[flag]}={value}"]
    if hosts:
        found += ["--opt", f"add-hosts={','.join(hosts)}"]
    if Path(context).is_dir():
        found += ["--local", f"context={context}"]
    else:
        found += ["--opt", f"context={context}"]
    return [*found, "--local", f"dockerfile={dockerfile.parent}", "--opt", f"filename={dockerfile.name}"]


def _named_context(name: str, place: str) -> list[str]:
    if Path(place).is_dir():
        return ["--local", f"{name}={place}", "--opt", f"context:{name}=local:{name}"]
    return ["--opt", f"context:{name}={place}"]


@contextmanager
def running_buildkit(folder: Path, registry: str) -> Iterator[BuildkitBuilder]:
    """A daemon in a folder whose path is short enough for a socket; stopped by its process id."""
    for program in ("runc", "skopeo"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    config = folder / "buildkitd.toml"
    config.write_text(_CONFIG.format(host=registry))
    command = [
        *(os.environ["BUILDKITD"], "--config", str(config), "--root", f"{folder}/root", "--addr", f"unix://{folder}/s"),
        *("--oci-worker=true", "--containerd-worker=false", "--oci-worker-net", "host"),
        *("--allow-insecure-entitlement", "network.host", "--allow-insecure-entitlement", "security.insecure"),
    ]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, env=own_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    builder = BuildkitBuilder(folder=folder, registry=registry)
    try:
        _wait_for(builder, daemon)
        yield builder
    finally:
        daemon.terminate()
        daemon.wait(60)
        unmount_below(folder)


def _wait_for(builder: BuildkitBuilder, daemon: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if daemon.poll() is not None:
            break
        try:
            builder.call("debug", "workers")
        except BuildFailedError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"buildkitd does not start: {(builder.folder / 'log').read_text()[-2000:]}")
