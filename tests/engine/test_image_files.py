"""Looking into images: paths are found, listed and copied out, and nothing leaves the place it is copied to."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.engine.bench import Bench
from tests.engine.test_image_layers import PLACES, Put, quiet, silent
from tests.layout.support import make_image

from jettison.engine.image_files import (
    CopyOut,
    content_of,
    copy_to_folder,
    copy_to_tar,
    find_entry,
    keep_near,
    list_entries,
    split_image_path,
)
from jettison.engine.image_layers import LayeredImage, open_image
from jettison.engine.source_layers import keep_nothing
from jettison.errors import BuildError, JettisonError, NotFoundError, UsageError
from jettison.rootfs.metadata import Privileges

USER = Privileges(owners=False, devices=False)
Open = Callable[..., LayeredImage]
Member = tuple[str, bytes | str]
"""A name and a content; a text is a link: ``sym:TARGET``, ``hard:TARGET``, or ``dir``, ``dev``."""


def layer(*members: Member) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, what in members:
            info = tarfile.TarInfo(name)
            info.mtime = 1_500_000_000
            data = b""
            if isinstance(what, bytes):
                info.size, data = len(what), what
            elif what == "dir":
                info.type, info.mode = tarfile.DIRTYPE, 0o750
            elif what == "dev":
                info.type, info.devmajor, info.devminor = tarfile.CHRTYPE, 1, 3
            else:
                kind, _, info.linkname = what.partition(":")
                info.type = tarfile.SYMTYPE if kind == "sym" else tarfile.LNKTYPE
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


LOWER = layer(
    ("usr", "dir"), ("usr/lib", "dir"), ("usr/lib/a.so", b"shared"), ("lib", "sym:usr/lib"), ("etc/motd", b"hi\n"),
    ("loop", "sym:loop"), ("out", "sym:/../../etc"), ("null", "dev"),
)  # fmt: skip
UPPER = layer(("usr/lib/b.so", "hard:usr/lib/a.so"), ("usr/lib/c.so", "sym:a.so"), ("etc/motd", b"hello\n"))


@pytest.fixture
def opened(bench: Bench) -> Iterator[Open]:
    """Opens an image of the layers, wherever they are put."""
    stack = ExitStack()

    def open_it(*layers: bytes, put: Put | None = None, keep: str | None = None, packed: bool = False) -> LayeredImage:
        image = make_image(*(layers or (LOWER, UPPER)), packed=packed)
        name, stdin = (put or next(iter(PLACES)))(image, bench, stack)
        kept = keep_nothing if keep is None else keep_near(keep)
        return stack.enter_context(open_image(name, bench.machine(quiet), progress=silent, stdin=stdin, keep=kept))

    with stack:
        yield open_it


@pytest.mark.parametrize(
    ("path", "follow", "expected"),
    [
        ("/etc/motd", True, "etc/motd"),
        ("etc//./motd", True, "etc/motd"),
        ("../../etc/motd", True, "etc/motd"),
        ("lib/a.so", True, "usr/lib/a.so"),
        ("lib/c.so", True, "usr/lib/a.so"),
        ("lib/c.so", False, "usr/lib/c.so"),
        ("lib", False, "lib"),
        ("lib/", True, "usr/lib"),
        ("out/motd", True, "etc/motd"),
        ("/", True, ""),
    ],
)
def test_a_path_is_found_as_a_program_in_the_image_does(opened: Open, path: str, follow: bool, expected: str) -> None:
    """Links are followed, never out of the image."""
    assert find_entry(opened().files().tree, path, follow=follow).path == expected


@pytest.mark.parametrize(
    ("path", "error", "message", "hint"),
    [
        ("etc/modt", NotFoundError, "no such file in the image: /etc/modt", "did you mean /etc/motd?"),
        ("/etd/motd", NotFoundError, "/etd/motd: there is no /etd", "did you mean /etc/motd?"),
        ("/etd/x", NotFoundError, "/etd/x: there is no /etd", "did you mean /etc?"),
        ("lib/x", NotFoundError, "/lib/x: there is no /usr/lib/x, /lib is a link to usr/lib", "/usr/lib has a.so, "),
        ("xyzzy", NotFoundError, "no such file in the image: /xyzzy", "/ has etc, lib, "),
        ("elsewhere/a.so", NotFoundError, "/elsewhere/a.so: there is no /elsewhere", "there is /usr/lib/a.so"),
        ("lib/d.so", NotFoundError, "there is no /usr/lib/d.so", "did you mean /usr/lib/"),
        ("etc/motd/x", NotFoundError, "/etc/motd/x: /etc/motd is no directory", "name /etc/motd itself"),
        ("etc/motd/", NotFoundError, "/etc/motd is no directory", "leave the slash"),
        ("loop", BuildError, "too many symbolic links", ""),
    ],
)
def test_what_is_not_there_is_told_with_what_is(
    opened: Open, path: str, error: type[JettisonError], message: str, hint: str
) -> None:
    """The first part that is missing, and the nearest name."""
    with pytest.raises(error) as caught:
        find_entry(opened().files().tree, path)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize("put", PLACES, ids=lambda put: str(put.__name__))
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_contents_come_from_anywhere(opened: Open, put: Put, packed: bool) -> None:
    """By any of a file's names, whether it was kept while the image passed by or not."""
    for keep in (None, "/lib/b.so"):
        files = opened(put=put, keep=keep, packed=packed).files()
        assert b"".join(content_of(files, "/lib/b.so")) == b"shared"
        assert b"".join(content_of(files, "/lib/c.so")) == b"shared"
        assert b"".join(content_of(files, "etc/motd")) == b"hello\n"
        if put.__name__ == "on_stdin":
            break  # it can be read once


