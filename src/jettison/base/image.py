"""What building a base image takes and gives: a workspace and perhaps a parent in, a config and finished layers out."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from jettison.base.recipe import Recipe
from jettison.errors import IntegrityError
from jettison.frozen import dataclass, replace
from jettison.layer.index import LayerIndex
from jettison.layer.merge import apply_layer, merge_layers
from jettison.model.config import HistoryEntry, ImageConfig, RunConfig
from jettison.model.entry import EntryType
from jettison.model.platform import Platform
from jettison.model.tree import Tree

Report = Callable[[str], None]
"""Told what is being done, one line each, ready to print."""

_MAX_READ_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Folders handed in. ``folder`` is private to one build and removed by the caller; ``cache`` is shared and kept."""

    folder: Path
    cache: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The image that ``--on`` names."""

    config: ImageConfig
    tree: Tree
    folders: tuple[Path, ...]
    """The unpacked layers in overlayfs' form, lowest first; ``tree.layer_numbers`` counts them."""

    def read(self, path: str) -> bytes | None:
        """The content of a file of the image, symbolic links followed inside it; None where there is none."""
        resolved = self.tree.resolve(path)
        entry = self.tree.get(resolved)
        if entry is None or entry.type not in (EntryType.FILE, EntryType.HARDLINK):
            return None
        if entry.size > _MAX_READ_BYTES:
            raise IntegrityError(f"/{resolved} of the base image has {entry.size} bytes, too many to be read")
        return _read_beneath(self.folders[self.tree.layer_numbers[resolved]], resolved)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedLayer:
    """A new layer: its index, and its uncompressed tar as a file of the workspace, which the caller may move away."""

    index: LayerIndex
    tar: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """A base image: its whole config, and the layers that were made, which lie on top of the parent's."""

    config: ImageConfig
    layers: tuple[FinishedLayer, ...]


def make_config(
    recipe: Recipe,
    *,
    start: ImageConfig,
    defaults: RunConfig,
    layers: tuple[tuple[FinishedLayer, str], ...],
    epoch: int,
) -> ImageConfig:
    """``start`` with the layers and what the recipe says; ``defaults`` count where neither says anything.

    Every layer comes with the text that its history shows.
    """
    created = datetime.datetime.fromtimestamp(epoch, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    base = start.run if start.diff_ids or start.history else defaults
    env = base.environment() | dict(recipe.env)
    labels = dict(base.labels) | dict(recipe.labels)
    entrypoint = base.entrypoint if recipe.entrypoint is None else recipe.entrypoint
    # A new entry point makes the old arguments meaningless, as in a Dockerfile.
    cmd = base.cmd if recipe.entrypoint is None else None
    run = replace(
        base,
        env=tuple(env.items()),
        labels=tuple(sorted(labels.items())),
        user=base.user if recipe.user is None else recipe.user,
        working_dir=base.working_dir if recipe.workdir is None else recipe.workdir,
        entrypoint=entrypoint,
        cmd=cmd if recipe.cmd is None else recipe.cmd,
    )
    history = tuple(HistoryEntry(created=created, created_by=text) for _, text in layers)
    return replace(
        start,
        created=created if layers or start.created is None else start.created,
        run=run,
        diff_ids=start.diff_ids + tuple(layer.index.diff_id for layer, _ in layers),
        history=start.history + history,
    )


def start_config(parent: Parent | None, architecture: str) -> ImageConfig:
    """The config that a build starts from; ``architecture`` is Debian's name."""
    if parent is not None:
        return parent.config
    return ImageConfig(platform=Platform.normal(os="linux", architecture=architecture))


def stack(parent: Parent | None, *layers: FinishedLayer) -> Tree:
    """The files of the image once the layers are on top of its parent."""
    tree = parent.tree if parent else merge_layers([])
    for number, layer in enumerate(layers, len(parent.folders) if parent else 0):
        tree = apply_layer(tree, layer.index.entries, number)
    return tree


def choose_epoch(recipe: Recipe, parent: Parent | None, build_times: Iterable[int]) -> int:
    """The time that nothing in the new layers exceeds: the recipe's, the newest package's, or the parent's."""
    if recipe.source_date_epoch is not None:
        return recipe.source_date_epoch
    newest = max(build_times, default=None)
    if newest is not None:
        return newest
    if parent is not None and parent.config.created:
        try:
            return max(0, int(datetime.datetime.fromisoformat(parent.config.created).timestamp()))
        except ValueError:
            return 0
    return 0


def describe(recipe: Recipe) -> str:
    """What the history of the layer says: how it was made."""
    on = f" --on {recipe.on}" if recipe.on else ""
    return f"jettison base --mode {recipe.mode}{on}" + "".join(f" --package {name}" for name in recipe.packages)


def _read_beneath(folder: Path, path: str) -> bytes:
    """Read a file below ``folder`` without following any link: the layer comes from outside."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        *parents, name = os.fsencode(path).split(b"/")
        for parent in parents:
            inner = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=descriptor), "rb") as file:
            return file.read(_MAX_READ_BYTES)
    finally:
        os.close(descriptor)
