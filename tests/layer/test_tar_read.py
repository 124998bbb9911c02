"""Archives of every dialect are read alike; archives that lie are refused, with the byte where they do."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.layer.archives import archive, member, pax_header, with_field

from jettison.errors import IntegrityError
from jettison.layer.content import open_content
from jettison.layer.index import index_layer
from jettison.layer.pax import MAX_EXTENSION_BYTES, encode_records
from jettison.layer.sparse import MAX_EXPANDED_BYTES, MAX_RUNS
from jettison.layer.tar_header import encode_header
from jettison.layer.tar_read import read_tar
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType


def entries_of(stream: io.BytesIO) -> list[Entry]:
    return [each.entry for each in read_tar(stream)]


def contents_of(stream: io.BytesIO) -> dict[str, bytes]:
    return {each.entry.path: each.content.read() for each in read_tar(stream)}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    (root / "sub").mkdir()
    (root / "sub" / "small").write_bytes(b"hello\n")
    (root / "sub" / "block").write_bytes(b"x" * 512)
    (root / "sub" / "large").write_bytes(os.urandom(3_000_000))
    (root / "sub" / "empty").touch()
    (root / "sub" / "link").symlink_to("small")
    os.link(root / "sub" / "small", root / "sub" / "twin")
    os.mkfifo(root / "sub" / "pipe")
    (root / "sub" / ("n" * 120)).write_bytes(b"long")
    (root / "sub" / "grün").write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(root) + b"/sub/caf\xe9")).write_bytes(b"latin")
    for path in [root / "sub", *(root / "sub").iterdir()]:
        os.utime(path, (1_600_000_000, 1_600_000_000), follow_symlinks=False)
    return root


@pytest.mark.parametrize("dialect", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_every_dialect_of_gnu_tar_is_read_as_tarfile_reads_it(dialect: str, tree: Path, tmp_path: Path) -> None:
    """Names, types, owners, times and contents are those that the standard library sees."""
    path = tmp_path / "a.tar"
    excluded = {"v7": ["--exclude=n*", "--exclude=pipe"], "ustar": ["--exclude=n*"]}.get(dialect, [])
    subprocess.run(["tar", "-C", tree, f"--format={dialect}", *excluded, "-cf", path, "sub"], check=True)
    data = path.read_bytes()
    found = [
        (each.entry, Digest.of(each.content.read()) if each.entry.type is EntryType.FILE else None)
        for each in read_tar(io.BytesIO(data))
    ]
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as oracle:
        expected = oracle.getmembers()
        assert len(found) == len(expected)
        for (entry, digest), seen in zip(found, expected, strict=True):
            assert entry.path == seen.name
            assert (entry.mode, entry.uid, entry.gid, entry.link) == (seen.mode, seen.uid, seen.gid, seen.linkname)
            assert entry.mtime_ns // 10**9 == int(seen.mtime)
            if seen.isreg():
                content = oracle.extractfile(seen)
                assert content is not None
                assert digest == Digest.of(content.read())
                assert (entry.type, entry.size, entry.offset) == (EntryType.FILE, seen.size, seen.offset_data)


@pytest.mark.parametrize("form", ["gnu", "0.0", "0.1", "1.0"])
def test_sparse_files_of_every_form_are_expanded(form: str, tmp_path: Path) -> None:
    """Holes are zeros, in the stream and when the content is looked up again later."""
    with (tmp_path / "sparse").open("wb") as file:
        for number in range(30):
            file.seek(number * 300_000)
            file.write(b"data %d" % number)
        file.truncate(10_000_000)
    content = (tmp_path / "sparse").read_bytes()
    (tmp_path / "after").write_bytes(b"after")
    form_flags = ["--format=gnu"] if form == "gnu" else ["--format=posix", f"--sparse-version={form}"]
    path = tmp_path / "a.tar"
    subprocess.run(["tar", "-C", tmp_path, *form_flags, "--sparse", "-cf", path, "sparse", "after"], check=True)
    assert path.stat().st_size < 1_000_000
    data = path.read_bytes()
    assert contents_of(io.BytesIO(data)) == {"sparse": content, "after": b"after"}
    index = index_layer(io.BytesIO(data))
    sparse, after = index.entries
    assert sparse.digest == Digest.of(content)
    assert sparse.size == 10_000_000
    with path.open("rb") as tar:
        stream = open_content(tar, sparse)
        assert stream.read(1_000) + stream.read() == content
        assert open_content(tar, after).read() == b"after"


def test_unread_contents_are_skipped() -> None:
    """A caller may read nothing, a part or all of a content."""
    stream = archive(member(b"a", b"1" * 1000), member(b"b", b"2" * 1000), member(b"c", b"3" * 1000))
    found = []
    for each in read_tar(stream):
        if each.entry.path == "b":
            found.append(each.content.read(3))
        elif each.entry.path == "c":
            found.append(each.content.read())
    assert found == [b"222", b"3" * 1000]


def test_the_tap_sees_every_byte_once() -> None:
    """Also what follows the end of the archive: a diff_id is of the whole stream."""
    data = archive(member(b"a", b"1" * 1000)).getvalue() + b"trailing garbage" * 100_000
    seen: list[bytes] = []
    assert [each.entry.path for each in read_tar(io.BytesIO(data), tap=seen.append)] == ["a"]
    assert b"".join(seen) == data


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (b"./a/b", "a/b"),
        (b"/etc/passwd", "etc/passwd"),
        (b"a//b", "a/b"),
        (b"a/./b/", "a/b"),
        (b"a/../b", "b"),
        (b"...", "..."),
        (b"a./b.", "a./b."),
        (b"..a", "..a"),
    ],
)
def test_names_become_image_paths(name: bytes, path: str) -> None:
    """Cleaned lexically and relative to the root, as docker and containerd do."""
    assert [entry.path for entry in entries_of(archive(member(name, flag=b"5")))] == [path]


def test_the_root_may_have_an_entry() -> None:
    """``./`` is the root itself."""
    (entry,) = entries_of(archive(member(b"./", flag=b"5")))
    assert (entry.path, entry.type) == ("", EntryType.DIRECTORY)


def test_pax_says_what_ustar_cannot() -> None:
    """Names, sizes, owners, times and attributes of an extended header hold for the member that follows."""
    stream = archive(
        pax_header(
            (b"path", "grün/\nx".encode()),
            (b"mtime", b"-1.25"),
            (b"uid", b"4000000000"),
            (b"gid", b"3000000000"),
            (b"SCHILY.xattr.user.a", b"\x00\n="),
            (b"LIBARCHIVE.xattr.user.%3D", b"AP8"),
            (b"comment", b"ignored"),
        ),
        member(b"short", b"content"),
        member(b"next"),
    )
    first, second = entries_of(stream)
    assert first.path == "grün/\nx"
    assert first.mtime_ns == -1_250_000_000
    assert (first.uid, first.gid) == (4_000_000_000, 3_000_000_000)
    assert first.xattrs == (("user.=", b"\x00\xff"), ("user.a", b"\x00\n="))
    assert (second.path, second.uid, second.xattrs) == ("next", 0, ())


def test_global_headers_hold_until_they_are_replaced() -> None:
    """A member's own header wins; an empty value takes the default away."""
    stream = archive(
        pax_header((b"uid", b"7"), (b"comment", b"commit"), flag=b"g"),
        member(b"a"),
        pax_header((b"uid", b"8")),
        member(b"b"),
        pax_header((b"uid", b"")),
        member(b"c"),
        pax_header((b"uid", b"9"), flag=b"g"),
        member(b"d"),
    )
    assert [entry.uid for entry in entries_of(stream)] == [7, 8, 0, 9]


