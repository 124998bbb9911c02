"""Layers are written as every other tool reads them, and the same layer always as the same bytes."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.layer.archives import File, directory, file, hard_link, opaque, symlink, whiteout, write_layer

from jettison.errors import IntegrityError
from jettison.layer.content import open_content
from jettison.layer.index import index_layer
from jettison.layer.index_format import write_index
from jettison.layer.sparse import Run, SparseMap
from jettison.layer.tar_write import LayerWriter
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType

LONG = "/".join(["directory"] * 30)
ENTRIES: dict[str, Entry | File] = {
    "plain": file("etc/passwd", b"root:x:0:0\n", mtime_ns=1_600_000_000_000_000_000),
    "empty": file("empty"),
    "setuid": file("bin/su", b"\x7fELF", mode=0o4755),
    "directory": directory("var/tmp", 0o1777),
    "name of 100 bytes": file("n" * 100),
    "name of 101 bytes": file("n" * 101),
    "name in two fields": file("a" * 150 + "/" + "b" * 99),
    "name that fits no field": file("a" * 160 + "/" + "b"),
    "long directory": directory(LONG),
    "directory that needs the prefix": directory("d" * 60 + "/" + "e" * 60),
    "not ASCII": file("grün/ﬀ", b"x"),
    "not UTF-8": file("caf\udce9", b"x"),
    "newline": file("a\nb", b"x"),
    "symbolic link": symlink("lib", "usr/lib"),
    "symbolic link not UTF-8": symlink("lib", "us\udcff"),
    "long symbolic link": symlink("lib", "x" * 101),
    "hard link": hard_link("b", "a"),
    "long hard link": hard_link("b", LONG + "/a"),
    "large owner": file("o", uid=3_000_000_000, gid=2_097_152),
    "largest octal owner": file("o", uid=2_097_151, gid=2_097_151),
    "before 1970": file("old", mtime_ns=-1_500_000_000),
    "after 2242": file("new", mtime_ns=8_589_934_592_000_000_000),
    "fraction of a second": file("now", mtime_ns=1_600_000_000_999_999_999),
    "attributes": file("ping", b"x", xattrs=(("security.capability", b"\x01\x00\x00\x02\x00\n="), ("user.e", b""))),
    "attribute with =": file("ping", b"x", xattrs=(("user.a=b", b"\x00\xff"),)),
    "device": Entry(path="dev/null", type=EntryType.CHAR_DEVICE, mode=0o666, device=(1, 3)),
    "block device": Entry(path="dev/sda", type=EntryType.BLOCK_DEVICE, mode=0o660, device=(4095, 1_048_575)),
    "fifo": Entry(path="run/fifo", type=EntryType.FIFO, mode=0o600),
    "whiteout": whiteout("usr/games"),
    "opaque": opaque("var/cache"),
    "opaque root": opaque(""),
    "root": directory("", 0o755),
}
TYPES = {
    EntryType.FILE: tarfile.REGTYPE,
    EntryType.DIRECTORY: tarfile.DIRTYPE,
    EntryType.SYMLINK: tarfile.SYMTYPE,
    EntryType.HARDLINK: tarfile.LNKTYPE,
    EntryType.CHAR_DEVICE: tarfile.CHRTYPE,
    EntryType.BLOCK_DEVICE: tarfile.BLKTYPE,
    EntryType.FIFO: tarfile.FIFOTYPE,
    EntryType.WHITEOUT: tarfile.REGTYPE,
    EntryType.OPAQUE: tarfile.REGTYPE,
}


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_written_is_read_back(name: str) -> None:
    """The index of the writer is the index of the reader, for every kind of entry."""
    tar, index = write_layer(ENTRIES[name])
    assert index_layer(io.BytesIO(tar)) == index
    assert hashlib.sha256(tar).hexdigest() == index.diff_id.hex
    assert len(tar) == index.tar_bytes
    again, _ = write_layer(ENTRIES[name])
    assert again == tar


def test_the_bytes_of_a_layer_stay_what_they_are() -> None:
    """Another version of the writer gives the same diff_id and the same index: what is cached stays found."""
    _, index = write_layer(*ENTRIES.values(), file("large", bytes(range(256)) * 10_000, mode=0o600))
    assert index.diff_id == "sha256:d9b7496c07a687bd38623b2f2dcf52238e15fb6b0b91701f8b34b3a9094843f4"
    assert Digest.of(write_index(index)) == "sha256:d4a6e5485885a944d2e093a4e6df7e82b2f319d3604ab66ba52f1c8184eb87d4"


@pytest.mark.parametrize("name", ENTRIES)
def test_python_reads_the_same(name: str) -> None:
    """The standard library's tarfile sees the same entry."""
    tar, index = write_layer(ENTRIES[name])
    entry = index.entries[0]
    with tarfile.open(fileobj=io.BytesIO(tar), encoding="utf-8", errors="surrogateescape") as oracle:
        (seen,) = oracle.getmembers()
        if entry.type is EntryType.FILE:
            content = oracle.extractfile(seen)
            assert content is not None
            assert Digest.of(content.read()) == entry.digest
    assert seen.type == TYPES[entry.type]
    assert (seen.mode, seen.uid, seen.gid) == (entry.mode, entry.uid, entry.gid)
    assert (seen.uname, seen.gname) == ("", "")
    assert int(seen.mtime) == entry.mtime_ns // 10**9
    assert seen.linkname == entry.link
    if entry.type not in (EntryType.WHITEOUT, EntryType.OPAQUE):
        assert seen.name.removeprefix(".") == entry.path


