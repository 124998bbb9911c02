"""The pieces of a comparison are its bytes with their signs, each once."""

from __future__ import annotations

from tests.analyze.support import file, folder
from tests.report.diff_page.support import diff_of

from jettison.engine.image_diff import ImageDiff
from jettison.report.diff_page.pieces import Shape, pieces_of


def test_all_bytes_once(diff: ImageDiff) -> None:
    """What came and what went add up to the difference of the images."""
    pieces = list(pieces_of(diff))
    assert sum(piece.size * piece.colour.sign for piece in pieces) == diff.new.size_bytes - diff.old.size_bytes
    assert len({piece.path for piece in pieces}) == len(pieces)


def test_shapes(diff: ImageDiff) -> None:
    """A change of content is told by which way the size went."""
    found = {piece.path: (piece.colour.shape, piece.size * piece.colour.sign) for piece in pieces_of(diff)}
    assert found["app/model"] == (Shape.ADDED, 2_000_000)
    assert found["usr/go/bin/go"] == (Shape.REMOVED, -9_000_000)
    assert found["bin/bash"] == (Shape.GREW, 10_000)
    assert found["app/main"] == (Shape.SHRANK, -600_000)
    assert found["app/same"] == (Shape.REPLACED, 0)
    assert found["app/run"] == (Shape.METADATA, 0)
    assert found["srv/data"] == (Shape.MOVED, 0)


def test_folders_are_no_pieces() -> None:
    """They have no bytes, and are folders of the tree already."""
    diff = diff_of([[file("a", 1)]], [[file("a", 1), folder("d"), file("d/b", 2)]])
    assert [piece.path for piece in pieces_of(diff)] == ["d/b"]


def test_owners(diff: ImageDiff) -> None:
    """Whose a path was, and is."""
    owners = {piece.path: (piece.colour.old, piece.colour.new) for piece in pieces_of(diff)}
    old, new = owners["bin/bash"]
    assert old == new
    assert old is not None
    assert old.package == ("deb", "bash")
    assert owners["app/model"][0] is None


def test_an_image_without_layers() -> None:
    """Has a root folder all the same, which may differ."""
    diff = diff_of([], [[folder("")._replace(mode=0o700)]])
    assert [change.path for change in diff.changes] == [""]
    assert list(pieces_of(diff)) == []
