"""Which packages are there for the program, and which only for the tools: by what packages say they require.

What ``apt-get purge --auto-remove`` would take along with the compilers, and whether anything but pip wants setuptools.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from jettison.analyze.dev_dependencies import development_packages
from jettison.analyze.extensions import wanted_packages
from jettison.analyze.kinds import Category
from jettison.analyze.need import Needs
from jettison.analyze.package_roles import PYTHON_TOOLS, PackageRoles, system_role
from jettison.model.tree import Tree
from jettison.packages.fields import first, paragraphs
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.packages.package import Catalog, Ecosystem, Package
from jettison.packages.purl import pypi_name

_NPM = ("npm", "yarnpkg")
_NODE_LIBRARY = "node-"
EXTENDED_STATES = "var/lib/apt/extended_states"
"""Where apt remembers which packages nobody asked for by name."""


def required_names(packages: Iterable[Package], tools: frozenset[str]) -> frozenset[str]:
    """Which of the Python tools another distribution requires, that is none of them; normalized names."""
    found: set[str] = set()
    for package in packages:
        if package.ecosystem is Ecosystem.PYPI and pypi_name(package.name) not in tools:
            found.update(tools.intersection(package.requires))
    return frozenset(found)


def automatic_names(extended_states: str) -> frozenset[str]:
    """The packages that apt installed for others."""
    return frozenset(
        first(fields, "package")
        for fields in paragraphs(extended_states)
        if first(fields, "auto-installed") == "1" and first(fields, "package")
    )


def only_for_tools(
    packages: Sequence[Package],
    automatic: frozenset[str],
    *,
    is_tool: Callable[[Package], bool],
    is_fixed: Callable[[Package], bool],
) -> frozenset[str]:
    """The Debian packages, tools apart, that go when the tools go.

    They came for others (``automatic``), and no package that stays asks for them. What the program uses and what lies
    in the base image stays in any case: ``is_fixed``.
    """
    if not automatic:
        return frozenset()
    installed = [package for package in packages if package.ecosystem is Ecosystem.DEB]
    providers = _providers(installed)
    may_go: dict[str, Package] = {}
    pending: list[Package] = []
    for package in installed:
        goes_with_tools = package.name in automatic or is_tool(package)
        if not goes_with_tools or is_fixed(package):
            pending.append(package)
        elif not is_tool(package):
            may_go[package.name] = package
    while pending:
        package = pending.pop()
        for name in (*package.requires, *package.recommends):
            for provider in providers.get(name, ()):
                stays = may_go.pop(provider, None)
                if stays is not None:
                    pending.append(stays)
    return frozenset(may_go)


def npm_parts(packages: Sequence[Package], automatic: frozenset[str]) -> frozenset[str]:
    """The node libraries of a distribution that came with its npm, as far as anybody noted who asked for them."""
    found = _closure(packages, _NPM, lambda package: (*package.requires, *package.recommends))
    libraries = {name for name in found if name.startswith(_NODE_LIBRARY)}
    return frozenset(libraries & automatic if automatic else libraries)


def needed_by_others(packages: Sequence[Package], goes: Callable[[Package], bool]) -> frozenset[str]:
    """The packages of a distribution that those which stay cannot do without: the compiler library of a renderer."""
    stays = frozenset(
        package.name
        for package in packages
        if package.ecosystem.is_system and package.files and not goes(package)  # apk's names for a group have none
    )
    return _closure(packages, stays, lambda package: package.requires) - stays


def _closure(
    packages: Iterable[Package], start: Collection[str], wanted: Callable[[Package], Iterable[str]]
) -> frozenset[str]:
    """The packages of a distribution that these lead to, themselves included."""
    installed = [package for package in packages if package.ecosystem.is_system]
    providers = _providers(installed)
    pending = [package for package in installed if package.name in start]
    found = {package.name for package in pending}
    by_name = {package.name: package for package in installed}
    while pending:
        for name in wanted(pending.pop()):
            for provider in providers.get(name, ()):
                if provider not in found:
                    found.add(provider)
                    pending.append(by_name[provider])
    return frozenset(found)


def roles_of(
    catalog: Catalog, tree: Tree, needs: Needs, read_at: ReadAt, *, base_layers: int, runs_nothing: bool = False
) -> PackageRoles:
    """What the packages of an image are for. Where the program ``runs_nothing``, the runtime of a language is for a
    build alone, as a compiler is.
    """

    def is_fixed(package: Package) -> bool:
        numbers = [tree.layer_numbers[path] for path in package.files]
        return not numbers or min(numbers) < base_layers or any(path in needs.reasons for path in package.files)

    automatic = automatic_names(ImageFiles(tree, read_at).text(EXTENDED_STATES) or "")
    of_npm = npm_parts(catalog.packages, automatic)

    def is_tool(package: Package) -> bool:
        kind, category = system_role(package.name)
        is_only_run = runs_nothing and category is Category.RUNTIME and not is_fixed(package)
        return kind is not None or package.name in of_npm or is_only_run

    left_over = only_for_tools(catalog.packages, automatic, is_tool=is_tool, is_fixed=is_fixed)
    wanted: frozenset[str] = frozenset()
    if left_over:
        wanted = wanted_packages(catalog.packages, tree, read_at)
        left_over = only_for_tools(
            catalog.packages, automatic, is_tool=is_tool, is_fixed=lambda each: each.name in wanted or is_fixed(each)
        )
    needed = wanted | needed_by_others(
        catalog.packages,
        lambda package: (package.name in left_over or is_tool(package)) and package.name not in wanted,
    )
    if runs_nothing:
        left_over |= {each.name for each in catalog.packages if each.ecosystem.is_system and is_tool(each)} - needed
    return PackageRoles(
        required=required_names(catalog.packages, PYTHON_TOOLS) | needed,
        left_over=left_over,
        development=development_packages(catalog.packages, tree, needs, read_at),
        of_npm=of_npm,
    )


def _providers(installed: Iterable[Package]) -> Mapping[str, Sequence[str]]:
    """What others may ask for -> the packages that answer to it."""
    found: dict[str, list[str]] = defaultdict(list)
    for package in installed:
        for name in (package.name, *package.provides):
            found[name].append(package.name)
    return found
