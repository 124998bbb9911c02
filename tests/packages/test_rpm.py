"""RPM packages."""

from __future__ import annotations

import pytest
from tests.packages.rpm_database import BASH, database, header
from tests.packages.trees import scanned

from jettison.packages import rpm_header as tags

PLACES = ["var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite"]


@pytest.mark.parametrize("place", PLACES)
def test_installed_packages_with_their_files(place: str) -> None:
    """Names, versions with epoch and release, licence and files come from the headers; keys are no packages."""
    catalog = scanned(
        {
            "etc/os-release": "ID=fedora\nVERSION_ID=38\n",
            place: database([BASH, header({tags.NAME: "gpg-pubkey", tags.VERSION: "1"})]),
            "usr/bin/bash": "",
            "usr/share/doc/bash": "",
        }
    )
    (bash,) = catalog.packages
    source = "bash-5.2.15-3.fc38.src.rpm"
    assert bash.purl == (f"pkg:rpm/fedora/bash@5.2.15-3.fc38?arch=x86_64&distro=fedora-38&epoch=1&upstream={source}")
    assert bash.version == "1:5.2.15-3.fc38"
    assert bash.requires == ("libc.so.6()(64bit)", "filesystem")
    assert bash.provides == ("bash", "config(bash)")
    assert bash.files == ("usr/bin/bash", "usr/share/doc/bash")
    assert (bash.licences, bash.supplier) == (("GPL-3.0-or-later",), "Fedora Project")
    assert catalog.unread == ()


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("var/lib/rpm/Packages", b"x", "a Berkeley database of RPM packages, which is not read"),
        ("usr/lib/sysimage/rpm/Packages.db", b"x", "an ndb database of RPM packages, which is not read"),
        ("var/lib/rpm/rpmdb.sqlite", b"SQLite format 2", "not read to the end: not a SQLite database"),
        ("var/lib/rpm/rpmdb.sqlite", database([b"\0\0\0\1"]), "not read to the end: it points to 4 bytes at 4"),
        ("var/lib/rpm/rpmdb.sqlite-wal", b"x", "the newest changes are in a write-ahead log"),
    ],
)
def test_what_is_not_read_is_told(path: str, content: bytes, reason: str) -> None:
    """Older formats, damage, and changes that are not in the database yet."""
    contents: dict[str, bytes] = {path: content}
    if path.endswith("-wal"):
        contents["var/lib/rpm/rpmdb.sqlite"] = database([BASH])
    (gap,) = scanned(contents).unread
    assert gap.reason.startswith(reason)
