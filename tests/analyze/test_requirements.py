"""Packages that are there for tools only: told by what packages say they require."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.analyze.support import file, holding, program, symlink, weight_of

from jettison.analyze.requirements import automatic_names, only_for_tools, required_names
from jettison.model.config import RunConfig
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


VENV = "opt/venv/lib/python3.11/site-packages"


@pytest.mark.parametrize(("required", "saved"), [("", 3000), ("Requires-Dist: setuptools", 1000)])
def test_pip_in_the_environment_of_the_program_is_ballast(required: str, saved: int) -> None:
    """With its compiled twins; setuptools only where no distribution requires it. The program's own twins are not."""
    contents = {
        "opt/venv/pyvenv.cfg": b"home = /usr/bin\n",
        "opt/venv/bin/tool": b"#!/opt/venv/bin/python\n",
        f"{VENV}/tool-1.dist-info/METADATA": f"Name: tool\nVersion: 1\n{required}\n".encode(),
    }
    for name in ("pip", "setuptools"):
        contents[f"{VENV}/{name}-1.dist-info/METADATA"] = f"Name: {name}\nVersion: 1\n".encode()
        record = f"{name}/__init__.py,,\n{name}/__pycache__/__init__.cpython-311.pyc,,\n"
        contents[f"{VENV}/{name}-1.dist-info/RECORD"] = record.encode()
    entries = [holding(path, data, mode=0o755) for path, data in contents.items()]
    entries += [
        program("usr/bin/python3.11", 100),
        symlink("opt/venv/bin/python", "/usr/bin/python3.11"),
        file(f"{VENV}/tool.py", 50),
        file(f"{VENV}/__pycache__/tool.cpython-311.pyc", 60),
    ]
    for name, size in (("pip", 900), ("setuptools", 1800)):
        entries.append(file(f"{VENV}/{name}/__init__.py", size))
        entries.append(file(f"{VENV}/{name}/__pycache__/__init__.cpython-311.pyc", size // 9))
    run = RunConfig(cmd=("tool",), env=(("PATH", "/opt/venv/bin"),))
    weight = weight_of(entries, contents=contents, run=run)
    told = sum(len(contents[f"{VENV}/{name}-1.dist-info/METADATA"]) for name in ("pip", "setuptools")[: saved // 1000])
    assert {finding.kind: finding.saves_bytes for finding in weight.findings} == {"python-tools": saved + told}


def test_what_came_with_a_compiler_goes_with_it() -> None:
    """As apt would remove it: what another package of the image asks for stays."""
    contents = {
        "var/lib/apt/extended_states": b"".join(
            b"Package: %s\nAuto-Installed: 1\n\n" % name for name in (b"libgomp1", b"libcurl4")
        ),
        "var/lib/dpkg/status": b"".join(
            b"Package: %s\nStatus: install ok installed\nVersion: 1\nDepends: %s\n\n" % pair
            for pair in ((b"gcc", b"libgomp1"), (b"curl", b"libcurl4"), (b"libgomp1", b""), (b"libcurl4", b""))
        ),
    }
    names = ("gcc", "curl", "libgomp1", "libcurl4")
    contents |= {f"var/lib/dpkg/info/{name}.list": f"/usr/lib/{name}\n".encode() for name in names}
    entries = [*(holding(path, data) for path, data in contents.items()), file("srv/app", 1)]
    weight = weight_of([*entries, *(file(f"usr/lib/{name}", 1000) for name in names)], contents=contents)
    assert {finding.kind: finding.saves_bytes for finding in weight.findings} == {
        "c-tools": 1000 + len(contents["var/lib/dpkg/info/gcc.list"]),
        "unused-packages": 1000 + len(contents["var/lib/dpkg/info/libgomp1.list"]),
    }


@pytest.mark.parametrize(
    ("place", "is_wanted"),
    [
        ("usr/local/lib/php/extensions/no-debug-non-zts-20220829/pgsql.so", True),
        ("app/node_modules/x/build/Release/x.node", True),
        ("srv/plugins/libx.so.2", True),
        ("srv/helper", True),
        ("usr/lib/gcc", False),
        ("root/.cache/x/y.so", False),
    ],
)
def test_what_an_extension_is_linked_with_does_not_go_with_the_compiler(place: str, is_wanted: bool) -> None:
    """Nothing tells that it is loaded; what the compiler itself is linked with is no reason, nor what lies in a cache."""
    library = Path("/bin/ls").read_bytes()
    (name,) = {name.decode() for name in re.findall(rb"libselinux\.so\.\d", library)}
    contents = {
        "var/lib/apt/extended_states": b"Package: libselinux1\nAuto-Installed: 1\n\n",
        "var/lib/dpkg/status": b"".join(
            b"Package: %s\nStatus: install ok installed\nVersion: 1\nDepends: %s\n\n" % pair
            for pair in ((b"gcc", b"libselinux1"), (b"libselinux1", b""))
        ),
        "var/lib/dpkg/info/gcc.list": b"/usr/lib/gcc\n",
        "var/lib/dpkg/info/libselinux1.list": f"/usr/lib/{name}\n".encode(),
        place: library,
    }
    entries = [holding(path, data, mode=0o755) for path, data in contents.items()]
    weight = weight_of([*entries, file(f"usr/lib/{name}", 1000), file("srv/app", 1)], contents=contents)
    assert ("unused-packages" not in {finding.kind for finding in weight.findings}) == is_wanted
