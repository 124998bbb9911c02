"""Places in a text."""

from __future__ import annotations

from jettison.text.span import Position, Source, Span, Word


def test_lines_and_columns_count_from_one() -> None:
    """The end of a line belongs to it, and the end of the text is a position."""
    source = Source("ab\n\ncd", "Dockerfile")
    assert [source.position(offset) for offset in (0, 2, 3, 4, 6)] == [
        Position(0, 1, 1),
        Position(2, 1, 3),
        Position(3, 2, 1),
        Position(4, 3, 1),
        Position(6, 3, 3),
    ]
    assert [source.line(number) for number in (1, 2, 3)] == ["ab", "", "cd"]


def test_byte_order_mark_takes_no_column() -> None:
    """Editors do not count it."""
    source = Source("\ufeffFROM a", "Dockerfile")
    assert source.position(1) == Position(1, 1, 1)
    assert source.position(0) == Position(0, 1, 1)
    assert source.line(1) == "FROM a"


def test_columns_are_characters() -> None:
    """Not bytes, not UTF-16 units."""
    assert Source("é😀x", "f").position(2).column == 3


def test_span_knows_its_text_and_location() -> None:
    """Lines end with a newline alone; a carriage return before it is not part of the line."""
    source = Source("a\r\nbc d\r\n", "some/Dockerfile")
    span = Span(source, 3, 5)
    assert (span.text, span.location, source.line(2)) == ("bc", "some/Dockerfile:2:1", "bc d")
    assert repr(span) == "<some/Dockerfile:2:1 'bc'>"


def test_sources_are_equal_by_value() -> None:
    """Two readings of the same file give equal spans."""
    assert Span(Source("a", "f"), 0, 1) == Span(Source("a", "f"), 0, 1)
    assert Source("a", "f") != Source("a", "g")
    assert len({Source("a", "f"), Source("a", "f")}) == 1
    assert repr(Source("abc", "f")) == "Source('f', 3 characters)"


def test_word_points_into_itself_only_where_it_is_verbatim() -> None:
    """Joined or unquoted words have one place."""
    source = Source("abc", "f")
    assert Word("abc", Span(source, 0, 3)).at(1).text == "b"
    assert Word("ac", Span(source, 0, 3)).at(1).text == "abc"
    assert Word("abc", Span(source, 0, 3)).at(3).text == "abc"
