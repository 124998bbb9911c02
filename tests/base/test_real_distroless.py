"""Distroless images made of real packages from this machine's own archive: they run, and have no shell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.base.conftest import NewWorkspace
from tests.base.image_files import check, entries, flatten, parent_of, read

from jettison.base.builder import make_base
from jettison.base.recipe import Mode, Recipe
from jettison.base.sources import host_suite

pytestmark = [
    pytest.mark.skipif(host_suite() is None, reason="this machine is no Debian, so it has no archive of its own"),
]
NONROOT = "--userspec=65532:65532"


def build(new_workspace: NewWorkspace, folder: Path, *packages: str) -> Path:
    """The files of a distroless image of these packages."""
    image = make_base(Recipe(name="t", mode=Mode.DISTROLESS, packages=packages), workspace=new_workspace())
    check(image)
    return flatten(image, folder)


def run(root: Path, *command: str) -> str:
    """Run a command in the image as its user, with an empty environment."""
    done = subprocess.run(
        ["env", "-i", "/usr/sbin/chroot", NONROOT, root, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_static_base_is_small_and_always_the_same(new_workspace: NewWorkspace) -> None:
    """Under 5 MB, no shell, no set-user-id program; a second build gives the same digest."""
    recipe = Recipe(name="static", mode=Mode.DISTROLESS)
    image = make_base(recipe, workspace=new_workspace())
    check(image)
    (layer,) = image.layers
    assert layer.index.tar_bytes < 5_000_000
    found = entries(layer)
    assert not [path for path in found if path in ("usr/bin/sh", "usr/bin/bash", "usr/bin/dash", "usr/bin/perl")]
    assert not [path for path, entry in found.items() if entry.mode & 0o6000 and not entry.path.startswith("var/")]
    store = read(layer, "etc/ssl/certs/ca-certificates.crt")
    assert store.count(b"BEGIN CERTIFICATE") > 100
    assert "usr/share/zoneinfo/Europe/Berlin" in found
    assert b"Package: tzdata\n" in read(layer, "var/lib/dpkg/status.d/tzdata")
    assert make_base(recipe, workspace=new_workspace()).config == image.config


@pytest.mark.slow
@pytest.mark.root
def test_python_runs_with_ssl_and_sqlite(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """The interpreter, its C extensions, zone data and certificates work for an unprivileged user."""
    root = build(new_workspace, tmp_path / "root", "python3")
    program = "import ssl, sqlite3, zoneinfo; zoneinfo.ZoneInfo('Asia/Tokyo'); print(sqlite3.sqlite_version)"
    assert run(root, "/usr/bin/python3", "-c", program)
    authorities = "import ssl; print(len(ssl.create_default_context().get_ca_certs()))"
    assert int(run(root, "/usr/bin/python3", "-c", authorities)) > 100
    assert not (root / "usr/bin/sh").exists()
    assert not (root / "usr/bin/apt-get").exists()


@pytest.mark.slow
@pytest.mark.root
def test_node_runs(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """Node with its many libraries starts without ldconfig."""
    root = build(new_workspace, tmp_path / "root", "nodejs")
    assert run(root, "/usr/bin/node", "-p", "require('crypto').createHash('md5').update('').digest('hex')") == (
        "d41d8cd98f00b204e9800998ecf8427e\n"
    )


@pytest.mark.slow
@pytest.mark.root
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_a_c_program_runs_on_libc(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """A dynamically linked program finds its loader and libc in the merged /usr."""
    root = build(new_workspace, tmp_path / "root", "libc6")
    source = tmp_path / "hello.c"
    source.write_text('#include <stdio.h>\n#include <time.h>\nint main(void) { puts("hello"); return time(0) < 0; }\n')
    subprocess.run(["cc", "-o", root / "hello", source], check=True)
    assert run(root, "/hello") == "hello\n"


@pytest.mark.slow
@pytest.mark.root
def test_python_on_a_static_base_is_only_the_difference(new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """The base's packages are not repeated, and the whole runs."""
    below = make_base(Recipe(name="static", mode=Mode.DISTROLESS), workspace=new_workspace())
    recipe = Recipe(name="python", mode=Mode.DISTROLESS, on="static", packages=("python3", "tzdata"))
    image = make_base(recipe, workspace=new_workspace(), parent=parent_of(below, tmp_path / "below"))
    check(image)
    (layer,) = image.layers
    assert not [
        path for path in entries(layer) if path.startswith(("usr/share/zoneinfo/", "usr/share/ca-certificates/"))
    ]
    root = flatten(below, tmp_path / "root")
    with layer.tar.open("rb") as file:
        subprocess.run(["tar", "-xpf", "-", "-C", root], stdin=file, check=True)
    assert run(root, "/usr/bin/python3", "-c", "import ssl; print(1)") == "1\n"
