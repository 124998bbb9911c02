"""Distroless images of an archive that the test made: what is in them, what is not, and that they are always the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.base.archive import BUILD_TIME, CERTIFICATES, Archive
from tests.base.conftest import NewWorkspace
from tests.base.image_files import check, entries, parent_of, read

from jettison.base.builder import make_base
from jettison.base.recipe import Mode, Recipe
from jettison.errors import BuildError, IntegrityError, NotFoundError, StorageError, UsageError
from jettison.frozen import replace
from jettison.model.entry import EntryType


def recipe(archive: Archive, *packages: str) -> Recipe:
    """A distroless image of these packages."""
    return Recipe(name="test", mode=Mode.DISTROLESS, packages=packages, mirrors=(archive.line,))


def test_a_static_base_holds_what_the_documentation_says(archive: Archive, new_workspace: NewWorkspace) -> None:
    """Accounts, certificates, zone data, links of a merged /usr, a home, a temporary folder, a list of packages."""
    image = make_base(recipe(archive), workspace=new_workspace())
    check(image)
    (layer,) = image.layers
    found = entries(layer)
    assert b"nonroot:x:65532:65532:nonroot:/home/nonroot:" in read(layer, "etc/passwd")
    assert read(layer, "etc/ssl/certs/ca-certificates.crt") == b"".join(CERTIFICATES)
    assert found["etc/localtime"].link == "/usr/share/zoneinfo/Etc/UTC"
    assert {name: found[name].link for name in ("bin", "lib", "sbin")} == {
        "bin": "usr/bin",
        "lib": "usr/lib",
        "sbin": "usr/sbin",
    }
    assert found["usr/bin"].type is EntryType.DIRECTORY
    assert (found["home/nonroot"].uid, found["home/nonroot"].mode) == (65532, 0o700)
    assert found["tmp"].mode == 0o1777
    assert {path.rpartition("/")[2] for path in found if path.startswith("var/lib/dpkg/status.d/")} == {
        name + suffix for name in ("base-files", "ca-certificates", "netbase", "tzdata") for suffix in ("", ".md5sums")
    }
    assert image.config.run.user == "65532"
    assert image.config.run.environment()["SSL_CERT_FILE"] == "/etc/ssl/certs/ca-certificates.crt"
    assert image.config.created == "2020-09-13T12:26:40Z"


def test_nothing_that_only_installing_needs_is_inside(archive: Archive, new_workspace: NewWorkspace) -> None:
    """No debconf, no awk, no openssl, no maintainer script; what was left out is told."""
    told: list[str] = []
    image = make_base(recipe(archive), workspace=new_workspace(), report=told.append)
    found = entries(image.layers[0])
    assert not {"usr/sbin/debconf", "usr/bin/mawk", "usr/bin/openssl"} & found.keys()
    assert not [path for path in found if "postinst" in path]
    assert "left out openssl, which only the installation of ca-certificates needs" in told


def test_documentation_goes_and_md5sums_tell_of_the_rest(archive: Archive, new_workspace: NewWorkspace) -> None:
    """Scanners that verify files find every file they are told of."""
    (layer,) = make_base(recipe(archive), workspace=new_workspace()).layers
    found = entries(layer)
    assert "usr/share/doc/base-files/copyright" in found
    assert "usr/share/doc/base-files/changelog.gz" not in found
    for path in found:
        if path.endswith(".md5sums"):
            for line in read(layer, path).decode().splitlines():
                digest, _, name = line.partition("  ")
                assert hashlib.md5(read(layer, name)).hexdigest() == digest


def test_two_builds_give_the_same_bytes(archive: Archive, new_workspace: NewWorkspace) -> None:
    """The first build downloads, the second takes everything from the cache; neither leaves a trace of its time."""
    archive.add("app", {"usr/bin/app": b"app"}, Depends="lib")
    archive.add("lib", {"usr/lib/lib.so": b"lib"})
    first = make_base(recipe(archive, "app"), workspace=new_workspace())
    second = make_base(recipe(archive, "app"), workspace=new_workspace())
    assert first.config == second.config
    assert first.layers[0].tar.read_bytes() == second.layers[0].tar.read_bytes()


def test_the_newest_package_gives_the_time(archive: Archive, new_workspace: NewWorkspace) -> None:
    """Files keep the times of their packages; generated ones get that of the newest; an epoch limits all."""
    archive.add("app", {"usr/bin/app": b"app"}, time=BUILD_TIME + 500)
    (layer,) = make_base(recipe(archive, "app"), workspace=new_workspace()).layers
    times = {path: entry.mtime_ns // 10**9 - BUILD_TIME for path, entry in entries(layer).items()}
    assert (times["usr/bin/app"], times["etc/passwd"], times["etc/protocols"]) == (500, 500, 0)
    limited = replace(recipe(archive, "app"), source_date_epoch=BUILD_TIME - 7)
    (layer,) = make_base(limited, workspace=new_workspace()).layers
    assert {entry.mtime_ns // 10**9 - BUILD_TIME for entry in layer.index.entries} == {-7}


def test_the_recipes_files_links_and_config_win(archive: Archive, new_workspace: NewWorkspace) -> None:
    """What the recipe says takes the place of what packages hold and of the defaults."""
    image = make_base(
        replace(
            recipe(archive),
            files=(("/etc/protocols", "mine"), ("/opt/a/b", "deep")),
            links=(("/bin/tool", "../lib/tool"),),
            env=(("PATH", "/opt"), ("X", "")),
            labels=(("k", "v"),),
            user="0",
            workdir="/opt",
            entrypoint=("/opt/run",),
            cmd=("x",),
        ),
        workspace=new_workspace(),
    )
    check(image)
    (layer,) = image.layers
    assert read(layer, "etc/protocols") == b"mine"
    assert read(layer, "opt/a/b") == b"deep"
    assert entries(layer)["usr/bin/tool"].link == "../lib/tool"
    run = image.config.run
    assert (run.user, run.working_dir, run.entrypoint, run.cmd) == ("0", "/opt", ("/opt/run",), ("x",))
    assert run.environment() == {"PATH": "/opt", "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt", "X": ""}
    assert run.labels == (("k", "v"),)


def test_on_another_image_only_the_difference_is_packed(
    archive: Archive, new_workspace: NewWorkspace, tmp_path: Path
) -> None:
    """Packages of the image below are neither fetched nor repeated, and its config is kept."""
    archive.add("lib", {"lib/x.so": b"lib", "usr/bin/shared": b"s"}, Depends="base-files")
    archive.add("app", {"usr/bin/app": b"app", "bin/other": b"o"}, Depends="lib, debconf, tzdata")
    below = make_base(replace(recipe(archive, "lib"), env=(("A", "1"),)), workspace=new_workspace())
    parent = parent_of(below, tmp_path / "below")
    on = replace(recipe(archive, "app"), on="below", env=(("B", "2"),))
    image = make_base(on, workspace=new_workspace(), parent=parent)
    check(image)
    (layer,) = image.layers
    assert set(entries(layer)) == {
        "usr/bin/app",
        "usr/bin/other",
        "var/lib/dpkg/status.d/app",
        "var/lib/dpkg/status.d/app.md5sums",
    }
    assert image.config.diff_ids[:1] == below.config.diff_ids
    assert image.config.run.user == "65532"
    assert {"A", "B", "PATH"} <= image.config.run.environment().keys()
    nothing = make_base(replace(on, packages=("lib",)), workspace=new_workspace(), parent=parent)
    assert nothing.layers == ()
    assert nothing.config.created == below.config.created


def test_an_image_below_that_is_too_old_is_named(archive: Archive, new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """A layer that would replace half of a package is refused."""
    archive.add("lib", {"usr/lib/x.so.1": b"old"})
    parent = parent_of(make_base(recipe(archive, "lib"), workspace=new_workspace()), tmp_path / "below")
    archive.add("lib", {"usr/lib/x.so.2": b"new"}, version="2.0")
    archive.add("app", {"usr/bin/app": b"app"}, Depends="lib (>= 2)")
    with pytest.raises(BuildError, match=r"lib 2\.0 is needed, but below holds 1\.0") as caught:
        make_base(replace(recipe(archive, "app"), on="below"), workspace=new_workspace(), parent=parent)
    assert "rebuild below" in (caught.value.hint or "")


def test_an_image_below_that_is_newer_than_its_archive_still_serves(
    archive: Archive, new_workspace: NewWorkspace, tmp_path: Path
) -> None:
    """What is installed counts, whether the archive knows it or not."""
    archive.add("lib", {"usr/lib/x.so.1": b"x"}, version="3.0")
    parent = parent_of(make_base(recipe(archive, "lib"), workspace=new_workspace()), tmp_path / "below")
    archive.paragraphs.pop()
    archive.add("app", {"usr/bin/app": b"app"}, Depends="lib (>= 2)")
    image = make_base(replace(recipe(archive, "app"), on="below"), workspace=new_workspace(), parent=parent)
    assert "usr/bin/app" in entries(image.layers[0])


def test_an_unknown_package_is_named_with_its_neighbours(archive: Archive, new_workspace: NewWorkspace) -> None:
    """A typing error is answered with what was meant."""
    with pytest.raises(NotFoundError, match="no package 'netbsae'") as caught:
        make_base(recipe(archive, "netbsae"), workspace=new_workspace())
    assert "netbase" in (caught.value.hint or "")
    with pytest.raises(NotFoundError, match=r"no version 9 of the package 'netbase'"):
        make_base(recipe(archive, "netbase=9"), workspace=new_workspace())


def test_a_name_is_never_taken_for_something_else(archive: Archive, new_workspace: NewWorkspace) -> None:
    """apt reads dots as regular expressions and a plus as an order; we mean names."""
    archive.add("app3.11", {"usr/bin/app": b"app"}, Provides="virtual-app")
    with pytest.raises(NotFoundError, match=r"no package 'app3\.1'") as caught:
        make_base(recipe(archive, "app3.1"), workspace=new_workspace())
    assert "app3.11" in (caught.value.hint or "")
    with pytest.raises(NotFoundError, match=r"no package 'netbase\+'"):
        make_base(recipe(archive, "netbase+"), workspace=new_workspace())
    (layer,) = make_base(recipe(archive, "virtual-app"), workspace=new_workspace()).layers
    assert "usr/bin/app" in entries(layer)


def test_a_dependency_that_nothing_satisfies_is_told_as_apt_tells_it(
    archive: Archive, new_workspace: NewWorkspace
) -> None:
    """apt's own words are in the error."""
    archive.add("app", Depends="missing")
    with pytest.raises(BuildError, match=r"(?s)no way to install.*app : Depends: missing but it is not installable"):
        make_base(recipe(archive, "app"), workspace=new_workspace())


