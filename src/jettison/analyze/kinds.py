"""What a file can be, as far as weight is concerned: the kinds, and how the bytes of each are saved."""

from __future__ import annotations

from jettison.enums import StrEnum
from jettison.frozen import dataclass


class Category(StrEnum):
    """What every byte of an image is counted as, once."""

    BASE_SYSTEM = "base system"
    RUNTIME = "language runtime"
    TOOL_CHAIN = "tool chain"
    DEPENDENCIES = "dependencies"
    CACHES = "dependency caches"
    SOURCES = "sources"
    APPLICATION = "application"
    DATA = "data"
    HIDDEN = "hidden"
    """Deleted, or covered by an upper layer: shipped all the same."""


class Need(StrEnum):
    """Whether the running program needs a file."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sort of files. ``change`` is what to type; it may name ``{line}``, ``{paths}`` and ``{target}``."""

    name: str
    title: str
    category: Category
    change: str
    is_ballast: bool = True
    """Whether no running program needs such a file."""
    target: str = ""
    """Where a mount for them goes, if they lie where they usually do; with its options."""


_MOUNT = "RUN --mount=type=cache,target={target} …"
_STAGES = "build in a stage of its own (FROM … AS build) and take the result with COPY --from=build"


def _cache(name: str, title: str, target: str, otherwise: str = "") -> Kind:
    change = f"{{line}}: {_MOUNT}" + (f", or {otherwise} in the same RUN" if otherwise else "")
    return Kind(name=name, title=title, category=Category.CACHES, change=change, target=target)


def _tools(name: str, title: str) -> Kind:
    return Kind(name=name, title=title, category=Category.TOOL_CHAIN, change=_STAGES)


def _development(name: str, command: str) -> Kind:
    change = f"{{line}}: {command}; what needs them to be built goes into a stage of its own (FROM … AS build)"
    return Kind(name=name, title="development dependencies", category=Category.DEPENDENCIES, change=change)


