"""The kind of a file by the place where it lies: data, not code. Every folder is looked at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.analyze.kinds import Category
from jettison.tuples import NamedTuple

_FOLDERS: Mapping[str, str] = {
    # below the root
    "/var/lib/apt/lists": "apt-lists",
    "/var/cache/apt": "apt-archives",
    "/var/cache/apk": "apk-cache",
    "/etc/apk/cache": "apk-cache",
    "/var/cache/dnf": "dnf-cache",
    "/var/cache/yum": "dnf-cache",
    "/var/cache/libdnf5": "dnf-cache",
    "/var/cache/zypp": "zypper-cache",
    "/var/cache/pacman": "pacman-cache",
    "/var/lib/pacman/sync": "pacman-cache",
    "/usr/local/cargo/registry": "cargo-registry",
    "/usr/local/cargo/git": "cargo-registry",
    "/usr/local/rustup": "rust-tools",
    "/usr/local/cargo": "rust-tools",
    "/usr/local/go": "go-tools",
    **dict.fromkeys(
        (
            f"{root}/{part}"
            for root in (
                "/usr/share/dotnet",
                "/usr/lib/dotnet",
                "/usr/lib64/dotnet",
                "/usr/local/share/dotnet",
                ".dotnet",
            )
            for part in ("sdk", "sdk-manifests", "packs", "templates")
        ),
        "dotnet-tools",
    ),
    "/usr/local/lib/node_modules/npm": "node-tools",
    "/usr/local/lib/node_modules/corepack": "node-tools",
    "/usr/share/doc": "documentation",
    "/usr/share/info": "documentation",
    "/usr/share/gtk-doc": "documentation",
    "/usr/share/doc-base": "documentation",
    "/usr/local/share/doc": "documentation",
    "/usr/share/man": "manuals",
    "/usr/local/share/man": "manuals",
    "/usr/share/locale": "locales",
    "/usr/share/i18n": "locales",
    "jmods": "java-tools",
    "/opt/nvidia/nsight-compute": "cuda-tools",
    "/opt/nvidia/nsight-systems": "cuda-tools",
    "/usr/lib/debug": "debug-files",
    "/usr/include": "headers",
    "/usr/local/include": "headers",
    "/tmp": "temporary",  # noqa: S108
    "/var/tmp": "temporary",  # noqa: S108
    "/var/log": "logs",
    # anywhere
    ".cache/pip": "pip-cache",
    ".cache/uv": "uv-cache",
    ".npm/_cacache": "npm-cache",
    ".npm": "npm-cache",
    ".cache/yarn": "yarn-cache",
    ".yarn/cache": "yarn-cache",
    ".yarn/berry/cache": "yarn-cache",
    ".bun/install/cache": "bun-cache",
    ".composer/cache": "composer-cache",
    ".cache/composer": "composer-cache",
    ".nuget/packages": "nuget-packages",
    ".local/share/NuGet": "nuget-packages",
    ".local/share/pnpm/store": "pnpm-store",
    ".pnpm-store": "pnpm-store",
    ".cache/pnpm": "pnpm-store",
    ".cache/go-build": "go-build-cache",
    "go/pkg/mod": "go-module-cache",
    "go/pkg/sumdb": "go-module-cache",
    ".cargo/registry": "cargo-registry",
    ".cargo/git": "cargo-registry",
    ".rustup": "rust-tools",
    ".m2/repository": "maven-repository",
    ".gradle/caches": "gradle-cache",
    ".gradle/wrapper/dists": "gradle-cache",
    ".ivy2/cache": "ivy-cache",
    **dict.fromkeys(
        (
            f"{root}/pkgs"
            for root in (
                *("conda", "conda3", "miniconda", "miniconda3", "anaconda", "anaconda3", "miniforge", "miniforge3"),
                *("mamba", "mambaforge", "micromamba"),
            )
        ),
        "conda-packages",
    ),
    ".cache/ccache": "compiler-cache",
    ".ccache": "compiler-cache",
    ".cache": "other-cache",
    "target/release/build": "build-leftovers",
    "target/debug/build": "build-leftovers",
    **dict.fromkeys(
        (
            f"{profile}/{part}"
            for profile in ("release", "debug")
            for part in ("deps", "incremental", ".fingerprint", "examples")
        ),
        "build-leftovers",
    ),
    "CMakeFiles": "build-leftovers",
    "obj/Debug": "build-leftovers",
    "obj/Release": "build-leftovers",
    ".next/cache": "build-leftovers",
    ".angular/cache": "build-leftovers",
    "node_modules/.vite": "build-leftovers",
    ".parcel-cache": "build-leftovers",
    ".turbo": "build-leftovers",
    ".eggs": "build-leftovers",
    ".tox": "build-leftovers",
    ".nox": "build-leftovers",
    ".pytest_cache": "build-leftovers",
    ".mypy_cache": "build-leftovers",
    ".ruff_cache": "build-leftovers",
    ".git": "version-control",
    ".hg": "version-control",
    ".svn": "version-control",
    ".bzr": "version-control",
}
"""All that lies in such a folder is of the kind. A path that begins with a slash is meant from the root."""
_KEPT: Mapping[str, Category] = {
    ".cache/huggingface": Category.DATA,
    ".cache/torch": Category.DATA,
    ".cache/whisper": Category.DATA,
    ".cache/clip": Category.DATA,
    ".cache/modelscope": Category.DATA,
    ".cache/kagglehub": Category.DATA,
    ".cache/chroma": Category.DATA,
    ".cache/doctr": Category.DATA,
    ".cache/gpt4all": Category.DATA,
    ".cache/lm-studio": Category.DATA,
    ".cache/ms-playwright": Category.DEPENDENCIES,
    ".cache/puppeteer": Category.DEPENDENCIES,
    ".cache/Cypress": Category.DEPENDENCIES,
    ".cache/selenium": Category.DEPENDENCIES,
    ".cache/rod": Category.DEPENDENCIES,
    ".cache/prisma": Category.DEPENDENCIES,
    ".cache/deno": Category.DEPENDENCIES,
    ".cache/pypoetry/virtualenvs": Category.DEPENDENCIES,
    ".cache/pre-commit": Category.DEPENDENCIES,
}
"""What is called a cache and is none: models, browsers and libraries that are fetched once, for the program to use."""
_GENERAL = frozenset({"other-cache", "rust-tools", "temporary"})
"""Kinds of which folders further down may be another."""

_DEPENDENCIES = frozenset({"site-packages", "dist-packages", "node_modules", "gems"})
_AREAS: tuple[tuple[str, str | None, Category], ...] = (
    ("usr/lib/python3", None, Category.RUNTIME),
    ("usr/local/lib/python3", None, Category.RUNTIME),
    ("usr/lib/jvm", None, Category.RUNTIME),
    ("opt/java", None, Category.RUNTIME),
    ("usr/share/dotnet", None, Category.RUNTIME),
    ("usr/local/cuda", None, Category.RUNTIME),
    ("usr/local/lib/ruby", None, Category.RUNTIME),
    ("usr/lib/ruby", None, Category.RUNTIME),
    ("usr/share/perl", None, Category.RUNTIME),
    ("usr/lib/go-", "go-tools", Category.TOOL_CHAIN),
    ("usr/share/go-", "go-tools", Category.TOOL_CHAIN),
    ("usr/lib/gcc", "c-tools", Category.TOOL_CHAIN),
    ("usr/libexec/gcc", "c-tools", Category.TOOL_CHAIN),
    ("usr/local/lib/gcc", "c-tools", Category.TOOL_CHAIN),
    ("usr/local/libexec/gcc", "c-tools", Category.TOOL_CHAIN),
    ("var/lib/dpkg", None, Category.BASE_SYSTEM),
    ("var/lib/apt", None, Category.BASE_SYSTEM),
    ("var/cache/debconf", None, Category.BASE_SYSTEM),
    ("var/cache/ldconfig", None, Category.BASE_SYSTEM),
    ("lib/apk", None, Category.BASE_SYSTEM),
    ("var/lib/rpm", None, Category.BASE_SYSTEM),
    ("usr/lib/sysimage", None, Category.BASE_SYSTEM),
)
"""What lies where no package owns it, by the beginning of the folder's path."""
_WITH_TESTS = (Category.DEPENDENCIES, Category.RUNTIME)
_IMPORTED_TESTS = ("/astropy/tests", "/tables/tests")
"""Tests that the package imports whenever it is imported itself."""