def test_an_archive_that_cannot_be_reached_is_named(new_workspace: NewWorkspace) -> None:
    """No traceback of a network library: what failed, and what may help."""
    gone = Recipe(name="t", mode=Mode.DISTROLESS, mirrors=("deb [trusted=yes] http://127.0.0.1:9/debian x main",))
    with pytest.raises(BuildError, match="cannot reach the Debian archive") as caught:
        make_base(gone, workspace=new_workspace())
    assert "--mirror" in (caught.value.hint or "")


def test_an_archive_that_is_not_signed_is_refused(archive: Archive, new_workspace: NewWorkspace) -> None:
    """Without a signature nothing is believed, unless the line says so."""
    unsigned = replace(recipe(archive), mirrors=(archive.line.replace("[trusted=yes] ", ""),))
    with pytest.raises(BuildError, match=r"not signed|does not have a Release file"):
        make_base(unsigned, workspace=new_workspace())


def test_a_package_that_is_not_what_the_index_says_is_refused(archive: Archive, new_workspace: NewWorkspace) -> None:
    """The digest of the signed index decides."""
    archive.add("app", {"usr/bin/app": b"app"})
    path = next(archive.folder.glob("app_*.deb"))
    path.write_bytes(path.read_bytes().replace(b"debian-binary", b"debian-Binary"))
    with pytest.raises((BuildError, IntegrityError), match=r"(?i)hash sum mismatch|not the bytes"):
        make_base(recipe(archive, "app"), workspace=new_workspace())