_ALL = (
    Kind(
        name="deleted",
        title="deleted in a later layer",
        category=Category.HIDDEN,
        change="merge the rm of {by} into {line}: what a layer holds, no later one takes away",
    ),
    Kind(
        name="overwritten",
        title="overwritten by other content",
        category=Category.HIDDEN,
        change="write {paths} once: {line} brings what {by} replaces",
    ),
    Kind(
        name="copied-up",
        title="copied for a mode, owner or time",
        category=Category.HIDDEN,
        change="set it where they come in: COPY --chown=… --chmod=…, or in the RUN of {line}; {by} copies them whole",
    ),
    Kind(
        name="repeated",
        title="the same file once more",
        category=Category.HIDDEN,
        change="leave out the second copy: {by} brings again what {line} brought",
    ),
    Kind(
        name="duplicate",
        title="the same content at several paths",
        category=Category.APPLICATION,
        change="keep one and make the others links (ln) in the same RUN: {paths}",
    ),
    _cache("apt-lists", "package lists of apt", "/var/lib/apt,sharing=locked", "rm -rf /var/lib/apt/lists/*"),
    _cache("apt-archives", "packages kept by apt", "/var/cache/apt,sharing=locked", "apt-get clean"),
    _cache("apk-cache", "cache of apk", "/var/cache/apk", "apk add --no-cache"),
    _cache("dnf-cache", "cache of dnf", "/var/cache/dnf", "dnf clean all"),
    _cache("pip-cache", "cache of pip", "/root/.cache/pip", "pip install --no-cache-dir"),
    _cache("uv-cache", "cache of uv", "/root/.cache/uv", "UV_NO_CACHE=1"),
    _cache("npm-cache", "cache of npm", "/root/.npm", "npm cache clean --force"),
    _cache("yarn-cache", "cache of yarn", "/usr/local/share/.cache/yarn", "yarn cache clean"),
    _cache("bun-cache", "cache of Bun", "/root/.bun/install/cache", "rm -rf {target}"),
    _cache("composer-cache", "cache of Composer", "/root/.composer/cache", "composer clear-cache"),
    _cache("nuget-packages", "packages kept by NuGet", "/root/.nuget/packages", "dotnet nuget locals all --clear"),
    _cache("zypper-cache", "cache of zypper", "/var/cache/zypp", "zypper clean --all"),
    _cache("pacman-cache", "cache of pacman", "/var/cache/pacman", "pacman -Scc --noconfirm"),
    _cache("pnpm-store", "store of pnpm", "/root/.local/share/pnpm/store", "pnpm store prune"),
    _cache("go-build-cache", "build cache of Go", "/root/.cache/go-build", "go clean -cache"),
    _cache("go-module-cache", "module cache of Go", "/go/pkg/mod", "go clean -modcache"),
    _cache("cargo-registry", "registry of cargo", "/usr/local/cargo/registry"),
    _cache("maven-repository", "local repository of Maven", "/root/.m2"),
    _cache("gradle-cache", "cache of Gradle", "/root/.gradle"),
    _cache("ivy-cache", "cache of Ivy", "/root/.ivy2/cache"),
    _cache("conda-packages", "packages kept by conda", "/opt/conda/pkgs", "conda clean -afy"),
    _cache("compiler-cache", "cache of ccache", "/root/.cache/ccache"),
    _cache("other-cache", "other caches", "/root/.cache", "rm -rf {target}"),
    Kind(
        name="build-leftovers",
        title="what builds leave beside their result",
        category=Category.CACHES,
        change=f"{{line}}: remove it in the same RUN, or {_STAGES}: {{paths}}",
    ),
    Kind(
        name="bytecode",
        title="compiled twins of Python sources",
        category=Category.CACHES,
        change="{line}: PYTHONDONTWRITEBYTECODE=1 and pip install --no-compile, if a slower first start is fine",
    ),
    Kind(
        name="temporary",
        title="temporary files",
        category=Category.CACHES,
        change="{line}: remove them in the same RUN, or RUN --mount=type=tmpfs,target=/tmp …",
    ),
    Kind(name="logs", title="logs", category=Category.CACHES, change="{line}: rm -rf /var/log/* in the same RUN"),
    Kind(
        name="archive",
        title="archives beside what was unpacked from them",
        category=Category.CACHES,
        change="{line}: unpack from a pipe (curl … | tar x), ADD them, or rm {paths} in the same RUN",
    ),
    Kind(
        name="version-control",
        title="version control folders",
        category=Category.SOURCES,
        change="{line}: rm -rf .git in the same RUN, or clone without history (git clone --depth 1)",
    ),
    Kind(
        name="sources",
        title="sources of compiled programs",
        category=Category.SOURCES,
        change=_STAGES,
    ),
    _tools("go-tools", "Go tool chain"),
    _tools("c-tools", "C compilers and build tools"),
    _tools("rust-tools", "Rust tool chain"),
    _tools("java-tools", "Java development kit"),
    _tools("dotnet-tools", ".NET development kit"),
    _tools("cuda-tools", "CUDA tool chain"),
    _tools("node-tools", "npm and its libraries"),
    Kind(
        name="python-tools",
        title="pip and build tools of Python",
        category=Category.TOOL_CHAIN,
        change=f"{_STAGES}; python -m pip uninstall --yes pip setuptools at its end",
    ),
    _tools("version-control-tools", "git and other version control"),
    _tools("static-libraries", "static libraries"),
    _tools("headers", "headers"),
    Kind(
        name="debug-files",
        title="debugging information in files of its own",
        category=Category.TOOL_CHAIN,
        change="{line}: do not install debug packages; keep the files outside of the image",
    ),
    Kind(
        name="unstripped",
        title="symbols and debugging information in programs",
        category=Category.APPLICATION,
        change="link with -s (go build -ldflags='-s -w', gcc -s) or strip in the same RUN: {paths}",
    ),
    Kind(
        name="documentation",
        title="documentation",
        category=Category.BASE_SYSTEM,
        change="{line}: remove them in the same RUN, or a slim base",
    ),
    Kind(
        name="manuals",
        title="manual pages",
        category=Category.BASE_SYSTEM,
        change="{line}: remove them in the same RUN, or a slim base",
    ),
    Kind(
        name="locales",
        title="translations",
        category=Category.BASE_SYSTEM,
        change="{line}: remove them in the same RUN, or a slim base",
    ),
    Kind(
        name="package-tests",
        title="tests inside packages",
        category=Category.DEPENDENCIES,
        change="{line}: rm -rf {target} … in the same RUN, and try the program: a few packages import their own tests",
    ),
    _development("npm-development", "npm ci --omit=dev"),
    _development("pnpm-development", "pnpm install --prod"),
    _development("yarn-development", "yarn install --production (from yarn 2 on: yarn workspaces focus --production)"),
    Kind(
        name="unused-base",
        title="files of the base image that the program does not use",
        category=Category.BASE_SYSTEM,
        change="end with a stage FROM scratch or a distroless image, and COPY --from=build the program to it",
    ),
    Kind(
        name="unused-packages",
        title="packages that the program does not use",
        category=Category.BASE_SYSTEM,
        change="{line}: install them in a stage of their own (FROM … AS build)",
    ),
    Kind(
        name="site-sources",
        title="what makes the pages, and is not one",
        category=Category.SOURCES,
        change=_STAGES,
    ),
)
KINDS = {kind.name: kind for kind in _ALL}
"""By name, in the order in which they are tried to be told."""
