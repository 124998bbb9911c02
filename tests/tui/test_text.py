"""Output made safe."""

import pytest

from jettison.tui.text import MAX_LINE_BYTES, LineAssembler, safe_text


def assemble(*chunks: bytes) -> list[str]:
    assembler = LineAssembler()
    lines = [line for chunk in chunks for line in assembler.feed(chunk)]
    return lines + assembler.finish()


def test_lines_are_put_together_over_chunks() -> None:
    """Chunks end anywhere, even inside a character."""
    assert assemble(b"one\ntw", b"o\nth", "ré".encode()[:2], "ré".encode()[2:] + b"e\n") == ["one", "two", "thrée"]


def test_the_last_line_needs_no_newline() -> None:
    """What is left at the end is a line; nothing left is none."""
    assert assemble(b"a\nb") == ["a", "b"]
    assert assemble(b"a\n") == ["a"]


def test_a_progress_bar_shows_its_last_state() -> None:
    """A carriage return starts the line anew; one before the newline belongs to the newline, over chunks too."""
    assert assemble(b"10%\r50%\r100%\ndone\r\n") == ["100%", "done"]
    assert assemble(b"line\r", b"\nnext\r", b"over\n") == ["line", "over"]


def test_a_bar_that_never_ends_needs_little_memory() -> None:
    """What a carriage return overwrote is forgotten."""
    assembler = LineAssembler()
    for number in range(10_000):
        assert assembler.feed(b"%5d%%\r" % number) == []
    assert assembler.partial() == " 9999%"
    assert len(assembler._pending) < 20


def test_a_line_without_end_comes_in_pieces() -> None:
    """Memory is bounded whatever a program prints."""
    lines = assemble(b"x" * (MAX_LINE_BYTES * 2 + 5))
    assert [len(line) for line in lines] == [MAX_LINE_BYTES, MAX_LINE_BYTES, 5]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]52;c;aGFjaw==\x1b\\text", "text"),
        ("\x1bP$q\x1b\\text", "text"),
        ("\x9b31mred", "red"),
        ("\x9d0;title\x9ctext", "text"),
        ("\x1bcreset", "reset"),
        ("\x1b[31", ""),
        ("\x1b", ""),
        ("a\x08\x07b\x00", "ab"),
        ("a\tb", "a        b"),
        ("a\udcff\udc80\x1b[m", r"a\xff\x80"),
        ("\ud83d from JSON", r"\ud83d from JSON"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("日本 ✔ é", "日本 ✔ é"),
    ],
)
def test_nothing_that_steers_a_terminal_passes(hostile: str, shown: str) -> None:
    """Sequences go as a whole, lone control characters too; text of any language stays."""
    assert safe_text(hostile) == shown


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    """Latin-1 or binary output is shown with replacement characters."""
    assert assemble(b"caf\xe9\n") == ["caf�"]
