"""Slim images made of real packages: they behave as Debian's own, and two builds give the same bytes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.base.archive import Archive
from tests.base.conftest import NewWorkspace
from tests.base.image_files import check, entries, parent_of, read

from jettison.base.builder import make_base
from jettison.base.image import BaseImage, Parent, Workspace
from jettison.base.namespace import run_apart
from jettison.base.recipe import Mode, Recipe
from jettison.base.sources import host_suite
from jettison.errors import BuildError, SandboxError
from jettison.model.entry import EntryType

real = [
    pytest.mark.slow,
    pytest.mark.root,
    pytest.mark.skipif(host_suite() is None, reason="this machine is no Debian, so it has no archive of its own"),
]
SLIM = Recipe(name="debian:12-slim", mode=Mode.SLIM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A slim image and where it lies unpacked."""

    image: BaseImage
    parent: Parent
    folder: Path
    numbers: Iterator[int]

    def workspace(self) -> Workspace:
        """Another workspace with the same cache."""
        folder = self.folder / f"work-{next(self.numbers)}"
        folder.mkdir()
        return Workspace(folder=folder, cache=self.folder / "cache")


@pytest.fixture(scope="module")
def slim(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The image that the tests of this file share."""
    folder = tmp_path_factory.mktemp("slim")
    (folder / "work").mkdir()
    image = make_base(SLIM, workspace=Workspace(folder=folder / "work", cache=folder / "cache"))
    return Built(image=image, parent=parent_of(image, folder / "image"), folder=folder, numbers=iter(range(99)))


class TestSlim:
    """From nothing."""

    pytestmark = real

    def test_it_has_what_dockerfiles_expect(self, slim: Built) -> None:
        """A shell, apt, Debian's configuration for containers, and no documentation."""
        check(slim.image)
        (layer,) = slim.image.layers
        found = entries(layer)
        assert {"usr/bin/bash", "usr/bin/apt-get", "usr/bin/dpkg", "etc/apt/apt.conf.d/docker-clean"} <= found.keys()
        assert found["bin"].link == "usr/bin"
        assert b"Suites: " in read(layer, "etc/apt/sources.list.d/debian.sources")
        assert "usr/bin/perl" in found
        assert "usr/lib/x86_64-linux-gnu/libperl.so.5.36" not in found
        assert not [path for path in found if path.startswith(("usr/share/man/", "var/lib/apt/lists/", "dev/", "run/"))]
        assert not [entry for entry in found.values() if entry.type is EntryType.CHAR_DEVICE]
        assert layer.index.tar_bytes < 95_000_000
        assert slim.image.config.run.cmd == ("bash",)
        assert slim.image.config.run.user == ""

    def test_it_runs(self, slim: Built) -> None:
        """The shell starts, dpkg finds its database whole."""
        (root,) = slim.parent.folders
        script = "dpkg --audit && dpkg-query -W -f '${Package}\\n' bash && . /etc/os-release && echo $ID"
        done = subprocess.run(["chroot", root, "/bin/sh", "-c", script], capture_output=True, text=True, check=False)
        assert (done.stdout, done.returncode) == ("bash\ndebian\n", 0), done.stderr

    def test_a_second_build_gives_the_same_bytes(self, slim: Built) -> None:
        """Even where the clock went on and maintainer scripts ran again."""
        assert make_base(SLIM, workspace=slim.workspace()).config == slim.image.config


class TestOn:
    """One more layer."""

    pytestmark = real
    recipe = Recipe(name="more", mode=Mode.SLIM, on="debian:12-slim", packages=("iputils-ping", "ca-certificates"))

    def test_only_the_difference_is_in_the_layer(self, slim: Built) -> None:
        """Files of the packages with their capabilities, dpkg's database, and no trace of the making; twice the same."""
        image = make_base(self.recipe, workspace=slim.workspace(), parent=slim.parent)
        assert str(slim.folder) not in Path("/proc/mounts").read_text()
        check(image)
        (layer,) = image.layers
        found = entries(layer)
        assert dict(found["usr/bin/ping"].xattrs)["security.capability"]
        assert "usr/bin/bash" not in found
        assert "usr/sbin/policy-rc.d" not in found
        assert not [
            path for path in found if path.startswith(("proc", "dev", "run", "tmp", "var/log", "var/cache/apt/a"))
        ]
        assert b"\nPackage: iputils-ping\nStatus: install ok installed\n" in read(layer, "var/lib/dpkg/status")
        again = make_base(self.recipe, workspace=slim.workspace(), parent=slim.parent)
        assert again.config == image.config

    def test_files_and_certificates_become_small_layers(self, slim: Built) -> None:
        """A link of the image that leads to an absolute path never leads out of the image."""
        own = Recipe(
            name="own", mode=Mode.SLIM, on="debian:12-slim", files=(("/var/run/own/x", "hello"),), ca_bundle="system"
        )
        image = make_base(own, workspace=slim.workspace(), parent=slim.parent)
        check(image)
        files, bundle = image.layers
        assert list(entries(files)) == ["run/own", "run/own/x"]
        assert not Path("/run/own").exists()
        assert b"BEGIN CERTIFICATE" in read(bundle, "etc/ssl/certs/ca-certificates.crt")
        assert any(path.startswith("usr/local/share/ca-certificates/") for path in entries(bundle))

    def test_packages_that_are_there_already_make_no_layer(self, slim: Built) -> None:
        """Nothing is installed twice."""
        image = make_base(
            Recipe(name="same", mode=Mode.SLIM, on="debian:12-slim", packages=("bash",)),
            workspace=slim.workspace(),
            parent=slim.parent,
        )
        assert image.layers == ()
        assert image.config.diff_ids == slim.image.config.diff_ids


@pytest.mark.root
def test_a_base_without_dpkg_is_refused(archive: Archive, new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """A distroless image cannot be extended by maintainer scripts."""
    base = Recipe(name="static", mode=Mode.DISTROLESS, mirrors=(archive.line,))
    parent = parent_of(make_base(base, workspace=new_workspace()), tmp_path / "below")
    recipe = Recipe(name="t", mode=Mode.SLIM, on="static", packages=("netbase",), mirrors=(archive.line,))
    with pytest.raises(BuildError, match="static has no /var/lib/dpkg/status"):
        make_base(recipe, workspace=new_workspace(), parent=parent)


@pytest.mark.root
def test_links_never_lead_to_this_machine(archive: Archive, new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """A base image whose folders are links to absolute paths cannot make us write there."""
    base = Recipe(
        name="evil",
        mode=Mode.DISTROLESS,
        mirrors=(archive.line,),
        files=(
            ("/var/lib/dpkg/status", "Package: dpkg\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n"),
        ),
        links=(("/usr/sbin", str(tmp_path)),),
    )
    parent = parent_of(make_base(base, workspace=new_workspace()), tmp_path / "below")
    archive.add("app", {"usr/bin/app": b"app"})
    recipe = Recipe(name="t", mode=Mode.SLIM, on="evil", packages=("app",), mirrors=(archive.line,))
    with pytest.raises(BuildError, match=r"/usr/sbin/policy-rc\.d of the base image leads to"):
        make_base(recipe, workspace=new_workspace(), parent=parent)


def test_missing_tools_are_named_with_their_package(
    new_workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mmdebstrap is not everywhere."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SandboxError, match="mmdebstrap is not installed") as caught:
        make_base(SLIM, workspace=new_workspace())
    assert caught.value.hint == "apt-get install -y mmdebstrap"


def test_without_root_another_mode_is_offered(new_workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slim images need root; distroless ones do not."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError, match="slim images need root") as caught:
        make_base(SLIM, workspace=new_workspace())
    assert "distroless" in (caught.value.hint or "")


@pytest.mark.root
def test_tools_run_apart(tmp_path: Path) -> None:
    """No network, no processes and no environment of this machine; mounts are gone afterwards."""
    script = "mount -t tmpfs none . && ls /sys/class/net; echo $$; env; cat /proc/sys/kernel/hostname > /dev/null"
    output = run_apart(["sh", "-c", script], doing="testing", tool="sh", epoch=7, cwd=tmp_path)
    lines = output.splitlines()
    assert "1" in lines
    assert "SOURCE_DATE_EPOCH=7" in lines
    assert not [line for line in lines if line.startswith("PYTEST")]
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


@pytest.mark.root
def test_a_tool_that_fails_is_quoted(tmp_path: Path) -> None:
    """The last words of the tool are in the error."""
    with pytest.raises(BuildError, match=r"(?s)testing: sh exited with 3.*last words"):
        run_apart(["sh", "-c", "echo last words >&2; exit 3"], doing="testing", tool="sh", epoch=0, cwd=tmp_path)


@pytest.mark.root
def test_nothing_survives_a_killed_build(tmp_path: Path) -> None:
    """kill -9 of the builder ends the tools that it started, and their mounts with them."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom jettison.base.namespace import run_apart\n"
        "script = 'touch started; mount -t tmpfs none .; exec sleep 600'\n"
        "run_apart(['sh', '-c', script], doing='x', tool='sh', epoch=0, cwd=Path(sys.argv[1]))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, tmp_path]) as builder:
        wait_until((tmp_path / "started").exists)
        assert processes_in(tmp_path)
        builder.kill()
    wait_until(lambda: not processes_in(tmp_path))
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


def processes_in(folder: Path) -> list[str]:
    """The processes of this machine that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str((process / "cwd").readlink()) == str(folder):
                found.append(process.name)
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")