def test_a_directory_has_no_content(opened: Open) -> None:
    """The hint says what lists it."""
    with pytest.raises(UsageError, match="/usr/lib is a directory"):
        list(content_of(opened().files(), "lib"))
    with pytest.raises(UsageError, match="/null is no file"):
        list(content_of(opened().files(), "null"))


def test_a_list_tells_of_layers_and_names(opened: Open) -> None:
    """A link to a directory is looked through, as ls does with a slash."""
    listed = list_entries(opened(), "/lib")
    assert [(one.name, one.layer, one.names, one.entry.size) for one in listed] == [
        ("a.so", 0, 2, 6),
        ("b.so", 1, 2, 6),
        ("c.so", 1, 1, 0),
    ]
    assert [one.name for one in list_entries(opened(), "usr", recursive=True)] == [
        "lib",
        "lib/a.so",
        "lib/b.so",
        "lib/c.so",
    ]
    assert [one.name for one in list_entries(opened(), "etc/motd")] == ["motd"]
    assert [one.name for one in list_entries(opened(), "lib/c.so")] == ["c.so"]


@pytest.mark.parametrize(
    ("path", "destination", "expected"),
    [
        pytest.param("etc/motd", "there", {"there/motd"}, id="a file into a folder"),
        pytest.param("etc/motd", "there/", {"there/motd"}, id="a file into a folder with a slash"),
        pytest.param("etc/motd", "new", {"new"}, id="a file under a new name"),
        pytest.param("etc/motd", "file", {"file"}, id="a file over a file"),
        pytest.param(
            "usr/lib", "there", {"there/lib", "there/lib/a.so", "there/lib/b.so", "there/lib/c.so"}, id="a folder"
        ),
        pytest.param("usr/lib/.", "there", {"there/a.so", "there/b.so", "there/c.so"}, id="what is in it"),
        pytest.param("usr/lib", "new", {"new", "new/a.so", "new/b.so", "new/c.so"}, id="a folder under a new name"),
        pytest.param("usr/lib/.", "new", {"new", "new/a.so", "new/b.so", "new/c.so"}, id="what is in it, new"),
        pytest.param("lib", "there", {"there/lib"}, id="a link"),
        pytest.param("lib/b.so", "there", {"there/b.so"}, id="a name of a file"),
    ],
)
def test_files_are_copied_as_docker_does(
    opened: Open, tmp_path: Path, path: str, destination: str, expected: set[str]
) -> None:
    """What the destination is decides where they go."""
    root = tmp_path / "root"
    (root / "there").mkdir(parents=True)
    (root / "file").write_bytes(b"old")
    before = _below(root)
    assert copy_to_folder(opened().files(), CopyOut(path=path), f"{root}/{destination}", privileges=USER) == ()
    assert _below(root) - before == expected - before
    for name in expected:
        if name.endswith((".so", "motd")) and not (root / name).is_symlink():
            assert (root / name).read_bytes() in (b"shared", b"hello\n")
    if expected == {"file"}:
        assert (root / "file").read_bytes() == b"hello\n"


def test_links_and_modes_are_kept(opened: Open, tmp_path: Path) -> None:
    """Hard links among what is copied, modes, times; ``-L`` copies what a link leads to, under the link's name."""
    files = opened().files()
    copy_to_folder(files, CopyOut(path="lib", follow=True), str(tmp_path), privileges=USER)
    assert (tmp_path / "lib").stat().st_mode & 0o7777 == 0o750
    assert (tmp_path / "lib/a.so").stat().st_ino == (tmp_path / "lib/b.so").stat().st_ino
    assert (tmp_path / "lib/c.so").readlink() == Path("a.so")
    assert (tmp_path / "lib/a.so").stat().st_mtime == 1_500_000_000


