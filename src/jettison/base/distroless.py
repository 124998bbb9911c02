"""Distroless images: the closure of the named packages, unpacked by us; nothing of them is executed (docs/base.md)."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from jettison.base.apt import Apt, Download, host_architecture
from jettison.base.assembly import Assembly
from jettison.base.bundle import make_bundle_layer, read_bundle
from jettison.base.certificates import MOZILLA_FOLDER, STORE_PATH, join_store
from jettison.base.closure import closure
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
from jettison.base.installed import STATUS_FOLDER, Installed, read_installed
from jettison.base.recipe import Recipe
from jettison.base.skeleton import BASE_PACKAGES, NONROOT_ID, skeleton_entries
from jettison.base.sources import resolve_sources
from jettison.base.unpacked import Unpacked, unpack_all
from jettison.errors import BuildError
from jettison.model.config import RunConfig

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_DEFAULTS = RunConfig(
    user=str(NONROOT_ID),
    env=(("PATH", PATH), ("SSL_CERT_FILE", "/" + STORE_PATH)),
    working_dir="/home/nonroot",
)


def make_distroless(
    recipe: Recipe, *, workspace: Workspace, parent: Parent | None = None, report: Report = lambda _: None
) -> BaseImage:
    """Build a distroless image; needs neither root nor a sandbox. Equal packages and recipes give equal layers."""
    bundle = read_bundle(recipe.ca_bundle) if recipe.ca_bundle else None
    installed = read_installed(parent)
    architecture = host_architecture()
    wanted = (*(BASE_PACKAGES if parent is None else ()), *recipe.packages)
    apt = Apt(
        folder=workspace.folder / "apt",
        cache=workspace.cache,
        sources=resolve_sources(recipe.mirrors, recipe.suite or installed.suite),
        architecture=architecture,
        status=installed.status,
    )
    debs = _fetch(apt, wanted, installed, recipe, report) if wanted else ()
    report(f"unpacking {len(debs)} packages")
    spools = workspace.folder / "spools"
    spools.mkdir()
    packages = unpack_all(debs, spools)
    epoch = choose_epoch(recipe, parent, (unpacked.build_time for unpacked in packages))
    assembly = _assemble(recipe, packages, parent, architecture)
    layers: list[tuple[FinishedLayer, str]] = []
    if packages or recipe.files or recipe.links:
        report("writing the layer")
        layers.append((assembly.write(workspace.folder / "layer.tar", epoch), describe(recipe)))
    shutil.rmtree(spools)
    if bundle is not None:
        store = assembly.content(STORE_PATH) or (parent.read(STORE_PATH) if parent else None)
        tree = stack(parent, *(layer for layer, _ in layers))
        layer = make_bundle_layer(bundle, store, tar=workspace.folder / "bundle.tar", epoch=epoch, below=tree)
        if layer is not None:
            layers.append((layer, f"jettison base --ca-bundle {recipe.ca_bundle}"))
    config = make_config(
        recipe, start=start_config(parent, architecture), defaults=_DEFAULTS, layers=tuple(layers), epoch=epoch
    )
    return BaseImage(config=config, layers=tuple(layer for layer, _ in layers))


def _fetch(apt: Apt, wanted: Sequence[str], installed: Installed, recipe: Recipe, report: Report) -> Sequence[Path]:
    """The package files of the layer, in the order of their names."""
    report("reading the package lists")
    apt.update()
    downloads = {item.package.name: item for item in apt.solve(wanted)}
    roots = [name.partition("=")[0] for name in wanted]
    # What apt would replace counts as missing, so that a package that is too old turns up in the closure. apt also
    # names packages of the same version, since the status it is given tells of no dependencies.
    versions = dict(installed.versions)
    replaced = {name for name, item in downloads.items() if versions.get(name) != item.package.version}
    packages, cut = closure((item.package for item in downloads.values()), roots, installed.names - replaced)
    for package, dependency in cut:
        report(f"left out {dependency}, which only the installation of {package} needs")
    chosen = [downloads[package.name] for package in packages]
    _refuse_upgrades(chosen, installed, recipe)
    report(f"fetching {len(chosen)} packages")
    return apt.fetch(chosen)


def _refuse_upgrades(chosen: Sequence[Download], installed: Installed, recipe: Recipe) -> None:
    versions = dict(installed.versions)
    for item in chosen:
        package = item.package
        if package.name in versions:
            raise BuildError(
                f"{package.name} {package.version} is needed, but {recipe.on} holds {versions[package.name]}",
                hint=f"rebuild {recipe.on} from the same package lists",
            )


def _assemble(recipe: Recipe, packages: Sequence[Unpacked], parent: Parent | None, architecture: str) -> Assembly:
    """Settle what is where. Generated files never displace a package's; the recipe's own files displace both."""
    assembly = Assembly(parent.tree if parent else None)
    for unpacked in packages:
        kept = assembly.add_package(unpacked)
        name = f"{STATUS_FOLDER}/{unpacked.package.name}"
        assembly.put_file(name, unpacked.control.encode())
        assembly.put_file(f"{name}.md5sums", _kept_sums(unpacked.md5sums, kept).encode())
    certificates = {path: assembly.content(path) or b"" for path in assembly.files_below(MOZILLA_FOLDER)}
    if certificates:
        assembly.put_file(STORE_PATH, join_store(certificates))
    if parent is None:
        for entry, content in skeleton_entries(architecture).items():
            assembly.put(entry, content)
    assembly.put_own(recipe)
    return assembly


def _kept_sums(md5sums: str, kept: frozenset[str]) -> str:
    """The lines of a package's md5sums whose files are in the image."""
    return "".join(line + "\n" for line in md5sums.splitlines() if line.partition("  ")[2] in kept)
