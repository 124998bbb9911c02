"""The lossless tree."""

from __future__ import annotations

import pytest

from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.syntax import (
    Blank,
    ByteOrderMark,
    Comment,
    Directive,
    InstructionNode,
    TokenKind,
)

INDENT, TEXT, CONTINUATION, NEWLINE, COMMENT, BLANK, BODY, END = TokenKind


def only(text: str) -> InstructionNode:
    """The one instruction of a text."""
    dockerfile = parse_dockerfile(text)
    assert dockerfile.render() == text
    (node,) = dockerfile.instructions
    return node


def test_nodes() -> None:
    """Each line belongs to one node."""
    text = "\ufeff# syntax=docker/dockerfile:1\n\n\n# why\nFROM a\n   \n"
    dockerfile = parse_dockerfile(text)
    assert [type(node) for node in dockerfile.nodes] == [
        ByteOrderMark,
        Directive,
        Blank,
        Comment,
        InstructionNode,
        Blank,
    ]
    assert [node.span.text for node in dockerfile.nodes][1:] == [
        "# syntax=docker/dockerfile:1\n",
        "\n\n",
        "# why\n",
        "FROM a\n",
        "   \n",
    ]
    assert dockerfile.nodes[1].span.location == "Dockerfile:1:1"


def test_tokens() -> None:
    """Continuations, comments and blank lines between them, and the end."""
    node = only("  RUN a \\  \n# c\n\n  \t# d\r\n  b \\\r\n c\n")
    assert [(token.kind, token.span.text) for token in node.tokens] == [
        (INDENT, "  "),
        (TEXT, "RUN a "),
        (CONTINUATION, "\\  \n"),
        (COMMENT, "# c\n"),
        (BLANK, "\n"),
        (COMMENT, "  \t# d\r\n"),
        (TEXT, "  b "),
        (CONTINUATION, "\\\r\n"),
        (TEXT, " c"),
        (NEWLINE, "\n"),
    ]
    assert node.line.text == "RUN a   b  c"
    assert node.code == "RUN a   b  c"
    assert node.argument_text.text == "a   b  c"
    assert node.argument_text.span.text == "a \\  \n# c\n\n  \t# d\r\n  b \\\r\n c"
    assert node.code_span.location == "Dockerfile:1:3"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("RUN a\\\nb", "RUN ab"),
        ("RUN a\\", "RUN a"),
        ("RUN a\\\\\n", "RUN a\\\\"),
        ("RUN a\\ \t\n b", "RUN a b"),
        ("RUN a\\\n\\\nb", "RUN ab"),
        ("\\\nRUN a", "RUN a"),
        ("RU\\\nN a", "RUN a"),
        ("RUN a \\\n# only a comment\n", "RUN a "),
        ("RUN a \\\n   # b \\\nc", "RUN a c"),
        ("RUN a # no comment", "RUN a # no comment"),
        ("\x0bRUN a", "RUN a"),
        ("RUN a\r", "RUN a"),
    ],
)
def test_continuations(text: str, line: str) -> None:
    """A single escape character at the end of a line, white space behind it or not."""
    assert only(text).line.text == line


def test_blank_continuation_is_warned_of() -> None:
    """Docker has announced an error."""
    (warning,) = parse_dockerfile("FROM a\nRUN a \\\n\n b\n").warnings
    assert warning.span.location == "Dockerfile:3:1"
    assert warning.message == "empty continuation line"


