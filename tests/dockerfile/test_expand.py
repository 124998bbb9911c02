"""Variables, quotes and escapes."""

from __future__ import annotations

import pytest

from jettison.dockerfile.expand import (
    DOCUMENT,
    ExpandError,
    ShellLexer,
    expand,
    expand_at,
    expand_words,
)
from jettison.text.diagnostics import SourceError
from jettison.text.span import Source, Span, Word

VARIABLES = {
    "HOME": "/home",
    "EMPTY": "",
    "path": "/a/b/c.tar.gz",
    "spaced": " x  y ",
    "star": "*",
    "1": "one",
    "lines": "a1\nb2\na3",
    "ünï": "letters",
    "many": "aaa",
}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        # plain, quotes, escapes
        ("plain", "plain"),
        ("", ""),
        ("'single $HOME \\'", "single $HOME \\"),
        ('"double $HOME"', "double /home"),
        (r'"\" \\ \$ \a"', r'" \ $ \a'),
        (r"\a\ \'\"\\", " ".join(["a", "'\"\\"])),
        ("ends\\", "ends"),
        ("a'b'\"c\"d", "abcd"),
        # names
        ("$HOME/x", "/home/x"),
        ("${HOME}x", "/homex"),
        ("$HOMEx", ""),
        ("$HOME.x", "/home.x"),
        ("\\$HOME", "$HOME"),
        ("$", "$"),
        ("a$", "a$"),
        ("$.", "$."),
        ("$$", ""),
        ("$1x", "onex"),
        ("$12", ""),
        ("$@$*$#$?$-$!", ""),
        ("$ünï", "letters"),
        ("$unset-", "-"),
        # modifiers
        ("${unset:-a}${unset-b}", "ab"),
        ("${EMPTY:-a}${EMPTY-b}", "a"),
        ("${HOME:-a}", "/home"),
        ("${HOME:+a}${HOME+b}", "ab"),
        ("${EMPTY:+a}${EMPTY+b}", "b"),
        ("${unset:+a}${unset+b}", ""),
        ("${HOME:?}${HOME?}${EMPTY?}", "/home/home"),
        ("${unset:-${HOME}}", "/home"),
        ("${unset:-${a:-${b:-deep}}}", "deep"),
        ("${unset:-'}'}", "}"),
        ('${unset:-"a b"}', "a b"),
        (r"${unset:-\}}", "}"),
        ("${path#*/}", "a/b/c.tar.gz"),
        ("${path##*/}", "c.tar.gz"),
        ("${path%.*}", "/a/b/c.tar"),
        ("${path%%.*}", "/a/b/c"),
        ("${path#x}", "/a/b/c.tar.gz"),
        ("${path#/?/}", "b/c.tar.gz"),
        ("${path#}${EMPTY#*}${unset#x}", "/a/b/c.tar.gz"),
        (r"${star#\*}", ""),
        ("${path/a/X}", "/X/b/c.tar.gz"),
        ("${path//a/X}", "/X/b/c.tXr.gz"),
        (r"${path//\//_}", "_a_b_c.tar.gz"),
        ("${path/b*/}", "/a/"),
        ("${many//a/bb}", "bbbbbb"),
        ("${many//aa/b}", "ba"),
        ("${many///-}", "-a-a-a-"),
        ("${lines//?3/x}", "a1\nb2\nx"),
        ("${lines//a*/x}", "x\nb2\nx"),
        ("${lines#a*}|${lines##a*}", "1\nb2\na3|\nb2\na3"),
        ("${lines%%a*}", "a1\nb2\n"),
        ("${/x/y}", ""),
        # heredoc marks and the rest
        ("a<b<<c", "a<b<<c"),
        ("<< x", "<< x"),
        ("}", "}"),
    ],
)
def test_expand(word: str, value: str) -> None:
    """One value."""
    assert expand(word, VARIABLES) == value


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("a b\t c", ("a", "b", "c")),
        ("$spaced", ("x", "y")),
        ("a$spaced", ("a", "x", "y")),
        ('"$spaced"', (" x  y ",)),
        (r"a\ b", ("a b",)),
        ("'a b'c d", ("a bc", "d")),
        ("'' \"\"", ()),
        ("$EMPTY", ()),
        ("80${unset:-81} 82", ("8081", "82")),
        ("<< a", ("<< a",)),
    ],
)
def test_words(word: str, values: tuple[str, ...]) -> None:
    """White space separates unless it is quoted, also where it comes out of a variable."""
    assert expand_words(word, VARIABLES) == values


