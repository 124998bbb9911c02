"""Debian packages."""

from __future__ import annotations

from tests.packages.trees import link, scanned

RELEASE = 'ID=debian\nVERSION_ID="12"\n'
STATUS = """Package: zlib1g
Status: install ok installed
Architecture: amd64
Multi-Arch: same
Source: zlib (1:1.2.13.dfsg-1)
Version: 1:1.2.13.dfsg-1
Maintainer: Mark Brown <broonie@debian.org>
Homepage: http://zlib.net/
Description: compression library - runtime
 zlib is a library
 .
 and more

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2+b2
"""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: Zlib

License: GPL-2+
 text: License: no
"""


def test_installed_packages_with_their_files() -> None:
    """What is installed and nothing else; files are named as the tree has them, directories are nobody's."""
    catalog = scanned(
        {
            "etc/os-release": RELEASE,
            "var/lib/dpkg/status": STATUS,
            "var/lib/dpkg/info/zlib1g:amd64.list": "/.\n/usr\n/lib/x/libz.so.1\n/usr/lib/x/libz.so.1.2\n/usr/share/gone\n",
            "var/lib/dpkg/info/zlib1g:amd64.md5sums": "x",
            "var/lib/dpkg/info/bash.list": "/bin/bash\n",
            "usr/share/doc/zlib1g/copyright": COPYRIGHT,
            "usr/bin/bash": "#",
            "bin": link("bin", "usr/bin"),
            "lib": link("lib", "usr/lib"),
            "usr/lib/x/libz.so.1": link("usr/lib/x/libz.so.1", "libz.so.1.2"),
            "usr/lib/x/libz.so.1.2": "z",
        }
    )
    bash, zlib = catalog.packages
    assert (bash.name, bash.version, bash.files) == (
        "bash",
        "5.2.15-2+b2",
        ("usr/bin/bash", "var/lib/dpkg/info/bash.list"),
    )
    assert bash.purl == "pkg:deb/debian/bash@5.2.15-2%2Bb2?arch=amd64&distro=debian-12"
    upstream = "zlib%401:1.2.13.dfsg-1"
    assert zlib.purl == f"pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream={upstream}"
    assert zlib.files == (
        "usr/lib/x/libz.so.1",
        "usr/lib/x/libz.so.1.2",
        "var/lib/dpkg/info/zlib1g:amd64.list",
        "var/lib/dpkg/info/zlib1g:amd64.md5sums",
    )
    assert zlib.licences == ("GPL-2+", "Zlib")
    assert (zlib.supplier, zlib.homepage) == ("Mark Brown <broonie@debian.org>", "http://zlib.net/")
    assert zlib.summary == "compression library - runtime"
    assert catalog.unread == ()
    assert catalog.owners()["usr/bin/bash"] == bash


def test_distroless_images() -> None:
    """``status.d`` has a file a package, and the list of its files beside it."""
    catalog = scanned(
        {
            "var/lib/dpkg/status.d/base": "Package: base-files\nVersion: 12\nArchitecture: all\n",
            "var/lib/dpkg/status.d/base.md5sums": "0123  etc/issue\n4567  usr/share/none\n",
            "etc/issue": "Debian",
        }
    )
    (package,) = catalog.packages
    assert package.purl == "pkg:deb/debian/base-files@12?arch=all"
    assert package.files == ("etc/issue", "var/lib/dpkg/status.d/base", "var/lib/dpkg/status.d/base.md5sums")


def test_nonsense_is_passed_over() -> None:
    """Lines without a colon, continuations of nothing and paragraphs without a name harm nobody."""
    text = " x\n\0\nfoo\n\n: y\nStatus: install ok installed\n\nPackage: a\nStatus: x installed\n"
    assert [package.name for package in scanned({"var/lib/dpkg/status": text}).packages] == ["a"]


def test_what_a_package_asks_for() -> None:
    """Every alternative of what it depends on and recommends, and the other names that it answers to."""
    text = """Package: a
Status: install ok installed
Version: 1
Pre-Depends: libc6 (>= 2.36)
Depends: debconf (>= 0.5) | debconf-2.0, python3:any,
 libz1
Recommends: c++-docs
Suggests: nothing
Provides: editor, a-abi (= 1)
"""
    (package,) = scanned({"var/lib/dpkg/status": text}).packages
    assert package.requires == ("libc6", "debconf", "debconf-2.0", "python3", "libz1")
    assert package.recommends == ("c++-docs",)
    assert package.provides == ("editor", "a-abi")
