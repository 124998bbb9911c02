"""Go's ``filepath.Match``."""

from __future__ import annotations

import pytest

from jettison.dockerfile.glob import compile_glob, has_wildcards
from jettison.errors import BuildError


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("", [""], ["a"]),
        ("abc", ["abc"], ["ab", "abcd", "xabc"]),
        ("*", ["", "abc", ".hidden", "a\nb"], ["a/b", "/"]),
        ("*.py", [".py", "a.py", "a.b.py"], ["a/b.py", "a.pyc"]),
        ("a*/b", ["a/b", "abc/b"], ["a/c/b", "a//b"]),
        ("a*b*c", ["abc", "aXbYc", "abcbc"], ["acb", "ab/c", "abcx"]),
        ("?", ["a", "é", "\n", "\udcff"], ["", "/", "ab"]),
        ("a?c", ["abc", "a.c"], ["ac", "a/c"]),
        ("[abc]x", ["ax", "cx"], ["dx", "x", "abx"]),
        ("[a-cx-z]", ["b", "y"], ["d", "-"]),
        ("[^a-c]", ["d", "/", "\udcff"], ["b", ""]),
        ("[!a]", ["!", "a"], ["b"]),
        ("[]", [], []),
        ("[\\]\\-a]", ["]", "-", "a"], ["\\"]),
        ("[a^]", ["a", "^"], ["b"]),
        ("[z-a]", [], ["a", "m", "z"]),
        ("[^z-a]", ["m", "\n"], [""]),
        ("[*?]", ["*", "?"], ["a"]),
        ("\\*", ["*"], ["a", "\\*"]),
        ("\\a", ["a"], ["\\a"]),
        ("a]", ["a]"], ["a"]),
        ("(a|b){2}.+$^", ["(a|b){2}.+$^"], ["aa"]),
        ("\udcff*", ["\udcffa"], ["a"]),
        ("**/x", ["a/x", "/x"], ["a/b/x", "x"]),
    ],
)
def test_match(pattern: str, yes: list[str], no: list[str]) -> None:
    """The whole of a path must match; ``*`` and ``?`` stop at a slash."""
    if pattern == "[]":
        with pytest.raises(BuildError):
            compile_glob(pattern)
        return
    matches = compile_glob(pattern)
    assert [path for path in yes if not matches(path)] == []
    assert [path for path in no if matches(path)] == []


@pytest.mark.parametrize(
    "pattern", ["[", "[a", "[^", "[]a]", "[-]", "[x-]", "[-x]", "[a-", "[a-b-c]", "a\\", "[\\", "[a\\", "x" * 20_000]
)
def test_bad_pattern(pattern: str) -> None:
    """What Go refuses is refused, with the reason."""
    with pytest.raises(BuildError, match="syntax error in pattern"):
        compile_glob(pattern)


def test_stars_do_not_multiply() -> None:
    """A pattern that no path matches is refuted in linear time."""
    assert not compile_glob("*a" * 40 + "b")("a" * 4000)


@pytest.mark.parametrize(
    ("text", "is_pattern"), [("a", False), ("a*", True), (r"a\*", False), (r"\\*", True), ("[", True)]
)
def test_wildcards(text: str, is_pattern: bool) -> None:
    """A backslash takes a wildcard's meaning away."""
    assert has_wildcards(text) is is_pattern