@pytest.mark.parametrize(("entry", "name"), [("whiteout", "usr/.wh.games"), ("opaque", "var/cache/.wh..wh..opq")])
def test_deletions_have_the_names_of_the_image_spec(entry: str, name: str) -> None:
    """OCI image-spec, layer.md: deletions are empty files with reserved names."""
    tar, _ = write_layer(ENTRIES[entry])
    with tarfile.open(fileobj=io.BytesIO(tar)) as oracle:
        assert [(member.name, member.size) for member in oracle] == [(name, 0)]


def test_what_fits_ustar_takes_one_header() -> None:
    """Pax headers are written only where they are needed."""
    for name in ("plain", "name of 100 bytes", "name in two fields", "largest octal owner", "whiteout"):
        tar, _ = write_layer(ENTRIES[name])
        assert tar[257:265] == b"ustar\x0000"
        assert tar[156:157] != b"x"


def test_the_returned_entry_tells_where_the_content_is() -> None:
    """Offset, size and digest are filled in as entries are added."""
    chunks: list[bytes] = []
    writer = LayerWriter(chunks.append)
    writer.add(directory("a"))
    written = writer.add(Entry(path="a/b", type=EntryType.FILE, size=5), b"hello")
    index = writer.finish()
    assert index.entries[1] == written
    assert b"".join(chunks)[written.offset : written.offset + 5] == b"hello"
    assert written.digest == Digest.of(b"hello")


@pytest.mark.parametrize("content", [b"four", b"sixsix", io.BytesIO(b"four"), io.BytesIO(b"sixsix"), None])
def test_a_content_of_another_size_is_refused(content: bytes | io.BytesIO | None) -> None:
    """A file that changes while it is packed does not make a layer that lies."""
    writer = LayerWriter(lambda data: None)
    with pytest.raises(IntegrityError, match=r"/f: its content is .* expected"):
        writer.add(Entry(path="f", type=EntryType.FILE, size=5), content)


def test_a_content_with_another_digest_is_refused() -> None:
    """Where the digest is known, it is checked."""
    writer = LayerWriter(lambda data: None)
    entry = Entry(path="f", type=EntryType.FILE, size=1, digest=Digest.of(b"x"))
    assert writer.add(entry, b"x").digest == entry.digest
    with pytest.raises(IntegrityError, match="has digest"):
        writer.add(entry, b"y")


def test_a_file_named_like_a_whiteout_is_refused() -> None:
    """It would delete another file when the layer is read."""
    with pytest.raises(IntegrityError, match=r"/a/\.wh\.b") as caught:
        write_layer(file("a/.wh.b"))
    assert "rename" in (caught.value.hint or "")