def test_a_damaged_cache_is_fetched_again(archive: Archive, new_workspace: NewWorkspace) -> None:
    """A cached file is verified each time it is used."""
    workspace = new_workspace()
    first = make_base(recipe(archive), workspace=workspace)
    for cached in workspace.cache.glob("packages/*/*.deb"):
        cached.write_bytes(b"damaged")
    second = make_base(recipe(archive), workspace=new_workspace())
    assert first.config.diff_ids == second.config.diff_ids


def test_two_packages_with_one_file_are_refused(archive: Archive, new_workspace: NewWorkspace) -> None:
    """Unless one says that it replaces the other."""
    archive.add("one", {"usr/bin/x": b"1"})
    archive.add("two", {"usr/bin/x": b"2"})
    archive.add("three", {"usr/bin/x": b"3"}, Replaces="one")
    with pytest.raises(BuildError, match=r"/usr/bin/x is in both one and two"):
        make_base(recipe(archive, "one", "two"), workspace=new_workspace())
    (layer,) = make_base(recipe(archive, "one", "three"), workspace=new_workspace()).layers
    assert read(layer, "usr/bin/x") == b"3"


def test_a_bundle_becomes_a_layer_of_its_own(archive: Archive, new_workspace: NewWorkspace, tmp_path: Path) -> None:
    """Only certificates that the store lacks are appended; a second time there is nothing to add."""
    from tests.base.archive import certificate

    own = certificate(b"private network")
    bundle = tmp_path / "own.pem"
    bundle.write_bytes(CERTIFICATES[0] + own)
    plain = make_base(recipe(archive), workspace=new_workspace())
    with_bundle = replace(recipe(archive), ca_bundle=str(bundle))
    image = make_base(with_bundle, workspace=new_workspace())
    check(image)
    assert image.config.diff_ids[0] == plain.config.diff_ids[0]
    assert list(entries(image.layers[1])) == ["etc/ssl/certs/ca-certificates.crt"]
    store = read(image.layers[1], "etc/ssl/certs/ca-certificates.crt")
    assert store == b"".join(CERTIFICATES) + own
    parent = parent_of(image, tmp_path / "below")
    again = make_base(replace(with_bundle, on="below"), workspace=new_workspace(), parent=parent)
    assert again.layers == ()


