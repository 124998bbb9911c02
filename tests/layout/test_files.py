"""Files of a layout in a folder, an archive, and a stream."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from tests.layout.support import write_tar

from jettison.errors import IntegrityError, NotFoundError
from jettison.layer.stream import Readable
from jettison.layout.files import DirectoryFiles, open_archive, read_document

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FILES = {"a/b": b"content" * 1000, "./c": b"", "d": b"{}"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_tar(tmp_path / "a.tar", FILES, {"link": "a/b", "a/up": "../d", "loop": "loop", "/abs": "/a/b"})


def test_names_lead_to_contents(archive: Path, tmp_path: Path) -> None:
    """However a name is written; links are followed inside the archive and only there."""
    with open_archive(archive, spool_dir=tmp_path) as files:
        for name in ("a/b", "./a/b", "a/../a/b", "link", "abs"):
            assert files.size(name) == 7000
            with files.open(name) as stream:
                assert stream.read() == FILES["a/b"]
        assert files.size("c") == 0
        with files.open("a/up") as stream:
            assert stream.read() == b"{}"
        assert files.size("a") is None
        assert files.size("loop") is None
        assert files.size("none") is None
        with pytest.raises(IntegrityError, match="the file none is missing"):
            files.open("none")


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        bz2.compress,
        lzma.compress,
        zstd.compress,
    ],
    ids=["gzip", "bzip2", "xz", "zstd"],
)
def test_compressed_archives(archive: Path, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Found by their first bytes; nothing is left behind in the spool folder."""
    packed, spool = tmp_path / "packed", tmp_path / "spool"
    packed.write_bytes(pack(archive.read_bytes()))
    spool.mkdir()
    with open_archive(packed, spool_dir=spool) as files:
        assert read_document(files, "a/b") == FILES["a/b"]
        assert list(spool.iterdir()) == []


