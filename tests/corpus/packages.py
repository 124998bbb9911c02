"""Packages that ship Dockerfiles or systems, how their files are had by the ordinary clients, and what is wrong with which of
the Dockerfiles.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

DEBIAN = (
    *("containerd", "docker.io", "etcd", "frr", "golang-github-containers-buildah", "grpc", "libpod", "prometheus"),
    *("protobuf", "skopeo"),
)
"""Source packages."""

NPM = (
    "@devcontainers/cli@0.89.0",
    "dockerfilelint@1.8.0",
    "dockerlinter@1.2.2",
    "dockerlint@0.3.9",
)

REFUSED: Mapping[str, str] = {
    "add-chmod/Dockerfile.bad": "missing a value on flag: --chmod",
    "add-chown/Dockerfile.bad": "missing a value on flag: --chown",
    "base-with-arg/Containerfile": "invalid name for build stage: 'platform-arm/v7'",
    "buildkit-mount/Dockerfile": "invalid field 'z'",
    "copy-chmod/Dockerfile.bad": "missing a value on flag: --chmod",
    "copy-chown/Dockerfile.bad": "missing a value on flag: --chown",
    "copy-from/Dockerfile.bad": "missing a value on flag: --from",
    "copy-multistage-paths/Dockerfile.invalid_from": "missing a value on flag: --from",
    "examples/Dockerfile.misc": "no build stage in current context",
    "examples/Dockerfile.shell.fail": "SHELL requires the arguments to be in JSON form",
    "files/dockerfile.node.invalid_first_line": "unknown instruction: FROOM",
    "files/dockerfile.node.invalid_line": "unknown instruction: COOPY",
    "files/dockerfile.node.missing_escape": "unknown instruction: &&",
    "from-with-arg/Containerfile": "base name (${base}) should not be blank",
    "multiarch/Dockerfile.fail-multistage": "base name ($SAFEIMAGE) should not be blank",
    "release/Dockerfile": "invalid reference 'golang:'",
    "testdata/Dockerfile.env": "the single quote is not closed",
    "transientmount/Dockerfile.env": "the single quote is not closed",
    "unrecognized/Dockerfile": "unknown instruction: BOGUS",
    "volume-copy-up/Dockerfile": "base name ($BASE) should not be blank",
}
"""The end of a path -> what is wrong there. BuildKit refuses each of them for the same reason."""

_NAME = re.compile(r"(^|/)([^/]*\.)?(dockerfile|containerfile)([.-][^/]*)?$", re.IGNORECASE)
_OTHER = re.compile(
    r"\.(go|py|js|ts|md|in|tmpl|template|j2|sh|yml|yaml|json|txt|html|patch|map|vim|include|tmPreferences|tmLanguage|nanorc|dockerignore)$",
    re.IGNORECASE,
)


class NotHereError(Exception):
    """A package cannot be had on this machine; says why."""


def debian_sources(name: str, folder: Path) -> list[Path]:
    """The upstream archives of a source package, by apt with lists of its own; raises :class:`NotHereError`."""
    lists = Path("/etc/apt/sources.list.d")
    if shutil.which("apt-get") is None or not lists.is_dir():
        raise NotHereError("there is no apt here")
    shared = folder.parent / "apt"
    options = [
        f"-oDir::Etc::SourceList={shared}/none",
        f"-oDir::Etc::SourceParts={shared}/parts",
        f"-oDir::State::Lists={shared}/lists",
    ]
    if not (shared / "parts").exists():
        for made in ("parts", "lists/partial"):
            (shared / made).mkdir(parents=True)
        for path in lists.glob("*.sources"):
            text = re.sub(r"^Types:.*$", "Types: deb-src", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
            (shared / "parts" / path.name).write_text(text, encoding="utf-8")
        _run(["apt-get", *options, "update", "-q"], folder)
    _run(["apt-get", *options, "source", "--download-only", "-q", name], folder)
    return sorted(path for path in folder.glob("*.orig*.tar.*") if path.suffix != ".asc")


def npm_package(name: str, folder: Path) -> list[Path]:
    """The archive of a package, by npm; raises :class:`NotHereError`."""
    if shutil.which("npm") is None:
        raise NotHereError("there is no npm here")
    _run(["npm", "pack", "--silent", name], folder)
    return sorted(folder.glob("*.tgz"))


def pypi_wheel(requirement: str, folder: Path) -> Path:
    """The wheel of a package, by pip; raises :class:`NotHereError`."""
    _run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", requirement], folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def dockerfiles(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Path and content of everything in an archive that is named like a Dockerfile."""
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and _NAME.search(member.name) and not _OTHER.search(member.name):
                content = tar.extractfile(member)
                assert content is not None
                yield member.name, content.read()


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise NotHereError(f"{command[0]} cannot have it: {done.stderr.strip()[-200:]}")
