"""How directories look from outside: packed by GNU tar, also through a real overlay mount in a namespace of its
own."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.layer.archives import write_layer
from tests.layer.strategies import Item

from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.merge import merge_layers
from jettison.model.tree import Tree

OVERLAY_OPTIONS = "redirect_dir=off,metacopy=off,index=off"
_MOUNT = (  # mount(8) would make loop devices
    "import sys; from jettison.sandbox.launcher.syscalls import *; "
    'mount(sys.argv[1], sys.argv[2], "erofs", MS_RDONLY, "device=" + sys.argv[3])'
)
_TAR = "tar --format=posix --xattrs --xattrs-include='*' --xattrs-exclude='*.overlay.*' --sort=name -cf - -C"


def tree_of_directory(directory: Path) -> Tree:
    """What GNU tar finds in a directory."""
    return _read(_run(f"{_TAR} '{directory}' ."))


def tree_of_overlay(layers: Sequence[Path], work_area: Path) -> Tree:
    """What GNU tar finds in the overlay mount of ``layers``, the lowest first."""
    return _read(run_in_overlay(layers, work_area, f"{_TAR} merged ."))


def run_in_overlay(layers: Sequence[Path], work_area: Path, script: str, *, upper: Path | None = None) -> bytes:
    """Run a shell script beside the directory ``merged``, where the layers are mounted with ``upper`` on top."""
    names = []
    for number, layer in enumerate(layers):
        link = work_area / f"l{number}"
        if not link.is_symlink():
            link.symlink_to(layer)
        names.append(link.name)
    for name in ("merged", "work", "no-upper", "empty"):
        (work_area / name).mkdir(exist_ok=True)
    top = upper or work_area / "no-upper"
    lower = ":".join([*reversed(names), "empty"])
    mount = f"mount -t overlay overlay -o lowerdir={lower},upperdir={top},workdir=work,{OVERLAY_OPTIONS} merged"
    return _run(f"{mount} && {{ {script}\n}}", private=True, directory=work_area)


def run_in_mounts(layers: Sequence[tuple[Path, Path]], work_area: Path, script: str) -> bytes:
    """Like :func:`run_in_overlay`, of layers that are images with their tars, mounted as ``m0``, ``m1``, …"""
    for name in ("merged", "work", "no-upper", "empty"):
        (work_area / name).mkdir(exist_ok=True)
    mounts = []
    for number, (image, tar) in enumerate(layers):
        (work_area / f"m{number}").mkdir(exist_ok=True)
        mounts.append(f"'{sys.executable}' -c '{_MOUNT}' '{image}' m{number} '{tar}'")
    lower = ":".join([*(f"m{number}" for number in reversed(range(len(layers)))), "empty"])
    options = f"lowerdir={lower},upperdir=no-upper,workdir=work,{OVERLAY_OPTIONS},xino=on"
    mounts.append(f"mount -t overlay overlay -o {options} merged")
    return _run(f"{' && '.join(mounts)} && {{ {script}\n}}", private=True, directory=work_area)


def tree_of_mounts(layers: Sequence[tuple[Path, Path]], work_area: Path) -> Tree:
    """What GNU tar finds in the overlay mount of images."""
    return _read(run_in_mounts(layers, work_area, f"{_TAR} merged ."))


def _run(script: str, *, private: bool = False, directory: Path | None = None) -> bytes:
    command = ["sh", "-ec", script]
    if private:
        command = ["unshare", "--mount", "--propagation", "private", *command]
    done = subprocess.run(command, cwd=directory, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _read(tar: bytes) -> Tree:
    return merge_layers([index_layer(io.BytesIO(tar))])


def layer_stream(*items: Item) -> tuple[io.BytesIO, LayerIndex]:
    """A layer's tar as a stream, and its index."""
    tar, index = write_layer(*items)
    return io.BytesIO(tar), index
