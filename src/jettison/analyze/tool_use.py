"""Which tools an image uses: those that its command starts, those that its packages start when they are used."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

from jettison.analyze.kinds import KINDS, Category
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import pypi_name

TOOL_CHAINS = frozenset({"go-tools", "c-tools", "rust-tools", "java-tools", "dotnet-tools", "cuda-tools", "node-tools"})
"""What an image may be made for, or what makes it worth to look for another base; pip and git are too small for it."""
_COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("mvn", "mvnw", "gradle", "gradlew", "sbt", "javac", "lein"), "java-tools"),
    **dict.fromkeys(("cargo", "rustc", "rustup"), "rust-tools"),
    **dict.fromkeys(("gcc", "cc", "g++", "c++", "clang", "clang++", "make", "cmake", "ninja", "meson"), "c-tools"),
    "go": "go-tools",
    "nvcc": "cuda-tools",
    "git": "version-control-tools",
}
"""Programs -> the kind that they are a part of, wherever they lie."""
_BUILDS = frozenset({"build", "fsi", "msbuild", "pack", "publish", "restore", "run", "test", "watch"})
"""What makes ``dotnet`` more than what starts a program."""
_COMPILING = ("sources", "build-leftovers")
_LINKING = ("c-tools", "headers", "static-libraries", "version-control-tools", *_COMPILING)
_GOES_WITH: Mapping[str, tuple[str, ...]] = {
    "c-tools": _LINKING,
    "cuda-tools": _LINKING,
    "go-tools": (*_LINKING, "go-build-cache", "go-module-cache"),
    "rust-tools": (*_LINKING, "cargo-registry"),
    "java-tools": (*_COMPILING, "maven-repository", "gradle-cache", "ivy-cache"),
    "dotnet-tools": (*_COMPILING, "nuget-packages"),
}
"""A kind that is used -> what it reads besides."""
_START_LATER: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("vllm", "sglang", "pytensor", "theano", "aesara", "cmdstanpy", "httpstan", "pystan", "cppyy", "cppimport"),
        ("c-tools", "headers", "static-libraries"),
    ),
    **dict.fromkeys(("deepspeed", "pycuda"), ("cuda-tools", "c-tools", "headers", "static-libraries")),
    **dict.fromkeys(("gitpython", "pre-commit"), ("version-control-tools",)),
}
"""Distributions of Python that start tools when they are used -> the kinds of those."""
_CARGO_PROGRAMS = "cargo/bin"


def kind_of_command(path: str, words: Sequence[str], kind: str | None) -> str | None:
    """The kind of tool chain that a started program makes use of, ``kind`` being the one by its place and its package.

    None for what ``cargo install`` put beside the tools.
    """
    name = posixpath.basename(path)
    if name == "dotnet":
        return "dotnet-tools" if _BUILDS.intersection(words[1:2]) else None
    if name in _COMMANDS:
        return _COMMANDS[name]
    is_tool = kind is not None and KINDS[kind].category is Category.TOOL_CHAIN
    return kind if is_tool and not posixpath.dirname(path).endswith(_CARGO_PROGRAMS) else None


def with_what_they_read(kinds: Iterable[str]) -> frozenset[str]:
    """Kinds of tools, and what they cannot work without."""
    found = set(kinds)
    of_packages = ("unused-packages",) if found & TOOL_CHAINS else ()
    return frozenset(found.union(of_packages, *(_GOES_WITH.get(kind, ()) for kind in found)))


def used_later(packages: Iterable[Package]) -> frozenset[str]:
    """The kinds of tools that packages may start when they are used."""
    names = {pypi_name(package.name) for package in packages if package.ecosystem is Ecosystem.PYPI}
    return frozenset(kind for name in names & _START_LATER.keys() for kind in _START_LATER[name])