def test_large_contents_stream() -> None:
    """A content comes from a stream in pieces of any size, and leaves in pieces of bounded size."""
    content = bytes(range(256)) * 50_000

    class Dribble(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 0, 70_001))

    chunks: list[bytes] = []
    writer = LayerWriter(chunks.append)
    entry = writer.add(Entry(path="f", type=EntryType.FILE, size=len(content)), Dribble(content))
    writer.finish()
    assert entry.digest == Digest.of(content)
    assert max(map(len, chunks)) <= 6 * 1024 * 1024
    assert content in b"".join(chunks)


def test_paths_that_no_reader_would_take_are_refused() -> None:
    """Nothing is written that would not be read."""
    with pytest.raises(IntegrityError, match="deep"):
        write_layer(directory("/".join("a" * 401)))
    with pytest.raises(IntegrityError, match="characters"):
        write_layer(directory("/".join(["x" * 250] * 17)))


@pytest.mark.parametrize("mtime_ns", [1, 1_600_000_000_123_456_789, 10**9, -1, -1_500_000_000, 2**33 * 10**9 + 7])
def test_times_are_exact_where_asked_for(mtime_ns: int) -> None:
    """A layer made of other layers keeps what those say of fractions of seconds."""
    chunks: list[bytes] = []
    writer = LayerWriter(chunks.append, exact_times=True)
    writer.add(Entry("a", EntryType.FILE, 0o644, mtime_ns=mtime_ns))
    writer.add(Entry("d", EntryType.DIRECTORY, 0o755, mtime_ns=mtime_ns))
    written = writer.finish()
    assert index_layer(io.BytesIO(b"".join(chunks))) == written
    assert [entry.mtime_ns for entry in written.entries] == [mtime_ns, mtime_ns]


@pytest.mark.parametrize(
    ("size", "runs"),
    [
        pytest.param(0, (), id="empty"),
        pytest.param(5_000_000, (), id="one hole"),
        pytest.param(3_000_000, ((0, 512), (2_000_000, 1_000_000)), id="data at both ends"),
        pytest.param(700, ((10, 3), (13, 5), (600, 1)), id="pieces that touch"),
        pytest.param(10_000_000, tuple((at, 7) for at in range(0, 9_000_000, 9_000)), id="a long map"),
    ],
)
def test_a_sparse_file_takes_its_pieces_alone(size: int, runs: tuple[tuple[int, int], ...], tmp_path: Path) -> None:
    """What is read of it, here and by GNU tar, is the whole file; its digest is that of all of it."""
    content = bytearray(size)
    for start, count in runs:
        content[start : start + count] = b"x" * count
    sparse = SparseMap(size, tuple(Run(*run) for run in runs))
    entry = Entry("grün/" + "n" * 120, EntryType.FILE, 0o640, uid=3_000_000, size=size, mtime_ns=1_500_000_000)
    chunks: list[bytes] = []
    writer = LayerWriter(chunks.append, exact_times=True)
    writer.add(Entry("grün", EntryType.DIRECTORY, 0o755))
    written = writer.add_sparse(entry, io.BytesIO(content), sparse)
    after = writer.add(Entry("z", EntryType.FILE, 0o644, size=3), b"abc")
    index = writer.finish()
    tar = b"".join(chunks)
    assert written.digest == Digest.of(bytes(content))
    assert index_layer(io.BytesIO(tar)) == index
    assert open_content(io.BytesIO(tar), written).read(size + 1) == bytes(content)
    assert open_content(io.BytesIO(tar), after).read() == b"abc"
    assert len(tar) < sparse.stored_bytes + 1_100 * len(runs) + 15_000
    (tmp_path / "layer.tar").write_bytes(tar)
    subprocess.run(["tar", "-xf", "layer.tar", "--no-same-owner"], cwd=tmp_path, check=True)
    assert (tmp_path / written.path).read_bytes() == bytes(content)


def test_a_sparse_file_of_another_digest_is_refused() -> None:
    """As any other content."""
    entry = Entry("a", EntryType.FILE, 0o644, size=4, digest=Digest.of(b"other"))
    with pytest.raises(IntegrityError, match="expected"):
        LayerWriter(lambda data: None).add_sparse(entry, io.BytesIO(bytes(4)), SparseMap(4, ()))
    with pytest.raises(IntegrityError, match="expected 4"):
        LayerWriter(lambda data: None).add_sparse(entry, io.BytesIO(bytes(3)), SparseMap(4, ()))