def test_old_directories_are_files_with_a_slash() -> None:
    """Before ustar there was no type for directories."""
    (entry,) = entries_of(archive(member(b"dir/", flag=b"\x00")))
    assert (entry.path, entry.type) == ("dir", EntryType.DIRECTORY)


def test_star_keeps_times_behind_a_shorter_prefix() -> None:
    """The prefix of star's format is 131 bytes; after it stand times."""
    header = with_field(member(b"name"), 345, b"some/prefix".ljust(131, b"\x00") + b"14000000000\x00" * 2)
    (entry,) = entries_of(archive(with_field(header, 508, b"tar\x00")))
    assert entry.path == "some/prefix/name"


def test_numbers_may_be_base_256() -> None:
    """GNU's way of writing large and negative numbers."""
    header = with_field(member(b"f"), 108, b"\x80" + (3_000_000_000).to_bytes(7, "big"))
    header = with_field(header, 136, b"\xff" * 12)
    (entry,) = entries_of(archive(header))
    assert entry.uid == 3_000_000_000
    assert entry.mtime_ns == -1_000_000_000


def test_times_that_64_bits_do_not_hold_are_bounded() -> None:
    """As docker bounds them."""
    header = with_field(member(b"f"), 136, b"\x80" + b"\x7f" * 11)
    (entry,) = entries_of(archive(header))
    assert entry.mtime_ns == 2**63 - 1


