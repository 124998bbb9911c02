"""What a distribution's package is for, by its name: data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from jettison.analyze.kinds import Category
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import pypi_name

_TOOLS: Mapping[str, tuple[str, ...]] = {
    "go-tools": (
        *(
            "golang",
            "golang-go",
            "golang-[0-9]*",
            "golang-any",
            "golang-bin",
            "golang-doc",
            "golang-misc",
            "golang-src",
        ),
        *("golang-race", "golang-shared", "golang-tests", "go", "gcc-go", "gccgo*"),
    ),
    "rust-tools": (
        *(
            "rustc*",
            "cargo",
            "cargo-[0-9]*",
            "rust",
            "rust-[0-9]*",
            "rust-all",
            "rust-analyzer",
            "rust-clippy",
            "rust-doc",
        ),
        *(
            "rust-gdb",
            "rust-lldb",
            "rust-src",
            "rust-std-*",
            "rust-debugger-common",
            "rustfmt",
            "libstd-rust-*",
            "rustup",
        ),
    ),
    "java-tools": (
        *("openjdk-*-jdk*", "openjdk*-jdk*", "openjdk*-jmods", "java-*-openjdk-devel", "java-*-openjdk-jmods"),
        *("java-*-amazon-corretto-devel", "java-*-amazon-corretto-jmods", "default-jdk*", "maven", "gradle", "ant"),
    ),
    "dotnet-tools": (
        *("dotnet-sdk*", "dotnet-templates*", "dotnet-targeting-pack*", "dotnet-apphost-pack*"),
        *("netstandard-targeting-pack*", "aspnetcore-targeting-pack*"),
    ),
    "cuda-tools": (
        *("cuda-nvcc-*", "cuda-crt-*", "cuda-nvvm-*", "cuda-compiler-*", "cuda-toolkit-[0-9]*", "cuda-minimal-build-*"),
        *("cuda-command-line-tools-*", "cuda-libraries-dev-*", "cuda-*-dev-[0-9]*", "cuda-gdb-*", "cuda-sanitizer-*"),
        *("cuda-cuobjdump-*", "cuda-nvdisasm-*", "cuda-nvprune-*", "cuda-nvprof-*", "cuda-nvvp-*", "cuda-nsight-*"),
        *("cuda-cccl-*", "cuda-driver-dev-*", "libcu*-dev-[0-9]*", "libnv*-dev-[0-9]*", "libnpp-dev-*", "nsight-*"),
        *("gds-tools-*", "cuda-visual-tools-*", "cuda-documentation-*", "cuda-demo-suite-*"),
    ),
    "node-tools": ("npm", "corepack", "yarn", "yarnpkg"),
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
        *("gcc", "gcc-[0-9]*", "gcc-c++", "gcc-gnat", "gcc-gfortran", "gcc-objc*", "gcc-plugin-*", "gcc-mingw-w64*"),
        *("gcc-aarch64-*", "gcc-arm-*", "gcc-i686-*", "gcc-powerpc*", "gcc-riscv64-*", "gcc-s390x-*", "gcc-x86-64-*"),
        *(
            "gcc-multilib",
            "gcc-mips*",
            "g++",
            "g++-*",
            "gobjc*",
            "gfortran",
            "gfortran-*",
            "gnat",
            "gnat-*",
            "gdc",
            "gdc-*",
        ),
        *(
            "ldc",
            "mingw-w64*",
            "ghc",
            "ghc-*",
            "cabal-install",
            "ocaml",
            "ocaml-nox",
            "ocaml-compiler-libs",
            "fpc",
            "fpc-*",
        ),
        *(
            "nim",
            "nasm",
            "yasm",
            "swig",
            "swig4*",
            "re2c",
            "gperf",
            "*-cross",
            "lld",
            "lld-[0-9]*",
            "lldb",
            "lldb-[0-9]*",
        ),
        *("build-base", "alpine-sdk", "annobin*", "redhat-rpm-config", "doxygen", "scons", "debhelper", "dh-*"),
        *("glibc-static", "libstdc++-static", "zlib-static"),
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
        "isl",
        "isl[0-9]*",
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

_BY_NAME = {name: kind for kind, names in _TOOLS.items() for name in names if not set(name) & set("*?[")}
_BY_PATTERN = [(name, kind) for kind, names in _TOOLS.items() for name in names if set(name) & set("*?[")]

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

    ``required`` are the tools that what stays asks for, ``left_over`` the packages of a distribution that are there for
    tools only, ``of_npm`` those that are a part of npm there, ``development`` leads from the sources of node packages
    that nothing needs but development to their kind.
    """

    def __init__(
        self,
        required: frozenset[str] = frozenset(),
        left_over: frozenset[str] = frozenset(),
        development: Mapping[str, str] = _NO_DEVELOPMENT,
        of_npm: frozenset[str] = frozenset(),
    ) -> None:
        self._required = required
        self._left_over = left_over
        self._of_npm = of_npm
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
            known = self._of_system(package.name)
            self._known[package.name] = known
        return known

    def _of_system(self, name: str) -> tuple[str | None, Category]:
        kind, category = system_role(name)
        if name in self._required:
            return None, Category.RUNTIME if category is Category.TOOL_CHAIN else category
        if name in self._of_npm:
            return "node-tools", Category.TOOL_CHAIN
        return kind or ("unused-packages" if name in self._left_over else None), category


PYTHON_TOOLS = frozenset({"pip", "setuptools", "wheel"})
"""Distributions that install others. A program runs without them, unless it says otherwise."""


def system_role(name: str) -> tuple[str | None, Category]:
    """The kind of tool chain that a distribution's package of this name is a part of, and its category."""
    kind = _BY_NAME.get(name) or next((kind for pattern, kind in _BY_PATTERN if fnmatchcase(name, pattern)), None)
    if kind is not None:
        return kind, Category.TOOL_CHAIN
    is_runtime = any(fnmatchcase(name, pattern) for pattern in _RUNTIMES)
    return None, Category.RUNTIME if is_runtime else Category.BASE_SYSTEM