@pytest.mark.parametrize(
    ("text", "names", "escape"),
    [
        ("# escape=`\n", ["escape"], "`"),
        ("#escape=\\\n", ["escape"], "\\"),
        ("#  ESCAPE  =  `  \n", ["escape"], "`"),
        ("  # escape=`\n", ["escape"], "`"),
        ("#\tescape\t=\t`\t\n", ["escape"], "`"),
        ("# syntax=a\n# check=skip=all\n# escape=`\n", ["syntax", "check", "escape"], "`"),
        ("# unknown=a\n# escape=`\n", [], "\\"),
        ("# comment\n# escape=`\n", [], "\\"),
        ("\n# escape=`\n", [], "\\"),
        ("FROM a\n# escape=`\n", [], "\\"),
        ("#!/usr/bin/env x\n# syntax=a\n# escape=`\n", ["syntax"], "\\"),
        ("\ufeff#!/usr/bin/env x\n# check=a\n", ["check"], "\\"),
        ("# syntax=\n", [], "\\"),
        ("# syntax= \n", ["syntax"], "\\"),
        ("# 1a=b\n", [], "\\"),
    ],
)
def test_directives(text: str, names: list[str], escape: str) -> None:
    """Only in the first lines, only those that are known; letter case and white space do not matter."""
    dockerfile = parse_dockerfile(text)
    assert list(dockerfile.directives) == names
    assert dockerfile.escape == escape
    assert dockerfile.render() == text


def test_directive_value() -> None:
    """Without white space around, with its place."""
    directive = parse_dockerfile("#  syntax =  docker.io/a:1 x  \nFROM a\n").directives["syntax"]
    assert (directive.value.text, directive.value.span.location) == ("docker.io/a:1 x", "Dockerfile:1:14")


def test_backtick_escape() -> None:
    """Windows paths may then end with a backslash."""
    dockerfile = parse_dockerfile("# escape=`\nFROM a\nCOPY x `\n  c:\\\nRUN y\n")
    assert [node.code for node in dockerfile.instructions] == ["FROM a", "COPY x   c:\\", "RUN y"]


@pytest.mark.parametrize(
    ("text", "flags", "arguments"),
    [
        ("RUN --a --b=c d", [("a", None), ("b", "c")], "d"),
        ("RUN --a=", [("a", "")], ""),
        ("RUN --a='b c'\"d e\" f", [("a", "b cd e")], "f"),
        ("RUN --a=b\\ c\\\"\\' d", [("a", "b c\"'")], "d"),
        ("RUN --a='b\\'c' d", [("a", "b'c")], "d"),
        ("RUN --a=b=c d", [("a", "b=c")], "d"),
        ("RUN -- --a", [], "--a"),
        ("RUN --", [], ""),
        ("RUN -a --b", [], "-a --b"),
        ("RUN d --a", [], "d --a"),
        ('RUN "--a"', [], '"--a"'),
        ("RUN --é=ü d", [("é", "ü")], "d"),
        ("RUN --a='b", [("a", "b")], ""),
        ("RUN --a='b \t\x0b", [("a", "b")], ""),
        ("RUN --a=b\\\\", [("a", "b\\")], ""),
        ("RUN --a='b\\\\", [("a", "b\\")], ""),
        ("RUN --a \\\n --b=c\\\nd e", [("a", None), ("b", "cd")], "e"),
    ],
)
def test_flags(text: str, flags: list[tuple[str, str | None]], arguments: str) -> None:
    """Words that begin with two dashes before anything else; quotes and escapes vanish, ``--`` ends them."""
    node = only(text)
    assert [(flag.name, flag.value.text if flag.value else None) for flag in node.flags] == flags
    assert node.argument_text.text == arguments


def test_flag_places() -> None:
    """Of the flag, and of its value."""
    (flag,) = only("COPY --chown='a b' c d").flags
    assert flag.value is not None
    assert (flag.span.text, flag.value.span.text) == ("--chown='a b'", "'a b'")


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("RUN <<A\nx\n\n# y\nA\n", ["x\n\n# y\n"]),
        ("RUN <<A\nA\n", [""]),
        ("RUN <<A\nA", [""]),
        ("RUN <<A <<B\na\nA\nb \\\nB\n", ["a\n", "b \\\n"]),
        ("RUN <<A\n A\nA \nA\n", [" A\nA \n"]),
        ("RUN <<-A\n\tx\n\t\tA\n", ["\tx\n"]),
        ("RUN <<A\r\nx\r\nA\r\n", ["x\r\n"]),
        ("RUN a \\\n <<A\nx\nA\n", ["x\n"]),
        ("COPY <<A /x\nx\nA\n", ["x\n"]),
        ("ADD <<A /x\nx\nA\n", ["x\n"]),
        ("ONBUILD RUN <<A\nx\nA\n", ["x\n"]),
        ("ONBUILD COPY --link <<A /x\nx\nA\n", ["x\n"]),
        ('RUN ["<<A"]\n', []),
        ('ONBUILD RUN ["<<A"]\n', []),
        ("ENV a=<<A\n", []),
        ("CMD <<A\n", []),
        ("ONBUILD\n", []),
        ("ONBUILD ONBUILD RUN <<A\n", []),
        ("RUN [1] <<A\nx\nA\n", ["x\n"]),
        ('RUN [1, "<<A"]\n', []),
    ],
)
def test_heredocs(text: str, contents: list[str]) -> None:
    """Only in RUN, COPY and ADD, also inside ONBUILD, and not in the JSON form."""
    assert [heredoc.content for heredoc in only(text).heredocs] == contents