def test_volume_labels_mean_nothing() -> None:
    """GNU tar's --label."""
    assert [entry.path for entry in entries_of(archive(member(b"label", flag=b"V"), member(b"a")))] == ["a"]


def test_the_end_of_the_stream_is_an_end_of_archive() -> None:
    """Some writers leave out the two empty blocks; GNU tar and Go take that."""
    assert [entry.path for entry in entries_of(io.BytesIO(member(b"a", b"x")))] == ["a"]
    assert entries_of(io.BytesIO()) == []


def test_truncation_anywhere_is_noticed() -> None:
    """At every block boundary but those between two members, and in the middle of each block."""
    parts = [
        pax_header((b"path", b"p" * 200)),
        member(b"x", b"1" * 1200),
        member(b"@LongLink", b"n" * 300, flag=b"L"),
        member(b"y", b"2" * 100),
    ]
    whole = b"".join(parts)
    between = {0, len(parts[0] + parts[1]), len(whole)}
    for length in [*range(0, len(whole), 512), *range(100, len(whole), 512)]:
        stream = io.BytesIO(whole[:length])
        if length in between:
            entries_of(stream)
        else:
            with pytest.raises(IntegrityError, match=rf"it ends at byte {length}"):
                entries_of(stream)


def sparse_1_0(size: bytes, numbers: bytes, data: bytes = b"") -> bytes:
    body = numbers + bytes(-len(numbers) % 512) + data
    records = ((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", size))
    return pax_header(*records, (b"GNU.sparse.name", b"s")) + member(b"f", body)


HOSTILE = {
    "climbs above the root": member(b"../etc/passwd"),
    "climbs above the root inside": member(b"a/../../b"),
    "hard link above the root": member(b"a", flag=b"1", link=b"../../etc/shadow"),
    "file without a name": member(b""),
    "file named as the root": member(b"."),
    "hard link to nothing": member(b"a", flag=b"1"),
    "symbolic link to nothing": member(b"a", flag=b"2"),
    "too long a name": pax_header((b"path", b"a/" * 2100)) + member(b"x"),
    "too deep a name": pax_header((b"path", b"a/" * 500 + b"b")) + member(b"x"),
    "NUL in a name": pax_header((b"path", b"a\x00b")) + member(b"x"),
    "wrong checksum": member(b"a")[:20] + b"!" + member(b"a")[21:],
    "not a tar": b"this is no archive at all".ljust(512, b"."),
    "unknown type": member(b"a", flag=b"M"),
    "letters for a size": with_field(member(b"a"), 124, b"12345x"),
    "eights for a size": with_field(member(b"a"), 124, b"00000000008\x00"),
    "negative size": with_field(member(b"a"), 124, b"\xff" * 12),
    "size beyond all disks": with_field(member(b"a"), 124, b"\x80" + b"\x7f" * 11),
    "size beyond the end": with_field(member(b"a"), 124, b"77777777777\x00"),
    "negative owner": with_field(member(b"a"), 108, b"\xff" * 8),
    "owner of 33 bits": pax_header((b"uid", b"4294967296")) + member(b"a"),
    "owner -1": pax_header((b"uid", b"4294967295")) + member(b"a"),
    "impossible device": with_field(member(b"a", flag=b"3"), 329, b"7777777\x00"),
    "pax size that is no number": pax_header((b"size", b"-1")) + member(b"a"),
    "pax size of many digits": pax_header((b"size", b"9" * 5000)) + member(b"a"),
    "pax time that is no number": pax_header((b"mtime", b"1e9")) + member(b"a"),
    "pax record without =": member(b"x", b"8 path a\n", flag=b"x") + member(b"a"),
    "pax record too long": member(b"x", b"99 path=a\n", flag=b"x") + member(b"a"),
    "pax record of length 0": member(b"x", b"0 path=a\n", flag=b"x") + member(b"a"),
    "pax record of no length": member(b"x", b" path=a\n", flag=b"x") + member(b"a"),
    "pax record without newline": member(b"x", b"9 path=ab", flag=b"x") + member(b"a"),
    "pax record without key": member(b"x", encode_records([(b"", b"x")]), flag=b"x") + member(b"a"),
    "pax bomb": encode_header(name=b"x", flag=b"x", size=MAX_EXTENSION_BYTES + 1),
    "pax bomb in pieces": pax_header((b"a", b"x" * 900_000)) * 3 + member(b"a"),
    "long name bomb": encode_header(name=b"x", flag=b"L", size=2**33 - 1),
    "global name": pax_header((b"path", b"same"), flag=b"g") + member(b"a"),
    "global size": pax_header((b"size", b"0"), flag=b"g") + member(b"a", b"x"),
    "global sparse map": pax_header((b"GNU.sparse.size", b"0"), flag=b"g") + member(b"a"),
    "global bomb": b"".join(pax_header((b"k%d" % n, b"x" * 500_000), flag=b"g") + member(b"a") for n in range(3)),
    "attribute without name": pax_header((b"SCHILY.xattr.", b"x")) + member(b"a"),
    "attribute with NUL": pax_header((b"SCHILY.xattr.a\x00b", b"x")) + member(b"a"),
    "attribute not base64": pax_header((b"LIBARCHIVE.xattr.a", b"!")) + member(b"a"),
    "sparse without size": pax_header((b"GNU.sparse.map", b"0,1")) + member(b"a", b"x"),
    "sparse map with an odd number": pax_header((b"GNU.sparse.map", b"0"), (b"GNU.sparse.size", b"9")) + member(b"a"),
    "sparse map that overlaps": sparse_1_0(b"100", b"2\n0\n5\n3\n5\n", b"x" * 10),
    "sparse map out of order": sparse_1_0(b"100", b"2\n50\n5\n0\n5\n", b"x" * 10),
    "sparse map past the end": sparse_1_0(b"4", b"1\n0\n5\n", b"x" * 5),
    "sparse map that holds more than the data": sparse_1_0(b"100", b"1\n0\n50\n", b"x" * 5),
    "sparse map of letters": sparse_1_0(b"4", b"x\n"),
    "sparse map without newlines": sparse_1_0(b"4", b"1" * 2000),
    "sparse map too large": sparse_1_0(b"4", b"%d\n" % (MAX_RUNS + 1)),
    "sparse file beyond belief": sparse_1_0(b"%d" % (MAX_EXPANDED_BYTES + 1), b"0\n"),
    "old sparse map past the end": with_field(member(b"s", flag=b"S"), 386, b"00000000000\x0000000000005\x00"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_archives_that_lie_are_refused(case: str) -> None:
    """With an error that names a byte, before anything large is read or made."""
    with pytest.raises(IntegrityError, match="byte"):
        for each in read_tar(archive(HOSTILE[case])):
            each.content.read(1)


def test_a_lone_empty_block_ends_the_archive() -> None:
    """As with GNU tar: nothing hides behind it."""
    stream = io.BytesIO(member(b"a") + bytes(512) + member(b"b"))
    assert [entry.path for entry in entries_of(stream)] == ["a"]


def test_holes_are_not_kept_in_memory() -> None:
    """A terabyte of zeros can be skipped, and its beginning read, at once."""
    stream = archive(
        sparse_1_0(b"%d" % MAX_EXPANDED_BYTES, b"1\n%d\n4\n" % (MAX_EXPANDED_BYTES - 4), b"tail"), member(b"z")
    )
    paths = []
    for each in read_tar(stream):
        paths.append(each.entry.path)
        assert each.content.read(10) in (b"", bytes(10))
    assert paths == ["s", "z"]
