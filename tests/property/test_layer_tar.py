"""Tar and index: what is written is read, by us and by others, whatever the files are called."""

from __future__ import annotations

import io
import subprocess
import tarfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.layer.archives import archive, member, pax_header, write_layer
from tests.layer.strategies import Item, trees

from jettison.errors import IntegrityError
from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.index_format import parse_index, write_index
from jettison.layer.tar_read import read_tar
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType


@given(trees(deletions=True))
def test_reading_gives_what_was_written(items: list[Item]) -> None:
    """index(write(layer)) is the index that writing gave."""
    tar, index = write_layer(*items)
    assert index_layer(io.BytesIO(tar)) == index


@given(trees(deletions=True))
def test_parsing_gives_the_index_that_was_written(items: list[Item]) -> None:
    """parse_index(write_index(i)) = i."""
    _, index = write_layer(*items)
    assert parse_index(write_index(index)) == index


paths = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20)


@given(
    st.lists(
        st.builds(
            Entry,
            path=paths,
            type=st.just(EntryType.FILE),
            mode=st.integers(0, 0o7777),
            uid=st.integers(0, 2**32 - 2),
            gid=st.integers(0, 2**32 - 2),
            size=st.integers(0, 2**63),
            link=st.just(""),
            device=st.tuples(st.integers(0, 4095), st.integers(0, 2**20 - 1)),
            mtime_ns=st.integers(-(2**63), 2**63 - 1),
            xattrs=st.lists(st.tuples(paths, st.binary(max_size=9)), max_size=2, unique_by=lambda x: x[0]).map(
                lambda xattrs: tuple(sorted(xattrs))
            ),
            digest=st.one_of(st.none(), st.binary(max_size=4).map(Digest.of)),
            offset=st.integers(-(2**63), 2**63 - 1),
        ),
        max_size=5,
    )
)
def test_an_index_holds_every_value(entries: list[Entry]) -> None:
    """Also those that no tar of today holds."""
    index = LayerIndex(diff_id=Digest.of(b""), tar_bytes=2**60, entries=tuple(entries))
    try:
        data = write_index(index)
    except UnicodeEncodeError:
        return  # a lone surrogate that stands for no byte: no file has such a name
    assert parse_index(data) == index


@given(trees(deletions=True), st.data())
def test_a_damaged_index_is_noticed(items: list[Item], data: st.DataObject) -> None:
    """Any flipped byte, any cut."""
    whole = write_index(write_layer(*items)[1])
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for damaged in (flipped, whole[:at]):
        with pytest.raises(IntegrityError):
            parse_index(damaged)


@given(trees())
def test_python_reads_the_same_files(items: list[Item]) -> None:
    """The standard library sees the same names, in the same order."""
    tar, index = write_layer(*items)
    with tarfile.open(fileobj=io.BytesIO(tar), encoding="utf-8", errors="surrogateescape") as oracle:
        seen = [(each.name, each.mode, each.uid, each.gid, each.linkname, each.size) for each in oracle]
    assert seen == [(e.path, e.mode, e.uid, e.gid, e.link, e.size) for e in index.entries]


@settings(max_examples=25)
@given(trees())
def test_gnu_tar_reads_the_same_files(items: list[Item]) -> None:
    """GNU tar compares nothing here, but lists every name, undamaged."""
    tar, index = write_layer(*items)
    listed = subprocess.run(
        ["tar", "--null", "--quoting-style=literal", "--show-transformed-names", "-tf", "-"],
        input=tar,
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert listed.stderr == b""
    names = [entry.path.encode("utf-8", "surrogateescape") for entry in index.entries]
    expected = b"".join(
        name + (b"/\n" if entry.type is EntryType.DIRECTORY else b"\n")
        for name, entry in zip(names, index.entries, strict=True)
    )
    assert listed.stdout == expected


mutations = st.lists(st.tuples(st.integers(0, 2**16), st.binary(min_size=1, max_size=12)), max_size=4)


@given(trees(deletions=True), mutations, st.integers(0, 2**16))
@example([], [], 0)
def test_damaged_archives_give_an_error_or_entries(
    items: list[Item], changes: list[tuple[int, bytes]], cut: int
) -> None:
    """Whatever the bytes are: :class:`IntegrityError` is the only error."""
    tar = bytearray(write_layer(*items)[0])
    for at, value in changes:
        at %= len(tar)
        tar[at : at + len(value)] = value
    try:
        index_layer(io.BytesIO(bytes(tar[: len(tar) - cut % 2000])))
    except IntegrityError:
        pass


@given(st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=20)), max_size=5))
def test_any_pax_record_gives_an_error_or_an_entry(records: list[tuple[bytes, bytes]]) -> None:
    """Well-formed records with keys and values of any bytes."""
    try:
        for each in read_tar(archive(pax_header(*records), member(b"name", b"content"))):
            each.content.read()
    except IntegrityError:
        pass


keys = [b"path", b"linkpath", b"size", b"uid", b"mtime", b"GNU.sparse.major", b"GNU.sparse.minor", b"GNU.sparse.map"]
keys += [b"GNU.sparse.size", b"GNU.sparse.realsize", b"GNU.sparse.offset", b"GNU.sparse.numbytes", b"GNU.sparse.name"]
values = st.one_of(st.sampled_from([b"", b"0", b"1", b"7", b"0,7", b"0,3,4,3", b"-1", b"x"]), st.binary(max_size=6))


@given(st.lists(st.tuples(st.sampled_from(keys), values), max_size=6), st.sampled_from([b"0", b"1", b"2", b"S"]))
def test_any_known_record_gives_an_error_or_an_entry(records: list[tuple[bytes, bytes]], flag: bytes) -> None:
    """The records that mean something, with values that mean something, in any combination."""
    try:
        for each in read_tar(archive(pax_header(*records), member(b"name", b"1\n0\n7\n", flag=flag, link=b"x"))):
            assert len(each.content.read()) == each.entry.size
    except IntegrityError:
        pass
