"""Debian packages: ``/var/lib/dpkg/status`` and its lists of files, or ``status.d`` of distroless images."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jettison.model.entry import parse_image_path
from jettison.packages.distribution import Distribution
from jettison.packages.fields import Fields, first, first_line, paragraphs
from jettison.packages.image_files import ImageFiles
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import purl
from jettison.patterns import late_pattern

STATUS = "var/lib/dpkg/status"
STATUS_FOLDER = "var/lib/dpkg/status.d"
_INFO = "var/lib/dpkg/info"
_SUMS = ".md5sums"
_MAX_COPYRIGHT_BYTES = 4 << 20
_LICENCE = late_pattern(r"^License:[ \t]*(\S[^\n]*)$", re.MULTILINE)
_RELATED = late_pattern(r"(?:^|[,|])\s*([a-zA-Z0-9][a-zA-Z0-9+.-]*)")
_FORMAT = "https://www.debian.org/doc/packaging-manuals/copyright-format/"


def read_dpkg(files: ImageFiles, distribution: Distribution) -> Iterator[Package]:
    """The packages that are installed."""
    for fields in paragraphs(files.text(STATUS) or ""):
        status = first(fields, "status")
        if status.endswith(" installed"):
            yield from _package(files, fields, distribution, STATUS, _listed(files, fields))
    for name in files.tree.children(STATUS_FOLDER):
        path = f"{STATUS_FOLDER}/{name}"
        if not name.endswith(_SUMS):
            for fields in paragraphs(files.text(path) or ""):
                sums = files.text(f"{path}{_SUMS}") or ""
                listed = [path, f"{path}{_SUMS}", *_summed(sums)]
                yield from _package(files, fields, distribution, path, listed)


def _package(
    files: ImageFiles, fields: Fields, distribution: Distribution, source: str, listed: list[str]
) -> Iterator[Package]:
    name, version = first(fields, "package"), first(fields, "version")
    if not name:
        return
    upstream, _, upstream_version = first(fields, "source").partition(" ")
    upstream_version = upstream_version.strip("()")
    qualifiers = (
        ("arch", first(fields, "architecture")),
        ("distro", distribution.qualifier),
        ("upstream", f"{upstream}@{upstream_version}" if upstream_version else upstream),
    )
    yield Package(
        ecosystem=Ecosystem.DEB,
        name=name,
        version=version,
        purl=purl("deb", name.lower(), version, namespace=distribution.id or "debian", qualifiers=qualifiers),
        source=source,
        licences=_licences(files, name),
        supplier=first(fields, "maintainer"),
        homepage=first(fields, "homepage"),
        summary=first_line(first(fields, "description")),
        requires=_names(fields, "pre-depends", "depends"),
        recommends=_names(fields, "recommends"),
        provides=_names(fields, "provides"),
        files=files.present(listed),
    )


def _names(fields: Fields, *relations: str) -> tuple[str, ...]:
    """The packages of relationship fields (Debian policy, section 7.1), versions and architectures left out."""
    found = (match[1] for name in relations for text in fields.get(name, ()) for match in _RELATED.finditer(text))
    return tuple(dict.fromkeys(found))


def _listed(files: ImageFiles, fields: Fields) -> list[str]:
    """The files of an installed package: its list, the files of its own that the list does not have, its settings."""
    name, architecture = first(fields, "package"), first(fields, "architecture")
    for base in (f"{_INFO}/{name}", f"{_INFO}/{name}:{architecture}"):
        text = files.text(f"{base}.list")
        if text is not None:
            own = [f"{base}.{kind}" for kind in ("list", "md5sums", "conffiles", "preinst", "postinst", "prerm")]
            own += [f"{base}.{kind}" for kind in ("postrm", "triggers", "shlibs", "symbols", "templates", "config")]
            return [*map(parse_image_path, text.splitlines()), *own]
    return []


def _summed(text: str) -> Iterator[str]:
    for line in text.splitlines():
        _, _, path = line.partition("  ")
        if path:
            yield parse_image_path(path)


def _licences(files: ImageFiles, name: str) -> tuple[str, ...]:
    """The short names in a machine-readable copyright file (copyright-format 1.0); none from another."""
    text = files.text(f"usr/share/doc/{name}/copyright", _MAX_COPYRIGHT_BYTES) or ""
    if _FORMAT not in text[:1000].replace("http://", "https://"):
        return ()
    return tuple(sorted({match[1].strip() for match in _LICENCE.finditer(text)}))
