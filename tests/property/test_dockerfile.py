"""Reading Dockerfiles, whatever they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jettison.dockerfile.expand import ExpandError, ShellLexer
from jettison.dockerfile.instructions import Instruction
from jettison.dockerfile.parser import parse_dockerfile
from jettison.dockerfile.program import check_instructions, parse_instruction
from jettison.dockerfile.syntax import InstructionNode, TokenKind
from jettison.text.diagnostics import SourceError
from jettison.text.span import Span, Word

PIECES = (
    *("FROM a\n", "FROM --platform=x a AS b\n", "RUN ", "COPY ", "ADD ", "ENV ", "LABEL ", "ARG ", "CMD ", "ONBUILD "),
    *(
        "HEALTHCHECK --interval=3s CMD ",
        "SHELL ",
        "VOLUME ",
        "EXPOSE ",
        "USER ",
        "WORKDIR ",
        "STOPSIGNAL ",
        "NONSENSE ",
    ),
    *(
        "# escape=`\n",
        "# syntax=a\n",
        "# comment\n",
        "\ufeff",
        "\n",
        "\r\n",
        " ",
        "\t",
        "\x0b",
        "\x85",
        "\x1c",
        "\u2028",
    ),
    *("\\\n", "`\n", "\\", "`", "'", '"', "$", "${", "}", "a", "b=c", "é", "\udcff", "=", "--", "--mount=type=cache,"),
    *("--from=b ", "<<E", "<<-E", "<<'E'", "\nE\n", "\n\tE\n", "[", "]", ",", '"a"', '["a", "b"]', "1", "{", ":-", "/"),
)
texts = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
)


@given(texts)
def test_rendering_gives_the_text_back(text: str) -> None:
    """No text is too broken."""
    assert parse_dockerfile(text).render() == text


@given(texts)
def test_spans_cover_the_text(text: str) -> None:
    """Nodes, and the tokens of instructions, follow each other without gap or overlap; none is empty."""
    position = 0
    for node in parse_dockerfile(text).nodes:
        assert node.span.first == position
        if isinstance(node, InstructionNode):
            for token in node.tokens:
                assert token.span.first == position < token.span.last
                position = token.span.last
            lines = [token.span.text for token in node.tokens if token.kind is TokenKind.TEXT]
            assert "".join(lines) == node.line.text
        assert position < node.span.last or isinstance(node, InstructionNode)
        position = node.span.last
    assert position == len(text)


@given(texts)
def test_spans_show_what_they_say(text: str) -> None:
    """A word that was neither joined nor unquoted is what stands at its place."""
    dockerfile = parse_dockerfile(text)
    for node in dockerfile.instructions:
        words = [node.keyword, node.argument_text, *(flag.value for flag in node.flags if flag.value)]
        for word in words:
            assert_in_place(word)
    program, problems = check_instructions(dockerfile)
    for problem in problems:
        assert_inside(problem.span)
    for stage in program.stages:
        for instruction in (stage.from_, *stage.instructions):
            assert_inside(instruction.span)


@given(texts)
def test_reading_ends_in_stages_or_in_our_error(text: str) -> None:
    """Also of a trigger, and with a message that can be printed."""
    _, problems = check_instructions(parse_dockerfile(text))
    if problems:
        SourceError(problems).message.encode()
    try:
        assert isinstance(parse_instruction(text), Instruction)
    except SourceError as error:
        error.message.encode()


SHELL_PIECES = (
    "$",
    "{",
    "}",
    "a",
    "$a",
    "${a",
    ":",
    "-",
    "+",
    "?",
    "#",
    "%",
    "/",
    "*",
    "\\",
    "`",
    "'",
    '"',
    "<",
    " ",
    "é",
    "1",
)
shell_words = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(SHELL_PIECES), max_size=25).map("".join))


@given(
    word=shell_words,
    value=st.text("a*?\\/$\n é", max_size=8),
    escape=st.sampled_from("\\`"),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()),
)
def test_expansion_ends_in_a_value_or_in_our_error(
    word: str, value: str, escape: str, flags: tuple[bool, bool, bool, bool]
) -> None:
    """The error names a place in the word; the words are what the value splits into, unless quotes kept it together."""
    lexer = ShellLexer(
        escape=escape, raw_quotes=flags[0], raw_escapes=flags[1], skip_quotes=flags[2], keep_unset=flags[3]
    )
    try:
        expansion = lexer.expand(word, {"a": value})
    except ExpandError as error:
        assert 0 <= error.offset < max(len(word), 1)
    else:
        assert "".join("".join(expansion.words).split()) == "".join(expansion.text.split())
        assert expansion.used <= {"a"}
        assert "a" not in expansion.unset


@given(st.text("ab c\n", max_size=20))
def test_text_without_meaning_is_its_own_value(text: str) -> None:
    """Nothing happens where nothing is asked for."""
    expansion = ShellLexer().expand(text, {})
    assert expansion.text == text
    assert list(expansion.words) == text.split()


def assert_inside(span: Span) -> None:
    assert 0 <= span.first <= span.last <= len(span.source.text)
    start, end = span.start, span.end
    assert (start.line, start.column) <= (end.line, end.column)
    assert start.column >= 1


def assert_in_place(word: Word) -> None:
    assert_inside(word.span)
    if "\n" not in word.span.text and not set(word.span.text) & set("'\"\\`"):
        assert word.text == word.span.text