def test_chomped_heredoc() -> None:
    """``<<-`` takes off tabs, not spaces, at the beginning of lines only."""
    (heredoc,) = only("RUN <<-A\n\t\ta\tb\n\t \tc\n\td\x0b\te\nA\n").heredocs
    assert heredoc.text == "a\tb\n \tc\nd\x0b\te\n"
    assert heredoc.content.startswith("\t\ta")


def test_heredoc_tokens() -> None:
    """Body and end are tokens of the instruction."""
    node = only("RUN <<A <<B\nA\nx\nB\n")
    assert [(token.kind, token.span.text) for token in node.tokens] == [
        (TEXT, "RUN <<A <<B"),
        (NEWLINE, "\n"),
        (END, "A\n"),
        (BODY, "x\n"),
        (END, "B\n"),
    ]


def test_unterminated_heredoc_is_read_on_behind_its_likely_end() -> None:
    """So that the rest of the file is checked too."""
    dockerfile = parse_dockerfile("FROM a\nRUN <<A\nx\n  A\nRUN y\nRUN <<B\nz\n")
    assert [node.code for node in dockerfile.instructions] == ["FROM a", "RUN <<A", "RUN y", "RUN <<B"]
    assert [problem.message for problem in dockerfile.problems] == [
        "unterminated heredoc 'A'",
        "unterminated heredoc 'B'",
    ]


def test_comments_before_an_instruction_describe_it() -> None:
    """A blank line does not separate them, ``#`` alone does."""
    text = "# z=1\n# a\n#\n# b\n\n#  c  \nFROM a\nRUN x\n"
    first, second = parse_dockerfile(text).instructions
    assert (first.comments, second.comments) == (("b", "c"), ())


@pytest.mark.parametrize("text", ["", "\n", "# only\n", "\ufeff"])
def test_no_instructions(text: str) -> None:
    """A file that says nothing is a mistake."""
    (problem,) = parse_dockerfile(text).problems
    assert problem.message == "file with no instructions"


@pytest.mark.parametrize(
    "text",
    [
        "# a=" + "x" + " " * 300_000 + "y\n",
        "#" + " " * 300_000 + "\n",
        "RUN <<" + " " * 300_000 + "x<\n",
        "RUN " + "<<a " * 30_000 + "\n",
        "RUN <<" + "${a:-" * 60_000 + "\n",
        "RUN <<'" + "\\" * 300_000 + "\n",
        "RUN --a='" + "\\'" * 150_000 + "\n",
        "RUN [" + "[" * 300_000 + "<<\n",
        'RUN ["<<' + "\\u00" * 60_000 + "\n",
        "ONBUILD RUN <<a " + "\\\n b" * 60_000 + "\n",
        "RUN a" + " \\\n#\n\n" * 30_000,
        "RUN <<A\n A\n" * 20_000,
        "\t" * 300_000 + "RUN" + "\t" * 300_000,
        "\r" * 300_000 + "\n" * 300_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_texts_take_linear_time(text: str) -> None:
    """Whatever is repeated: nothing is read again and again."""
    assert parse_dockerfile(text).render() == text
