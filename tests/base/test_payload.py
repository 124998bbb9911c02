"""Which files of a package go into an image."""

from __future__ import annotations

import pytest

from jettison.base.payload import is_kept, merge_usr, merged_links


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("usr/bin/python3", True),
        ("usr/share/doc/python3/copyright", True),
        ("usr/share/doc/python3/changelog.Debian.gz", False),
        ("usr/share/doc/python3/examples/copyright", True),
        ("usr/share/doc", True),
        ("usr/share/doc/python3", False),
        ("usr/share/man/man1/python3.1.gz", False),
        ("usr/share/locale/de/LC_MESSAGES/x.mo", False),
        ("usr/share/locale/locale.alias", True),
        ("usr/share/documents/x", True),
        ("usr/lib/locale/C.utf8/LC_CTYPE", True),
        ("usr/share/lintian/overrides/x", False),
        ("usr/share/bash-completion/completions/x", False),
    ],
)
def test_documentation_goes_and_licences_stay(path: str, kept: bool) -> None:
    """As in Debian's slim images."""
    assert is_kept(path) is kept


def test_a_link_to_another_packages_licence_is_kept() -> None:
    """libgcc-s1's documentation is a link to gcc-12-base's."""
    assert is_kept("usr/share/doc/libgcc-s1", is_link=True)
    assert not is_kept("usr/share/doc/libgcc-s1/NEWS", is_link=True)


@pytest.mark.parametrize(
    ("path", "merged"),
    [
        ("bin/sh", "usr/bin/sh"),
        ("lib", "usr/lib"),
        ("lib64/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-x86-64.so.2"),
        ("usr/lib/x", "usr/lib/x"),
        ("library/x", "library/x"),
        ("etc/bin/x", "etc/bin/x"),
    ],
)
def test_usr_is_merged(path: str, merged: str) -> None:
    """What packages put into the old folders lies below /usr."""
    assert merge_usr(path) == merged


def test_the_loaders_folder_exists_where_it_is_one() -> None:
    """/lib64 is a link on amd64 and does not exist on arm64."""
    assert merged_links("amd64") == ("bin", "sbin", "lib", "lib64")
    assert merged_links("arm64") == ("bin", "sbin", "lib")
