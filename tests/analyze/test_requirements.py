"""Packages that are there for tools only: told by what packages say they require."""

from __future__ import annotations

import pytest

from jettison.analyze.requirements import automatic_names, only_for_tools, required_names
from jettison.packages.package import Ecosystem, Package


def deb(name: str, *requires: str, provides: tuple[str, ...] = ()) -> Package:
    return Package(
        ecosystem=Ecosystem.DEB,
        name=name,
        version="1",
        purl="",
        source="",
        requires=requires,
        provides=provides,
        files=(f"usr/{name}",),
    )


def pypi(name: str, *requires: str) -> Package:
    return Package(ecosystem=Ecosystem.PYPI, name=name, version="1", purl="", source="", requires=requires)


AUTOMATIC = frozenset({"libgomp1", "libjs", "libz", "virtual-one"})
CASES: dict[str, tuple[list[Package], set[str]]] = {
    "required by a tool": ([deb("gcc", "libgomp1"), deb("libgomp1")], {"libgomp1"}),
    "required by what is required by a tool": (
        [deb("gcc", "libgomp1"), deb("libgomp1", "libz"), deb("libz")],
        {"libgomp1", "libz"},
    ),
    "required by a program as well": ([deb("gcc", "libz"), deb("curl", "libz"), deb("libz")], set()),
    "required by what a program requires": (
        [deb("curl", "libjs"), deb("libjs", "libz"), deb("libz"), deb("gcc", "libz")],
        set(),
    ),
    "asked for by name": ([deb("gcc", "libown"), deb("libown")], set()),
    "answers to another name": ([deb("curl", "mail-agent"), deb("virtual-one", provides=("mail-agent",))], set()),
    "used by the program": ([deb("gcc", "libused"), deb("libused", "libz"), deb("libz")], set()),
    "each requires the other": ([deb("gcc", "libz"), deb("libz", "libjs"), deb("libjs", "libz")], {"libz", "libjs"}),
    "of no use to anybody": ([deb("libz")], {"libz"}),
}


@pytest.mark.parametrize("case", CASES)
def test_packages_go_with_the_tools_that_asked_for_them(case: str) -> None:
    """As `apt-get purge --auto-remove` does: never what something asks for that stays."""
    packages, gone = CASES[case]
    found = only_for_tools(
        packages,
        AUTOMATIC | {"libused"},
        is_tool=lambda package: package.name == "gcc",
        is_fixed=lambda package: package.name == "libused",
    )
    assert found == gone


def test_nothing_goes_where_apt_remembers_nothing() -> None:
    """Without its notes nobody knows what was asked for by name."""
    packages = [deb("gcc", "libz"), deb("libz")]
    found = only_for_tools(
        packages, frozenset(), is_tool=lambda package: package.name == "gcc", is_fixed=lambda package: False
    )
    assert found == frozenset()


def test_what_apt_remembers() -> None:
    """Its file of extended states; packages that are marked as asked for are not in the answer."""
    text = "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: b\nAuto-Installed: 0\n\nAuto-Installed: 1\n"
    assert automatic_names(text) == {"a"}


def test_setuptools_stays_where_another_distribution_wants_it() -> None:
    """Tools that want each other are no reason."""
    tools = frozenset({"pip", "setuptools", "wheel"})
    assert required_names([pypi("pip", "setuptools"), pypi("flask", "werkzeug")], tools) == frozenset()
    assert required_names([pypi("old", "setuptools", "six")], tools) == {"setuptools"}