def test_a_bundle_that_is_missing_or_empty_is_refused_first(archive: Archive, new_workspace: NewWorkspace) -> None:
    """Before anything is downloaded."""
    with pytest.raises(NotFoundError, match="cannot read the CA bundle"):
        make_base(replace(recipe(archive), ca_bundle="/no/such.pem"), workspace=new_workspace())
    with pytest.raises(UsageError, match="no certificate"):
        make_base(replace(recipe(archive), ca_bundle="/etc/hostname"), workspace=new_workspace())


def test_a_workspace_that_cannot_be_written_is_a_storage_error(archive: Archive, new_workspace: NewWorkspace) -> None:
    """Errors of the disk are told as such."""
    workspace = new_workspace()
    (workspace.folder / "layer.tar").mkdir()
    with pytest.raises(StorageError, match=r"layer\.tar"):
        make_base(recipe(archive), workspace=workspace)


def test_the_image_below_must_be_given(archive: Archive, new_workspace: NewWorkspace) -> None:
    """A recipe that is built on an image cannot be built on nothing."""
    with pytest.raises(UsageError, match="'below'"):
        make_base(replace(recipe(archive), on="below"), workspace=new_workspace())


@pytest.mark.root
def test_root_is_not_needed(archive: Archive, tmp_path: Path) -> None:
    """Nothing of a distroless image is executed, so anyone can make one; the bytes are the same."""
    program = """
import sys
from pathlib import Path
from jettison.base.builder import make_base
from jettison.base.image import Workspace
from jettison.base.recipe import Mode, Recipe
folder = Path(sys.argv[1])
(folder / "work").mkdir(parents=True)
recipe = Recipe(name="test", mode=Mode.DISTROLESS, mirrors=(sys.argv[2],))
print(make_base(recipe, workspace=Workspace(folder=folder / "work", cache=folder / "cache")).config.diff_ids[0])
"""
    shared = Path("/tmp", f"jettison-base-{os.getpid()}")
    shared.mkdir(mode=0o777)
    try:
        shared.chmod(0o777)
        copy = shared / "archive"
        subprocess.run(["cp", "-r", archive.folder, copy], check=True)
        line = replace(archive, folder=copy).line
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        digests = [
            subprocess.run(
                [*prefix, sys.executable, "-c", program, shared / name, line],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            for prefix, name in (([], "root"), (as_nobody, "nobody"))
        ]
    finally:
        subprocess.run(["rm", "-rf", shared], check=True)
    assert digests[0] == digests[1]