SYSTEM_FILES = frozenset(
    {"etc/ld.so.cache", "etc/.pwd.lock", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-"}
)
"""What no package owns, because programs of the system write it while packages are installed."""
SUFFIXES: Mapping[str, str] = {
    "a": "static-libraries",
    "la": "static-libraries",
    "debug": "debug-files",
}
"""Kinds of files by the end of their names, wherever they lie."""
_BYTECODE = "__pycache__"


class Place(NamedTuple):
    """What is known of all that lies in one folder."""

    kind: str | None
    area: Category | None


_NOWHERE = Place(None, None)


class Places:
    """Looks up folders, and remembers what it found. What lies ``in_use`` is no ballast by its place."""

    def __init__(self, in_use: Iterable[str] = ()) -> None:
        self._known: dict[str, Place] = {"": _NOWHERE}
        self._in_use = frozenset(in_use)
        self._tails: dict[str, list[tuple[str, Place]]] = {}
        for pattern, kind in _FOLDERS.items():
            self._tails.setdefault(pattern.rpartition("/")[2], []).append((pattern, Place(kind, None)))
        for pattern, area in _KEPT.items():
            self._tails.setdefault(pattern.rpartition("/")[2], []).append((pattern, Place(None, area)))

    def of_folder(self, path: str) -> Place:
        """What lies in the folder ``path``."""
        known = self._known.get(path)
        if known is not None:
            return known
        pending = []
        while path not in self._known:  # not by recursion: a path may have thousands of components
            pending.append(path)
            path = path.rpartition("/")[0]
        for each in reversed(pending):
            self._known[each] = self._look(each)
        return self._known[pending[0]]

    def _look(self, path: str) -> Place:
        parent, _, name = path.rpartition("/")
        above = self._known[parent]
        if path in self._in_use:
            return Place(None, above.area)
        if above.kind is not None and above.kind not in _GENERAL:
            return above
        rooted = f"/{path}"
        for pattern, place in self._tails.get(name, ()):
            if rooted == pattern or (pattern[0] != "/" and rooted.endswith(f"/{pattern}")):
                return Place(place.kind, place.area or above.area)
        if above.kind is not None:
            return above
        if name in _DEPENDENCIES:
            return Place(None, Category.DEPENDENCIES)
        if name == _BYTECODE:
            return Place("bytecode", above.area)
        if above.area in _WITH_TESTS and _is_tests(path, name, parent):
            return Place("package-tests", above.area)
        if above.area is None:
            return next((Place(kind, area) for start, kind, area in _AREAS if path.startswith(start)), _NOWHERE)
        return above


def _is_tests(path: str, name: str, parent: str) -> bool:
    """Whether a folder among installed packages holds tests, and nothing that programs use.

    A package may itself have such a name, and ``test`` in a package of Python is mostly what it offers for the tests of
    others (``django.test``).
    """
    above = parent.rpartition("/")[2]
    if above == "node_modules" or above.startswith("@"):
        return False
    if name == "test":
        return "-packages/" not in path
    return name in ("tests", "__tests__") and not path.endswith(_IMPORTED_TESTS)
