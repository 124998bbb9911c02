"""Python distributions."""

from __future__ import annotations

from tests.packages.trees import scanned

from jettison.model.entry import Entry, EntryType

SITE = "usr/lib/python3/site-packages"
METADATA = """Metadata-Version: 2.1
Name: My_Pkg
Version: 1.0
Summary: does things
Author-email: A <a@example.org>
License: MIT
Project-URL: Homepage, https://example.org
Classifier: License :: OSI Approved :: BSD License

Name: not a field any more
"""


def test_wheels() -> None:
    """``RECORD`` tells the files, those outside of the folder too."""
    catalog = scanned(
        {
            f"{SITE}/my_pkg-1.0.dist-info/METADATA": METADATA,
            f"{SITE}/my_pkg-1.0.dist-info/RECORD": 'my_pkg/__init__.py,sha256=x,1\n../../../bin/tool,,\n"my_pkg/a,b.py",,\n',
            f"{SITE}/my_pkg/__init__.py": "",
            f"{SITE}/my_pkg/a,b.py": "",
            "usr/bin/tool": "",
        }
    )
    (package,) = catalog.packages
    assert (package.name, package.version, package.purl) == ("My_Pkg", "1.0", "pkg:pypi/my-pkg@1.0")
    assert package.files == (
        "usr/bin/tool",
        f"{SITE}/my_pkg-1.0.dist-info/METADATA",
        f"{SITE}/my_pkg/__init__.py",
        f"{SITE}/my_pkg/a,b.py",
    )
    assert (package.licences, package.supplier, package.homepage) == (
        ("MIT",),
        "A <a@example.org>",
        "https://example.org",
    )


def test_a_hard_link_is_read_as_the_file_that_it_is() -> None:
    """Installers link from their cache."""
    path = f"{SITE}/a.dist-info/METADATA"
    link = Entry(path=path, type=EntryType.HARDLINK, mode=0o644, link="root/.cache/x")
    (package,) = scanned({"root/.cache/x": METADATA, path: link}).packages
    assert (package.name, package.files) == ("My_Pkg", (path,))


def test_eggs() -> None:
    """Folders with a list of files, and single files as Debian has them."""
    catalog = scanned(
        {
            f"{SITE}/old-2.egg-info/PKG-INFO": "Name: old\nVersion: 2\nLicense: UNKNOWN\nClassifier: License :: Public Domain\n",
            f"{SITE}/old-2.egg-info/installed-files.txt": "../old/x.py\n",
            f"{SITE}/old/x.py": "",
            f"{SITE}/one.egg-info": "Name: one\nVersion: 1\n",
        }
    )
    old, one = catalog.packages
    assert old.files == (
        f"{SITE}/old-2.egg-info/PKG-INFO",
        f"{SITE}/old-2.egg-info/installed-files.txt",
        f"{SITE}/old/x.py",
    )
    assert old.licences == ("Public Domain",)
    assert one.files == (f"{SITE}/one.egg-info",)


def test_what_a_distribution_packages_is_the_distributions() -> None:
    """Both packages are in the catalog; the file has one owner."""
    catalog = scanned(
        {
            "var/lib/dpkg/status": "Package: python3-one\nStatus: install ok installed\nVersion: 1\n",
            "var/lib/dpkg/info/python3-one.list": f"/{SITE}/one.egg-info\n",
            f"{SITE}/one.egg-info": "Name: one\nVersion: 1\n",
        }
    )
    assert [package.name for package in catalog.packages] == ["python3-one", "one"]
    assert catalog.owners()[f"{SITE}/one.egg-info"].name == "python3-one"


def test_what_a_distribution_requires() -> None:
    """Under the one spelling of each name; what only an extra wants is left out."""
    text = """Name: a
Version: 1
Requires-Dist: Flask_Login>=2
Requires-Dist: six (==1.0) ; python_version < "3.12"
Requires-Dist: PyTest ; extra == "test"
Requires-Dist: zope.interface[x]
"""
    (package,) = scanned({f"{SITE}/a-1.dist-info/METADATA": text}).packages
    assert package.requires == ("flask-login", "six", "zope-interface")
