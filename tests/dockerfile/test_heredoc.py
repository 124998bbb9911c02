"""Which words are heredocs."""

from __future__ import annotations

import pytest

from jettison.dockerfile.heredoc import HeredocMark, find_heredocs, parse_heredoc


@pytest.mark.parametrize(
    ("word", "mark"),
    [
        ("<<EOF", HeredocMark("EOF", expand=True, chomp=False, descriptor=0)),
        ("<<-EOF", HeredocMark("EOF", expand=True, chomp=True, descriptor=0)),
        ("<< EOF", HeredocMark("EOF", expand=True, chomp=False, descriptor=0)),
        ("3<<EOF", HeredocMark("EOF", expand=True, chomp=False, descriptor=3)),
        ("<<'EOF'", HeredocMark("EOF", expand=False, chomp=False, descriptor=0)),
        ('<<-"E"OF', HeredocMark("EOF", expand=False, chomp=True, descriptor=0)),
        ("<<E\\OF", HeredocMark("EOF", expand=True, chomp=False, descriptor=0)),
        ("<<$x", HeredocMark("$x", expand=True, chomp=False, descriptor=0)),
        ('<<"a b"', HeredocMark("a b", expand=False, chomp=False, descriptor=0)),
        ("<<", None),
        ("<<-", None),
        ("<EOF", None),
        ("<<<EOF", None),
        ("a<<EOF", None),
        ("<<a b", None),
        ("<<a<b", None),
        ("<<'a", None),
        ("<<''", None),
    ],
)
def test_word(word: str, mark: HeredocMark | None) -> None:
    """An optional number, ``<<``, an optional dash, a delimiter; nothing else."""
    assert parse_heredoc(word) == mark


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("RUN cat <<A <<B", ["A", "B"]),
        ("RUN cat <<A > /x && y", ["A"]),
        ("RUN cat<<A", []),
        ("RUN echo '<<A'", []),
        ('RUN echo "<<A"', []),
        ("RUN echo \\<<A", []),
        ("RUN it's <<A", []),
        ("RUN ${a:-b}<<A <<B", ["B"]),
        ("RUN echo", []),
    ],
)
def test_line(line: str, names: list[str]) -> None:
    """Quoted ones do not count; a line whose quotes do not match has none."""
    assert [mark.name for mark in find_heredocs(line)] == names
