"""Databases that rpm itself wrote, and Java archives of Debian, are read as their own tools read them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.compat.builders import JettisonBuilder
from tests.compat.test_layouts import need, run

pytestmark = pytest.mark.root

REPOSITORY = Path("/usr/share/maven-repo")
COUNT = 40
ERASED = (3, 17, 39)
HEAD = """\
Name: probe
Version: 1.2
Release: 3
Summary: A probe
License: MIT and BSD
Vendor: Somebody
BuildArch: noarch
%description
x
%install
"""
PART = """\
%package -n probe-{0}
Summary: Number {0}
Epoch: {0}
License: GPL-3.0-or-later
%description -n probe-{0}
{1}
"""


def write_packages(folder: Path) -> list[Path]:
    """Packages by rpmbuild: some of many files and long texts, so that their headers fill several pages."""
    parts, made, listed = [], [], []
    for number in range(COUNT):
        parts.append(PART.format(number, "long " * (300 * (number % 5))))
        place = f"/opt/probe-{number}"
        made.append(f"mkdir -p %{{buildroot}}{place}")
        made.append(f"for i in $(seq {1 + 40 * (number % 4)}); do echo {number} $i > %{{buildroot}}{place}/f$i; done")
        listed.append(f"%files -n probe-{number}\n{place}\n")
    spec = folder / "probe.spec"
    spec.write_text(
        HEAD.replace("%install\n", "".join(parts) + "%install\n") + "\n".join(made) + "\n" + "".join(listed)
    )
    run("rpmbuild", "--quiet", "-bb", "--define", f"_topdir {folder}/top", spec)
    return sorted((folder / "top/RPMS").rglob("*.rpm"))


@pytest.mark.parametrize("place", ["/usr/lib/sysimage/rpm", "/var/lib/rpm"])
def test_rpms_own_database(tmp_path: Path, place: str) -> None:
    """Every package that rpm lists is weighed with the files that rpm says are its own, and no other."""
    need("rpm", "rpmbuild")
    root = tmp_path / "context/root"
    root.mkdir(parents=True)
    rpm = ("rpm", "--root", str(root), "--dbpath", place)
    run(*rpm, "--nodeps", "-i", *write_packages(tmp_path))
    run(*rpm, "--nodeps", "-e", *(f"probe-{number}" for number in ERASED))
    told = run(*rpm, "-qa", "--qf", "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{LONGSIZE}\n")
    expected = {tuple(line.split()) for line in told.splitlines()}
    assert len(expected) == COUNT - len(ERASED)
    packages = weighed_packages(tmp_path, "root")
    assert {(name, version, str(size)) for name, version, size in packages} == expected


def test_debians_java_archives(tmp_path: Path) -> None:
    """Name, group and version are those of Maven's repository; the size is the archive's."""
    found = sorted((REPOSITORY / "org/apache/commons/commons-lang3").glob("[0-9]*/*.jar"))
    if not found:
        pytest.skip("libcommons-lang3-java is not installed")
    (tmp_path / "context/opt").mkdir(parents=True)
    shutil.copy(found[0].resolve(), tmp_path / "context/opt/lib.jar")
    version, size = found[0].parent.name, found[0].stat().st_size
    assert weighed_packages(tmp_path, "opt") == [("org.apache.commons:commons-lang3", version, size)]


def weighed_packages(folder: Path, source: str) -> list[tuple[str, str, int]]:
    """Name, version and bytes of what ``weigh`` finds in an image of some files."""
    jettison = JettisonBuilder(home=folder / "home")
    (folder / "context/Dockerfile").write_text(f"FROM scratch\nCOPY {source} /\n")
    jettison.call("build", "-q", "-t", "packed:1", str(folder / "context"))
    weight = json.loads(jettison.call("weigh", "--format", "json", "packed:1"))
    assert weight["incomplete"] == []
    return [(package["name"], package["version"], package["size_bytes"]) for package in weight["packages"]]