def test_devices_are_left_out_and_told(opened: Open, tmp_path: Path) -> None:
    """For whoever may not make them."""
    (omission,) = copy_to_folder(opened().files(), CopyOut(path="null"), str(tmp_path), privileges=USER)
    assert (omission.path, omission.what) == ("null", "device node")


@pytest.mark.parametrize(
    ("path", "destination", "message"),
    [
        ("usr/lib", "file", "cannot copy a directory to"),
        ("etc/motd", "nowhere/new", "no such directory"),
        ("etc/motd", "new/", "no such directory"),
        ("etc/motd/.", "there", "is no directory"),
        ("etc/motd", "clash", "a directory is there"),
        ("usr/lib", "clash", "a file or a link is there"),
        ("usr", "way", "a file or a link is there"),
    ],
)
def test_nothing_of_another_kind_is_replaced(
    opened: Open, tmp_path: Path, path: str, destination: str, message: str
) -> None:
    """And nothing is written then."""
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "clash/motd/full").mkdir(parents=True)
    (tmp_path / "clash/lib").write_bytes(b"old")
    (tmp_path / "way/usr").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "way/usr/lib").symlink_to(tmp_path / "elsewhere")
    before = _below(tmp_path)
    with pytest.raises(JettisonError, match=message):
        copy_to_folder(opened().files(), CopyOut(path=path), f"{tmp_path}/{destination}", privileges=USER)
    assert _below(tmp_path) == before


def test_hostile_names_stay_inside(opened: Open, tmp_path: Path) -> None:
    """A link that leads out, a file below it in another layer, and one that is already in the destination."""
    outside = tmp_path / "outside"
    outside.mkdir()
    evil = layer(("evil", f"sym:{outside}"), ("file", f"sym:{outside}/target"), ("abs", "dir"))
    more = layer(("evil/x", b"pwned"), ("file", b"pwned"), ("/abs/x", b"1"), ("abs/../abs/y", b"2"))
    destination = tmp_path / "destination"
    destination.mkdir()
    (destination / "file").symlink_to(outside / "target")
    copy_to_folder(opened(evil, more).files(), CopyOut(path="/."), str(destination), privileges=USER)
    assert list(outside.iterdir()) == []
    assert (destination / "evil/x").read_bytes() == b"pwned"
    assert not (destination / "evil").is_symlink()
    assert (destination / "file").read_bytes() == b"pwned"
    assert not (destination / "file").is_symlink()
    assert (destination / "abs/y").read_bytes() == b"2"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("usr/lib", ["lib", "lib/a.so", "lib/c.so", "lib/b.so"]),
        ("usr/lib/.", ["a.so", "c.so", "b.so"]),
        ("etc/motd", ["motd"]),
        ("lib/b.so", ["b.so"]),
        ("lib", ["lib"]),
    ],
)
def test_a_tar_has_what_a_folder_would(opened: Open, path: str, expected: list[str]) -> None:
    """Below the name of what was asked for, as docker cp writes it."""
    chunks: list[bytes] = []
    copy_to_tar(opened().files(), CopyOut(path=path), chunks.append)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        assert [member.name for member in archive] == expected
        for member in archive:
            if member.isfile():
                content = archive.extractfile(member)
                assert content is not None
                assert content.read() in (b"shared", b"hello\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app:/etc", ("app", "/etc")),
        ("app:v1:/etc/a:b", ("app:v1", "/etc/a:b")),
        ("localhost:5000/app:v1:/x", ("localhost:5000/app:v1", "/x")),
        ("docker://quay.io/app:/x", ("docker://quay.io/app", "/x")),
        ("oci-layout:///tmp/x:v1:/y", ("oci-layout:///tmp/x:v1", "/y")),
        ("./image.tar:etc/x", ("./image.tar", "etc/x")),
        ("-:/x", ("-", "/x")),
        ("app", None),
        ("/tmp/x", None),
        (":/x", None),
        ("app:", None),
    ],
)
def test_an_image_and_a_path_are_told_apart(text: str, expected: tuple[str, str] | None) -> None:
    """At the first colon before a slash that begins a path."""
    assert split_image_path(text) == expected


def _below(root: Path) -> set[str]:
    """Everything in a folder, but for the bench."""
    found = {str(path.relative_to(root)) for path in root.rglob("*")}
    return {path for path in found if not path.startswith("bench")}
