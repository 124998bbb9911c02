"""What a distribution's package is for, by its name: data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from jettison.analyze.kinds import Category
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import pypi_name

_TOOLS: Mapping[str, tuple[str, ...]] = {
    "go-tools": ("golang", "golang-*", "go", "go-*", "gccgo*"),
    "rust-tools": ("rustc", "cargo", "rust", "rust-*", "libstd-rust-*", "rustup"),
    "java-tools": ("openjdk-*-jdk*", "java-*-openjdk-devel", "openjdk*-jdk*", "maven", "gradle", "ant", "default-jdk*"),
    "node-tools": ("npm", "node-*", "corepack", "yarnpkg"),
    "python-tools": (
        "python3-pip",
        "python3-pip-whl",
        "python3-setuptools*",
        "python3-wheel*",
        "python3-dev",
        "python3.*-dev",
        "libpython3*-dev",
        "python3-distutils",
        "python3-lib2to3",
        "python3-venv",
        "python3.*-venv",
        "py3-pip",
        "py3-setuptools",
    ),
    "version-control-tools": ("git", "git-*", "mercurial*", "subversion", "liberror-perl"),
    "c-tools": (
        "gcc",
        "gcc-[0-9]*",
        "gcc-c++",
        "g++",
        "g++-*",
        "cpp",
        "cpp-*",
        "clang*",
        "llvm*",
        "libclang*",
        "libllvm*",
        "musl-dev",
        "*-dev",
        "*-devel",
        "binutils*",
        "libbinutils",
        "libctf*",
        "libcc1-*",
        "libgprofng*",
        "libasan*",
        "libtsan*",
        "liblsan*",
        "libubsan*",
        "libhwasan*",
        "libitm*",
        "libquadmath*",
        "libisl*",
        "libmpc3",
        "libmpfr*",
        "mpc1",
        "isl*",
        "libc-dev-bin",
        "linux-libc-dev",
        "kernel-headers",
        "glibc-headers",
        "build-essential",
        "dpkg-dev",
        "libdpkg-perl",
        "make",
        "cmake*",
        "ninja-build",
        "meson",
        "autoconf",
        "automake",
        "libtool",
        "m4",
        "bison",
        "flex",
        "patch",
        "pkg-config",
        "pkgconf*",
        "libpkgconf*",
        "ccache",
        "gdb",
        "strace",
        "valgrind",
        "fakeroot",
        "lto-disabled-list",
        "rpcsvc-proto",
        "libcrypt-dev",
        "javascript-common",
        "manpages-dev",
    ),
}
"""Kind of tool chain -> names of packages, with the wildcards of a shell."""

_RUNTIMES = (
    "python3*",
    "libpython3*",
    "python-is-python3",
    "nodejs*",
    "libnode*",
    "perl*",
    "libperl*",
    "ruby*",
    "libruby*",
    "php*",
    "openjdk-*-jre*",
    "java-*-openjdk*",
    "dotnet-*",
    "lua5*",
)


_NO_DEVELOPMENT: Mapping[str, str] = MappingProxyType({})


class PackageRoles:
    """Looks up packages, and remembers what it found.

    ``required`` are Python's tools that the program's distributions need, ``left_over`` the packages of a distribution
    that are there for tools only, ``development`` leads from the sources of node packages that nothing needs but
    development to their kind.
    """

    def __init__(
        self,
        required: frozenset[str] = frozenset(),
        left_over: frozenset[str] = frozenset(),
        development: Mapping[str, str] = _NO_DEVELOPMENT,
    ) -> None:
        self._required = required
        self._left_over = left_over
        self._development = development
        self._known: dict[str, tuple[str | None, Category]] = {}

    def role(self, package: Package) -> tuple[str | None, Category]:
        """The kind of tool chain that a package is a part of, if any, and what its files count as otherwise."""
        if not package.ecosystem.is_system:
            is_tool = package.ecosystem is Ecosystem.PYPI and pypi_name(package.name) in PYTHON_TOOLS - self._required
            kind = "python-tools" if is_tool else self._development.get(package.source)
            # A Go program tells of the modules that it is made of: it is what the image is for.
            is_program = package.ecosystem is Ecosystem.GOLANG
            return kind, Category.APPLICATION if is_program else Category.DEPENDENCIES
        known = self._known.get(package.name)
        if known is None:
            kind, category = system_role(package.name)
            known = kind or ("unused-packages" if package.name in self._left_over else None), category
            self._known[package.name] = known
        return known


PYTHON_TOOLS = frozenset({"pip", "setuptools", "wheel"})
"""Distributions that install others. A program runs without them, unless it says otherwise."""


def system_role(name: str) -> tuple[str | None, Category]:
    """The kind of tool chain that a distribution's package of this name is a part of, and its category."""
    for kind, patterns in _TOOLS.items():
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return kind, Category.TOOL_CHAIN
    is_runtime = any(fnmatchcase(name, pattern) for pattern in _RUNTIMES)
    return None, Category.RUNTIME if is_runtime else Category.BASE_SYSTEM
