"""What the official Debian images configure beyond the packages, so that Dockerfiles find what they expect. Pure.

The file names are those of the official images: Dockerfiles remove ``docker-clean`` by its name to keep apt's cache.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.base.payload import EXCLUDED, INCLUDED
from jettison.base.sources import Source

_REMOVE_DOWNLOADS = (
    "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"
)

_CLEAN = f"""\
// Downloads do not belong into a layer: nothing is kept in /var/cache/apt.
DPkg::Post-Invoke {{ "{_REMOVE_DOWNLOADS}"; }};
APT::Update::Post-Invoke {{ "{_REMOVE_DOWNLOADS}"; }};
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""

_POLICY = "#!/bin/sh\n# Services are not started while packages are installed.\nexit 101\n"

POLICY_PATH = "usr/sbin/policy-rc.d"


def dpkg_options() -> list[str]:
    """Dpkg's options that leave out documentation (dpkg(1)), without their dashes."""
    return [f"path-exclude={item}" for item in EXCLUDED] + [f"path-include={item}" for item in INCLUDED]


def slim_files(sources: Sequence[Source]) -> dict[str, tuple[str, int]]:
    """Image path -> text and mode of the files that are added to a slim image."""
    return {
        "etc/apt/apt.conf.d/docker-autoremove-suggests": ('Apt::AutoRemove::SuggestsImportant "false";\n', 0o644),
        "etc/apt/apt.conf.d/docker-clean": (_CLEAN, 0o644),
        "etc/apt/apt.conf.d/docker-gzip-indexes": ('Acquire::GzipIndexes "true";\n', 0o644),
        "etc/apt/apt.conf.d/docker-no-languages": ('Acquire::Languages "none";\n', 0o644),
        "etc/apt/sources.list.d/debian.sources": ("\n".join(source.paragraph() for source in sources), 0o644),
        "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": ("force-unsafe-io\n", 0o644),
        "etc/dpkg/dpkg.cfg.d/docker-slim": ("".join(f"{option}\n" for option in dpkg_options()), 0o644),
        "etc/machine-id": ("", 0o444),
        POLICY_PATH: (_POLICY, 0o755),
    }
