"""Slim images: apt and a shell, from nothing or as one more layer on a slim image (docs/base.md)."""

from __future__ import annotations

from pathlib import Path

from jettison.base.apt import Apt, host_architecture
from jettison.base.assembly import Assembly
from jettison.base.bootstrap import MINIMAL_PACKAGES, bootstrap, check_bootstrap
from jettison.base.bundle import make_bundle_layer, read_bundle
from jettison.base.certificates import STORE_PATH
from jettison.base.extension import extend
from jettison.base.image import (
    BaseImage,
    FinishedLayer,
    Parent,
    Report,
    Workspace,
    choose_epoch,
    describe,
    make_config,
    stack,
    start_config,
)
from jettison.base.installed import STATUS_PATH, read_installed
from jettison.base.namespace import check_root
from jettison.base.recipe import Recipe
from jettison.base.sources import resolve_sources
from jettison.base.tidy import tidy
from jettison.base.unpacked import read_build_time
from jettison.errors import BuildError
from jettison.model.config import RunConfig
from jettison.rootfs.pack import pack_directory, pack_upper

_DEFAULTS = RunConfig(env=(("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),), cmd=("bash",))


def make_slim(
    recipe: Recipe, *, workspace: Workspace, parent: Parent | None = None, report: Report = lambda _: None
) -> BaseImage:
    """Build a slim image, or one layer of packages on ``parent``; needs root. Equal packages give equal layers."""
    if parent is None:
        check_bootstrap()
    else:
        check_root("slim images")
    bundle = read_bundle(recipe.ca_bundle) if recipe.ca_bundle else None
    installed = read_installed(parent)
    architecture = host_architecture()
    names = recipe.packages
    apt = Apt(
        folder=workspace.folder / "apt",
        cache=workspace.cache,
        sources=resolve_sources(recipe.mirrors, recipe.suite or installed.suite),
        architecture=architecture,
        status=_status(parent, recipe),
    )
    report("reading the package lists")
    apt.update()
    downloads = apt.solve(names if parent else (*MINIMAL_PACKAGES, *names)) if names or parent is None else ()
    report(f"fetching {len(downloads)} packages")
    debs = apt.fetch(downloads)
    epoch = choose_epoch(recipe, parent, map(read_build_time, debs))
    start = start_config(parent, architecture)
    layers: list[tuple[FinishedLayer, str]] = []
    if parent is None or downloads:
        report(f"installing {len(downloads)} packages")
        packages = list(zip(downloads, debs, strict=True))
        if parent is None:
            root = bootstrap(apt, packages, names, epoch=epoch, folder=workspace.folder)
        else:
            root = extend(apt, packages, names, parent=parent, epoch=epoch, folder=workspace.folder)
        tidy(root, epoch)
        report("writing the layer")
        layers.append((_pack(root, workspace.folder / "layer.tar", parent), describe(recipe)))
        folders = (*parent.folders, root) if parent else (root,)
        built = Parent(config=start, tree=stack(parent, layers[0][0]), folders=folders)
    else:
        built = parent
    if recipe.files or recipe.links:
        assembly = Assembly(built.tree)
        assembly.put_own(recipe)
        layers.append((assembly.write(workspace.folder / "files.tar", epoch), "jettison base: files of the recipe"))
    if bundle is not None:
        layer = make_bundle_layer(
            bundle,
            built.read(STORE_PATH),
            tar=workspace.folder / "bundle.tar",
            epoch=epoch,
            below=built.tree,
            updatable=True,
        )
        if layer is not None:
            layers.append((layer, f"jettison base --ca-bundle {recipe.ca_bundle}"))
    config = make_config(recipe, start=start, defaults=_DEFAULTS, layers=tuple(layers), epoch=epoch)
    return BaseImage(config=config, layers=tuple(layer for layer, _ in layers))


def _pack(root: Path, tar: Path, parent: Parent | None) -> FinishedLayer:
    with tar.open("xb") as out:
        index = pack_upper(root, out.write, lower=parent.tree) if parent else pack_directory(root, out.write)
    return FinishedLayer(index=index, tar=tar)


def _status(parent: Parent | None, recipe: Recipe) -> str:
    """What dpkg of the parent says is installed."""
    if parent is None:
        return ""
    status = parent.read(STATUS_PATH)
    if not status:
        raise BuildError(
            f"{recipe.on} has no /{STATUS_PATH}: packages can only be installed over an image that has dpkg",
            hint="build on a slim image, or choose --mode distroless",
        )
    return status.decode("utf-8", "replace")
