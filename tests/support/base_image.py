"""A tiny base image for builds in tests: static busybox and a few files, packed with the standard library alone."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWD = """\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
sailor:x:1000:1001:A sailor:/home/sailor:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
"""

GROUP = """\
root:x:0:
daemon:x:1:
crew:x:1001:sailor
harbour:x:2000:sailor
nogroup:x:65534:
"""

FILES = {
    "etc/passwd": PASSWD,
    "etc/group": GROUP,
    "etc/os-release": 'ID=busybox\nPRETTY_NAME="busybox for tests"\n',
    "etc/motd": "be well\n",
}

FOLDERS = {
    **dict.fromkeys(("bin", "dev", "etc", "home", "proc", "run", "sys", "usr", "usr/bin", "usr/lib", "var"), 0o755),
    "root": 0o700,
    "tmp": 0o1777,
}

LINKS = {"lib": "usr/lib", "var/run": "/run"}
"""A relative and an absolute link to a folder, to be followed by builders."""

PATH = "PATH=/usr/bin:/bin"
TRIGGERS = ["COPY app.txt /triggered/", "RUN echo triggered > /triggered/run", "ENV TRIGGERED=yes"]
MTIME = 1_000_000_000


def find_busybox() -> Path | None:
    """The static busybox of this machine, if it has one."""
    found = shutil.which("busybox", path="/bin:/usr/bin:/usr/local/bin")
    if found is None:
        return None
    path = Path(found).resolve()
    linked = subprocess.run(["ldd", str(path)], capture_output=True, text=True, check=False)
    return path if linked.returncode else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """What goes into an archive: one layer and the ``config`` of the image."""

    name: str
    layer: bytes
    run: Mapping[str, Any]


def busybox_layer(busybox: Path) -> bytes:
    """The tar of a root file system with every applet as a symbolic link."""
    applets = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True).stdout.split()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as layer:
        for path, mode in sorted(FOLDERS.items()):
            _add(layer, path, mode, type=tarfile.DIRTYPE)
        _add(layer, "home/sailor", 0o755, type=tarfile.DIRTYPE, uid=1000, gid=1001)
        for path, target in sorted(LINKS.items()):
            _add(layer, path, 0o777, type=tarfile.SYMTYPE, linkname=target)
        for path, text in sorted(FILES.items()):
            _add(layer, path, 0o644, text.encode())
        _add(layer, "bin/busybox", 0o755, busybox.read_bytes())
        for applet in sorted(set(applets) - {"busybox"}):
            _add(layer, f"bin/{applet}", 0o777, type=tarfile.SYMTYPE, linkname="busybox")
    return buffer.getvalue()


def write_archive(path: Path, image: BaseImage) -> None:
    """A docker archive of the image."""
    diff_id = hashlib.sha256(image.layer).hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "created": "2001-09-09T01:46:40Z",
        "config": dict(image.run),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
        "history": [{"created": "2001-09-09T01:46:40Z", "created_by": "busybox for tests"}],
    }
    data = json.dumps(config).encode()
    config_name = f"{hashlib.sha256(data).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [image.name], "Layers": [f"{diff_id}.tar"]}]
    with tarfile.open(path, "w") as archive:
        _add(archive, f"{diff_id}.tar", 0o644, image.layer)
        _add(archive, config_name, 0o644, data)
        _add(archive, "manifest.json", 0o644, json.dumps(manifest).encode())


def write_bases(folder: Path, busybox: Path) -> tuple[Path, ...]:
    """Docker archives of ``busybox:test`` and of ``onbuild:test``, which has triggers."""
    layer = busybox_layer(busybox)
    run = {"Env": [PATH], "Cmd": ["sh"]}
    images = {
        folder / "busybox.tar": BaseImage(name="busybox:test", layer=layer, run=run),
        folder / "onbuild.tar": BaseImage(name="onbuild:test", layer=layer, run={**run, "OnBuild": TRIGGERS}),
    }
    for path, image in images.items():
        write_archive(path, image)
    return tuple(images)


def _add(archive: tarfile.TarFile, path: str, mode: int, content: bytes = b"", **fields: Any) -> None:
    member = tarfile.TarInfo(path)
    member.mode = mode
    member.mtime = MTIME
    member.size = len(content)
    for key, value in fields.items():
        setattr(member, key, value)
    archive.addfile(member, io.BytesIO(content))