@pytest.mark.parametrize(
    ("word", "reason", "offset"),
    [
        ("a'b", "the single quote is not closed", 1),
        ('a"b', "the double quote is not closed", 1),
        ('"a\\', "the double quote is not closed", 0),
        ("x${", "missing '}'", 1),
        ("x${a", "missing '}'", 1),
        ("x${a:", "missing '}'", 1),
        ("${a:-b", "missing '}'", 5),
        ("${a/b}", "missing '/'", 5),
        ("${a/b/c", "missing '}'", 6),
        ("${}", "bad substitution", 0),
        ("${{a}}", "bad substitution", 0),
        ("${:a}", "bad substitution", 0),
        ("${a.b}", "unsupported modifier (.)", 0),
        ("${a=b}", "unsupported modifier (=)", 0),
        ("${a:=b}", "unsupported modifier (:=)", 0),
        ("${a:#b}", "unsupported modifier (:#)", 0),
        ("${a:/b/c}", "unsupported modifier (:/)", 0),
        ("${unset?}", "unset: is not allowed to be unset", 0),
        ("${EMPTY:?}", "EMPTY: is not allowed to be empty", 0),
        ("${unset:?say $HOME}", "unset: say /home", 0),
        (r"${path#\x}", "invalid escape \\x", 0),
        (r"${path//\x/y}", "invalid escape \\x", 0),
        ("${unset:-" * 101 + "}" * 101, "nested more than 100 deep", 900),
    ],
)
def test_errors(word: str, reason: str, offset: int) -> None:
    """The reason, and the place in the word."""
    with pytest.raises(ExpandError) as caught:
        expand(word, VARIABLES)
    assert reason in caught.value.message
    assert caught.value.offset == offset


def test_names_are_told() -> None:
    """Which variables a word uses, and which of them are not set."""
    expansion = ShellLexer().expand("$HOME ${x:-$EMPTY}$y '$z'", VARIABLES)
    assert expansion.used == {"HOME", "EMPTY"}
    assert expansion.unset == {"x", "y"}


@pytest.mark.parametrize(
    ("lexer", "word", "value"),
    [
        (ShellLexer(escape="`"), r"C:\x`$HOME`` $HOME", r"C:\x$HOME` /home"),
        (ShellLexer(raw_quotes=True), "'a' \"$HOME\"", "'a' \"/home\""),
        (ShellLexer(raw_escapes=True), r"\a \$HOME", r"\a \$HOME"),
        (ShellLexer(keep_unset=True), "$HOME $x ${x} ${x:-a} ${x#a} ${x/a/b}", "/home $x ${x} ${x:-a} ${x#a} ${x/a/b}"),
    ],
)
def test_lexers(lexer: ShellLexer, word: str, value: str) -> None:
    """Another escape character; what is kept where a name is made for people."""
    assert lexer.expand(word, VARIABLES).text == value


def test_documents_keep_their_quotes() -> None:
    """The content of a heredoc."""
    assert DOCUMENT.expand("it's \"$HOME\" \\$HOME ${unset:-'x'}\n", VARIABLES).text == "it's \"/home\" $HOME 'x'\n"


def test_error_of_a_word_has_its_place() -> None:
    """The mark is under the character, not under the word."""
    source = Source("ENV a=b${c\n", "Dockerfile")
    with pytest.raises(SourceError) as caught:
        expand_at(Word("b${c", Span(source, 6, 10)), {})
    assert caught.value.message == (
        "Dockerfile:1:8: cannot expand 'b${c': missing '}'\n  1 | ENV a=b${c\n    |        ^"
    )


def test_growth_has_an_end() -> None:
    """A few lines that double a value each do not fill the memory."""
    value = "x" * 1000
    with pytest.raises(ExpandError, match="more than 16 MiB"):
        for _ in range(40):
            value = expand("$a$a", {"a": value})
    with pytest.raises(ExpandError, match="more than 16 MiB"):
        expand("${a//x/$a}", {"a": "x" * 100_000})


def test_templates_of_go_in_replacements() -> None:
    """``//`` fills ``$0`` in, as Go's regular expressions do; ``/`` does not."""
    values = {"a": "xyx", "r": "[$0$1${name}$$]"}
    assert expand("${a//x/$r}", values) == "[x$]y[x$]"
    assert expand("${a/x/$r}", values) == "[$0$1${name}$$]yx"
