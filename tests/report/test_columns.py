"""Tables and sentences that fit a terminal."""

from jettison.report.columns import columned, cut, wrapped

NUMBERS = frozenset({"SIZE"})


def test_columns_stand_below_each_other_whatever_is_in_them() -> None:
    """Numbers to the right; Chinese letters take two columns, accents none."""
    rows = [("SIZE", "PATH", "WHY"), ("9 kB", "/日本語", "a"), ("12.5 MB", "/cafe\u0301", "b")]
    assert list(columned(rows, 80, numbers=NUMBERS)) == [
        "   SIZE  PATH     WHY",
        "   9 kB  /日本語  a",
        "12.5 MB  /cafe\u0301    b",
    ]


def test_the_last_column_is_cut_or_goes_on_below_itself() -> None:
    """As is asked for; no line is wider than the terminal."""
    rows = [("SIZE", "WHY"), ("9 kB", "it makes programs, and is not run by this one")]
    assert list(columned(rows, 30, numbers=NUMBERS)) == ["SIZE  WHY", "9 kB  it makes programs, and …"]
    assert list(columned(rows, 30, numbers=NUMBERS, is_wrapped=True)) == [
        "SIZE  WHY",
        "9 kB  it makes programs, and",
        "      is not run by this one",
    ]


def test_sentences_go_on_below() -> None:
    """No word is broken, be it longer than the terminal is wide; what lines begin with is kept."""
    assert list(wrapped("-> keep one: /a/very/long/path/that/does/not/fit/here", 20, "  9 kB  ", " " * 8)) == [
        "  9 kB  -> keep one:",
        "        /a/very/long/path/that/does/not/fit/here",
    ]
    assert list(wrapped("", 20)) == [""]


def test_a_cut_line_fits() -> None:
    """With an ellipsis, and without what steers a terminal."""
    assert cut("\x1b[31m" + "日本語" * 9, 24) == "[31m" + "日本語" * 3 + "…"
