"""Which packages of apt's answer a running program needs: real dependencies, minus what only installing needs. Pure.

apt decides between alternatives and versions; this module only walks its answer (docs/base.md, section distroless).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jettison.base.control import Package, Relation

CUT_FOR_SCRIPTS = frozenset({
    "adduser", "cdebconf", "debconf", "debianutils", "dpkg", "init-system-helpers", "install-info", "libpam-runtime",
    "login", "lsb-base", "passwd", "sensible-utils", "sysvinit-utils", "ucf",
})  # fmt: skip
"""Needed by maintainer scripts, which are not run."""

CUT_FOR_SHELL = frozenset({
    "bash", "busybox", "bzip2", "coreutils", "dash", "diffutils", "findutils", "gawk", "grep", "gzip", "hostname",
    "mawk", "original-awk", "perl-base", "procps", "sed", "tar", "util-linux", "xz-utils",
})  # fmt: skip
"""A shell, and what only shell scripts call."""

CUT_EDGES = frozenset({("ca-certificates", "openssl")})
"""Dependencies of one package on another that its payload does not need."""


def closure(
    packages: Iterable[Package], roots: Iterable[str], installed: Iterable[str] = ()
) -> tuple[tuple[Package, ...], tuple[tuple[str, str], ...]]:
    """The packages that ``roots`` need, sorted by name, and the dependencies that were cut, as (package, dependency).

    ``installed`` names what the image below holds: those end the walk and are not returned. A root is never cut.
    """
    by_name = {package.name: package for package in packages}
    providers: dict[str, list[str]] = {}
    for package in sorted(by_name.values(), key=lambda package: package.name):
        for name in package.provides:
            providers.setdefault(name, []).append(package.name)
    present = frozenset(installed)
    wanted = {_real(root, by_name, providers) or root for root in roots}
    pending = sorted(wanted - present)
    done: dict[str, Package] = {}
    cut: set[tuple[str, str]] = set()
    while pending:
        name = pending.pop()
        if name in done or name not in by_name:
            continue
        package = done[name] = by_name[name]
        for group in package.depends:
            needed = _choose(group, by_name, providers, present)
            if needed is None:
                continue
            if needed not in wanted and _is_cut(package, by_name[needed]):
                cut.add((name, needed))
            else:
                pending.append(needed)
    kept = tuple(done[name] for name in sorted(done))
    return kept, tuple(sorted(edge for edge in cut if edge[1] not in done))


def _choose(
    group: tuple[Relation, ...],
    by_name: Mapping[str, Package],
    providers: Mapping[str, list[str]],
    present: frozenset[str],
) -> str | None:
    """The package of apt's answer that satisfies the group; None where the image below does."""
    for relation in group:
        if relation.name in present:
            return None
        name = _real(relation.name, by_name, providers)
        if name is not None:
            return name
    return None


def _real(name: str, by_name: Mapping[str, Package], providers: Mapping[str, list[str]]) -> str | None:
    if name in by_name:
        return name
    return next(iter(providers.get(name, ())), None)


def _is_cut(package: Package, needed: Package) -> bool:
    if package.source == needed.source:
        return False
    return needed.name in CUT_FOR_SCRIPTS | CUT_FOR_SHELL or (package.name, needed.name) in CUT_EDGES
