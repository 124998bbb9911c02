"""Alpine packages."""

from __future__ import annotations

from tests.packages.trees import scanned

INSTALLED = """C:Q1abc=
P:busybox-binsh
V:1.36.1-r5
A:x86_64
T:busybox ash /bin/sh
U:https://busybox.net/
L:GPL-2.0-only
o:busybox
D:so:libc.musl-x86_64.so.1 busybox=1.36.1-r5 !uclibc-utils
p:cmd:sh=1.36.1-r5 /bin/sh
m:Sören <soeren@example.org>
F:bin
R:sh
a:0:0:777
Z:Q1x=
F:etc/none
R:gone

P:musl
V:1.2.4-r2
L:MIT
o:musl
F:lib
M:0:0:1777
R:ld-musl.so
"""


def test_installed_packages_with_their_files() -> None:
    """Folders and files of the database are put together; what is gone from the image is not listed."""
    catalog = scanned(
        {
            "etc/os-release": "ID=alpine\nVERSION_ID=3.18.4\n",
            "lib/apk/db/installed": INSTALLED,
            "bin/sh": "",
            "lib/ld-musl.so": "",
        }
    )
    shell, musl = catalog.packages
    assert shell.purl == "pkg:apk/alpine/busybox-binsh@1.36.1-r5?arch=x86_64&distro=alpine-3.18.4&upstream=busybox"
    assert (shell.files, shell.licences) == (("bin/sh",), ("GPL-2.0-only",))
    assert shell.requires == ("so:libc.musl-x86_64.so.1", "busybox")
    assert shell.provides == ("cmd:sh", "/bin/sh")
    assert shell.supplier == "Sören <soeren@example.org>"
    assert musl.purl == "pkg:apk/alpine/musl@1.2.4-r2?distro=alpine-3.18.4"
    assert musl.files == ("lib/ld-musl.so",)


def test_the_place_of_newer_releases() -> None:
    """The database may lie below /usr."""
    assert [found.name for found in scanned({"usr/lib/apk/db/installed": "P:a\nV:1\n"}).packages] == ["a"]