def test_streams_are_spooled(archive: Path, tmp_path: Path) -> None:
    """A pipe, by file descriptor and by name."""
    read_end, write_end = os.pipe()
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def feed(open_pipe: Callable[[], BinaryIO]) -> None:
        with open_pipe() as pipe:
            pipe.write(archive.read_bytes())

    for source, sink in (
        (os.fdopen(read_end, "rb"), lambda: os.fdopen(write_end, "wb")),
        (fifo, lambda: fifo.open("wb")),
    ):
        thread = threading.Thread(target=feed, args=(sink,))
        thread.start()
        with open_archive(source, spool_dir=tmp_path, what="standard input") as files:
            assert read_document(files, "link") == FILES["a/b"]
            assert files.what == "standard input"
        thread.join()
        if not isinstance(source, Path):
            source.close()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"this is no tar archive at all, it is some text" * 20, "no archive of an image: it seems to be a text"),
        (gzip.compress(b"some text", mtime=0), "it seems to be a text, compressed with gzip"),
        (b"", "it is empty"),
        (b"\x1f\x8b", "corrupt gzip|truncated gzip"),
        (gzip.compress(b"x" * 5000, mtime=0)[:-20], "gzip"),
    ],
)
def test_what_is_no_archive(tmp_path: Path, data: bytes, message: str) -> None:
    """The error names the file and leaves no open file."""
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(IntegrityError, match=message) as caught:
        open_archive(path, spool_dir=tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.hint
    with pytest.raises(IntegrityError, match=message), path.open("rb") as stream:
        open_archive(io.BytesIO(stream.read()), spool_dir=tmp_path)


def test_a_cut_archive(archive: Path, tmp_path: Path) -> None:
    """An interrupted copy is noticed when it is opened."""
    archive.write_bytes(archive.read_bytes()[:3000])
    with pytest.raises(IntegrityError, match="truncated") as caught:
        open_archive(archive, spool_dir=tmp_path)
    assert "not all of it is there" in (caught.value.hint or "")


def test_an_archive_cut_while_it_is_read(archive: Path, tmp_path: Path) -> None:
    """A file that shrinks under our hands ends in an error, not in a short content."""
    with open_archive(archive, spool_dir=tmp_path) as files, files.open("a/b") as stream:
        os.truncate(archive, 1000)
        with pytest.raises(IntegrityError, match="cut off"):
            stream.read()


def test_the_last_of_equal_names_counts(tmp_path: Path) -> None:
    """As with tar itself."""
    path = tmp_path / "twice.tar"
    with tarfile.open(path, "w") as tar:
        for data in (b"first", b"second"):
            info = tarfile.TarInfo("name")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with open_archive(path, spool_dir=tmp_path) as files:
        assert read_document(files, "name") == b"second"


def test_a_folder_is_not_left(tmp_path: Path) -> None:
    """Names from a hostile manifest.json do not lead out of the folder."""
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "layout"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub/file").write_text("{}")
    files = DirectoryFiles(folder)
    assert read_document(files, "sub/file") == b"{}"
    assert read_document(files, "sub/../sub/file") == b"{}"
    for name in ("../secret", "sub/../../secret", str(tmp_path / "secret"), "sub", "none", "sub/file/none"):
        assert files.size(name) is None
        with pytest.raises(IntegrityError, match="is missing"):
            read_document(files, name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A typing error on the command line: the hint names the file of the nearest name, or what writes one."""
    (tmp_path / "image.tar").touch()
    for place, hint in (
        ("imagr.tar", "image.tar?"),
        ("none.tgz", "jettison save -o FILE IMAGE"),
        ("folder/image.tar", "there is no folder"),
    ):
        with pytest.raises(NotFoundError, match="there is no file") as caught:
            open_archive(tmp_path / place, spool_dir=tmp_path)
        assert hint in (caught.value.hint or "")


def test_a_stream_without_an_end_is_an_error(tmp_path: Path) -> None:
    """Programs fill up the block after an archive; what goes on and on is none."""

    class Zeros:
        def read(self, size: int = -1, /) -> bytes:
            return bytes(size)

    with pytest.raises(IntegrityError, match="more than 67108864 bytes follow its end"):
        open_archive(Zeros(), spool_dir=tmp_path)
    with pytest.raises(IntegrityError, match="more than 67108864 bytes follow its end"):
        open_archive(Path("/dev/zero"), spool_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_huge_document_is_not_read(tmp_path: Path) -> None:
    """An index.json of 20 MB is no index.json."""
    (tmp_path / "index.json").write_bytes(b" " * (20 * 1024 * 1024))
    with pytest.raises(IntegrityError, match="too large"):
        read_document(DirectoryFiles(tmp_path), "index.json")


def test_an_archive_on_disk_is_not_read_whole(tmp_path: Path) -> None:
    """Large members are leapt over: what is between their headers may be a hole of any size."""
    path = tmp_path / "huge.tar"
    size = 40 * 2**30
    with path.open("wb") as out:
        for name, length in (("huge", size), ("small", 5)):
            info = tarfile.TarInfo(name)
            info.size = length
            out.write(info.tobuf(tarfile.GNU_FORMAT))
            out.seek(-(-length // 512) * 512 - 5, os.SEEK_CUR)
            out.write(b"hello")
        out.write(bytes(1024))
    before = _bytes_read()
    with open_archive(path, spool_dir=tmp_path) as files:
        assert (files.size("huge"), files.size("small")) == (size, 5)
    assert _bytes_read() - before < 100 * 2**20


def _bytes_read() -> int:
    """What this process has read so far."""
    return int(Path("/proc/self/io").read_text().partition("rchar: ")[2].partition("\n")[0])


def test_a_leap_beyond_the_end_is_told(tmp_path: Path) -> None:
    """A header that claims more than the file has."""
    info = tarfile.TarInfo("huge")
    info.size = 2**33
    (tmp_path / "cut.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
    with pytest.raises(IntegrityError, match="truncated archive"):
        open_archive(tmp_path / "cut.tar", spool_dir=tmp_path)


def test_tars_in_a_stream_pass_by(tmp_path: Path) -> None:
    """Whoever takes them sees them whole; of the archive they are kept no further than what tells what they are."""
    layer = write_tar(tmp_path / "layer.tar", {"file": b"content" * 10_000}).read_bytes()
    files = {"one/layer.tar": layer, "two": gzip.compress(layer), "manifest.json": b"[]", "three.tar": layer}
    archive = write_tar(tmp_path / "archive.tar", files, {"link": "one/layer.tar"})
    passed: list[bytes] = []

    def take(tar: Readable) -> None:
        passed.append(tar.read(100) + tar.read(1000) + tar.read())

    with open_archive(io.BytesIO(archive.read_bytes()), spool_dir=tmp_path, passing=take) as opened:
        assert passed == [layer, layer]
        for name in ("one/layer.tar", "link", "three.tar"):
            assert opened.size(name) == len(layer)
            with opened.open(name) as stream:
                assert stream.read(6) == layer[:6]
                with pytest.raises(IntegrityError, match=f"{name}: it passed by"):
                    stream.read()
        for name in ("two", "manifest.json"):
            with opened.open(name) as stream:
                assert stream.read() == files[name]


def test_a_tar_that_passes_by_may_be_nobodys(tmp_path: Path) -> None:
    """What is wrong with it is told to whoever opens it; what follows it in the archive is there."""
    layer = write_tar(tmp_path / "layer.tar", {"file": b"content"}).read_bytes()
    archive = write_tar(tmp_path / "archive.tar", {"bad.tar": layer, "after": b"after"})

    def take(tar: Readable) -> None:
        tar.read(700)
        raise IntegrityError("corrupt")

    with open_archive(io.BytesIO(archive.read_bytes()), spool_dir=tmp_path, passing=take) as opened:
        assert read_document(opened, "after") == b"after"
        with pytest.raises(IntegrityError, match=r"the archive: bad\.tar: corrupt"):
            opened.open("bad.tar")


def test_a_cut_stream_is_noticed_in_a_tar_that_passes_by(tmp_path: Path) -> None:
    """Also where whoever takes the tar stumbles over it first."""
    layer = write_tar(tmp_path / "layer.tar", {"file": b"content" * 10_000}).read_bytes()
    archive = write_tar(tmp_path / "archive.tar", {"one/layer.tar": layer}).read_bytes()
    with pytest.raises(IntegrityError, match="truncated"):
        open_archive(io.BytesIO(archive[:20_000]), spool_dir=tmp_path, passing=lambda tar: tar.read())
