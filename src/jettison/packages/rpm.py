"""RPM packages: ``rpmdb.sqlite``, the database of today's rpm. The older Berkeley and ndb files are told, not read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from jettison.errors import IntegrityError
from jettison.model.entry import parse_image_path
from jettison.packages import rpm_header as tags
from jettison.packages.distribution import Distribution
from jettison.packages.image_files import ImageFiles
from jettison.packages.package import Ecosystem, Package
from jettison.packages.purl import purl
from jettison.packages.rpm_header import RpmHeader
from jettison.packages.sqlite_table import SqliteFile

FOLDERS = ("usr/lib/sysimage/rpm", "var/lib/rpm")
_DATABASE = "rpmdb.sqlite"
_OTHER_FORMATS = {"Packages": "a Berkeley database", "Packages.db": "an ndb database"}
_KEYS = "gpg-pubkey"
"""Keys that rpm trusts are kept as packages without files."""


def read_rpm(files: ImageFiles, distribution: Distribution) -> Iterator[Package]:
    """The packages that are installed."""
    for folder in FOLDERS:
        path = f"{folder}/{_DATABASE}"
        entry = files.file(path)
        if entry is None:
            _note_other_formats(files, folder)
            continue
        log = files.file(f"{path}-wal")
        if log is not None and log.size:
            files.note(f"{path}-wal", "the newest changes are in a write-ahead log, which is not read")
        for row in SqliteFile(partial(files.at, entry), entry.size).rows("Packages"):
            blob = row[1] if len(row) > 1 else None
            if not isinstance(blob, bytes):
                raise IntegrityError("a row of the table of packages holds no header")
            yield from _package(files, RpmHeader.parse(blob), distribution, path)
        return


def _note_other_formats(files: ImageFiles, folder: str) -> None:
    for name, what in _OTHER_FORMATS.items():
        if files.file(f"{folder}/{name}") is not None:
            files.note(f"{folder}/{name}", f"{what} of RPM packages, which is not read")


def _package(files: ImageFiles, header: RpmHeader, distribution: Distribution, source: str) -> Iterator[Package]:
    name, release = header.text(tags.NAME), header.text(tags.RELEASE)
    if not name or name == _KEYS:
        return
    version = "-".join(part for part in (header.text(tags.VERSION), release) if part)
    epoch = "".join(map(str, header.numbers(tags.EPOCH)[:1]))
    qualifiers = (
        ("arch", header.text(tags.ARCHITECTURE)),
        ("distro", distribution.qualifier),
        ("epoch", epoch),
        ("upstream", header.text(tags.SOURCE_RPM)),
    )
    licence = header.text(tags.LICENCE).strip()
    yield Package(
        ecosystem=Ecosystem.RPM,
        name=name,
        version=f"{epoch}:{version}" if epoch else version,
        purl=purl("rpm", name, version, namespace=distribution.id, qualifiers=qualifiers),
        source=source,
        licences=(licence,) if licence else (),
        supplier=header.text(tags.VENDOR),
        homepage=header.text(tags.URL),
        summary=header.text(tags.SUMMARY),
        requires=tuple(dict.fromkeys(header.texts(tags.REQUIRES))),
        provides=tuple(dict.fromkeys(header.texts(tags.PROVIDES))),
        files=files.present(_listed(header)),
    )


def _listed(header: RpmHeader) -> Iterator[str]:
    folders = header.texts(tags.DIRECTORY_NAMES)
    for name, number in zip(header.texts(tags.BASE_NAMES), header.numbers(tags.DIRECTORY_INDEXES), strict=False):
        if number >= len(folders):
            raise IntegrityError("an RPM header places a file in a folder that it does not list")
        yield parse_image_path(folders[number] + name)
