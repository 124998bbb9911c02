"""Widths on a terminal."""

from jettison.text.cells import cell_width, fit, pad


def test_wide_characters_count_twice() -> None:
    """Texts are cut and filled by terminal columns."""
    assert cell_width("日本") == 4
    assert cell_width("e\u0301") == 1
    assert fit("日本語", 5) == "日本…"
    assert fit("abcdef", 4) == "abc…"
    assert fit("abc", 0) == ""
    assert pad("日本語", 4) == "日… "
