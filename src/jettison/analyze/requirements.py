"""Which packages are there for the program, and which only for the tools: by what packages say they require.

What ``apt-get purge --auto-remove`` would take along with the compilers, and whether anything but pip wants setuptools.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from jettison.analyze.dev_dependencies import development_packages
from jettison.analyze.kinds import Category
from jettison.analyze.need import Needs
from jettison.analyze.package_roles import PYTHON_TOOLS, PackageRoles, system_role
from jettison.model.tree import Tree
from jettison.packages.fields import first, paragraphs
from jettison.packages.image_files import ImageFiles, ReadAt
from jettison.packages.package import Catalog, Ecosystem, Package
from jettison.packages.purl import pypi_name

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
        for name in pending.pop().requires:
            for provider in providers.get(name, ()):
                stays = may_go.pop(provider, None)
                if stays is not None:
                    pending.append(stays)
    return frozenset(may_go)


def roles_of(
    catalog: Catalog, tree: Tree, needs: Needs, read_at: ReadAt, *, base_layers: int, runs_nothing: bool = False
) -> PackageRoles:
    """What the packages of an image are for. Where the program ``runs_nothing``, the runtime of a language is for a
    build alone, as a compiler is.
    """

    def is_fixed(package: Package) -> bool:
        numbers = [tree.layer_numbers[path] for path in package.files]
        return not numbers or min(numbers) < base_layers or any(path in needs.reasons for path in package.files)

    def is_tool(package: Package) -> bool:
        kind, category = system_role(package.name)
        return kind is not None or (runs_nothing and category is Category.RUNTIME and not is_fixed(package))

    states = ImageFiles(tree, read_at).text(EXTENDED_STATES) or ""
    left_over = only_for_tools(
        catalog.packages,
        automatic_names(states),
        is_tool=is_tool,
        is_fixed=is_fixed,
    )
    if runs_nothing:
        left_over |= {each.name for each in catalog.packages if each.ecosystem.is_system and is_tool(each)}
    development = development_packages(catalog.packages, tree, needs, read_at)
    return PackageRoles(required_names(catalog.packages, PYTHON_TOOLS), left_over, development)


def _providers(installed: Iterable[Package]) -> Mapping[str, Sequence[str]]:
    """What others may ask for -> the packages that answer to it."""
    found: dict[str, list[str]] = defaultdict(list)
    for package in installed:
        for name in (package.name, *package.provides):
            found[name].append(package.name)
    return found
