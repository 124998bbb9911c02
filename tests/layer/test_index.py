"""An index is everything about a layer but its bytes."""

from __future__ import annotations

import hashlib
import io

import pytest
from tests.layer.archives import archive, directory, file, member, opaque, symlink, whiteout, write_layer

from jettison.errors import IntegrityError
from jettison.layer.content import open_content
from jettison.layer.index import LayerIndex, index_layer
from jettison.layer.index_format import parse_index, write_index
from jettison.layer.tar_content import Content
from jettison.model.digest import Digest
from jettison.model.entry import Entry, EntryType


def test_one_pass_gives_everything() -> None:
    """Digests, offsets, sizes, the diff_id, the bytes and the contents."""
    tar, written = write_layer(
        directory("d"), file("d/f", b"hello"), file("large", b"x" * 3_000_000), symlink("l", "d")
    )
    copied: list[bytes] = []
    shown: list[tuple[str, bytes]] = []

    def on_member(entry: Entry, content: Content) -> None:
        shown.append((entry.path, content.read(4)))

    index = index_layer(io.BytesIO(tar), on_member=on_member, tap=copied.append)
    assert index == written
    assert b"".join(copied) == tar
    assert shown == [("d", b""), ("d/f", b"hell"), ("large", b"xxxx"), ("l", b"")]
    assert index.entries[1].digest == Digest.of(b"hello")
    assert index.content_bytes == 3_000_005
    assert open_content(io.BytesIO(tar), index.entries[1]).read() == b"hello"


def test_the_diff_id_is_of_the_whole_stream() -> None:
    """Padding and garbage after the archive included (OCI image-spec, config.md)."""
    data = archive(member(b"a", b"x")).getvalue() + bytes(9000) + b"garbage"
    index = index_layer(io.BytesIO(data))
    assert index.diff_id.hex == hashlib.sha256(data).hexdigest()
    assert index.tar_bytes == len(data)


def test_whiteouts_are_typed() -> None:
    """Aufs' own bookkeeping means nothing."""
    names = [b"a/.wh.b", b"a/.wh..wh..opq", b".wh..wh.plnk", b".wh.c"]
    index = index_layer(archive(member(b"a", flag=b"5"), *[member(name) for name in names]))
    assert index.entries[1:] == (whiteout("a/b"), opaque("a"), whiteout("c"))


@pytest.mark.parametrize("flag", [b"0", b"2"])
def test_nothing_lies_below_a_file_or_a_link(flag: bytes) -> None:
    """Such a layer would be read differently by every tool."""
    with pytest.raises(IntegrityError, match=r"/a/b/c, but .* /a is no directory"):
        index_layer(archive(member(b"a", flag=flag, link=b"x"), member(b"a/b/c")))


def test_a_link_may_become_a_directory() -> None:
    """Said twice, the later counts; what was below a former directory is gone with it."""
    index = index_layer(archive(member(b"a", flag=b"2", link=b"x"), member(b"a", flag=b"5"), member(b"a/b")))
    assert [entry.type for entry in index.entries] == [EntryType.SYMLINK, EntryType.DIRECTORY, EntryType.FILE]
    with pytest.raises(IntegrityError, match="no directory"):
        index_layer(archive(member(b"a", flag=b"5"), member(b"a/b", flag=b"5"), member(b"a"), member(b"a/b/c")))


def test_an_index_that_is_none_is_refused() -> None:
    """Empty, foreign, of another version, cut."""
    whole = write_index(write_layer(file("f", b"x"))[1])
    for data in (b"", b"x" * 500, whole[:14] + b"\x09" + whole[15:], whole[:-1], whole + b"x"):
        with pytest.raises(IntegrityError, match=r"^the index: "):
            parse_index(data, "the index")


def test_an_index_with_a_right_checksum_is_still_checked() -> None:
    """Sections that do not fit together are an error, not a wrong answer."""
    index = write_layer(file("f", b"x"), symlink("l", "f"))[1]
    body = write_index(index)[:-32]
    paths = len(b"f\x00l\x00")
    start = body.index(b"f\x00l\x00")
    for changed in (
        body[:start] + b"f\x00ll" + body[start + paths :],
        body[: start + paths] + b"zz" + body[start + paths + 2 :],
        body.replace((2).to_bytes(8, "little"), (3).to_bytes(8, "little"), 1),
    ):
        with pytest.raises(IntegrityError, match="corrupt"):
            parse_index(changed + hashlib.sha256(changed).digest())


def test_an_empty_layer_has_an_index() -> None:
    """Nothing in it but the end."""
    tar, index = write_layer()
    assert tar == bytes(1024)
    assert parse_index(write_index(index)) == index == LayerIndex(diff_id=Digest.of(tar), tar_bytes=1024, entries=())
