"""``.dockerignore``."""

from __future__ import annotations

import pytest

from jettison.dockerfile.ignore import IgnorePatterns, parse_ignore
from jettison.errors import BuildError
from jettison.text.diagnostics import SourceError


@pytest.mark.parametrize(
    ("patterns", "excluded", "kept"),
    [
        ([], [], ["a", "a/b"]),
        (["a"], ["a", "a/b", "a/b/c"], ["ab", "b/a", "b"]),
        (["/a/"], ["a", "a/b"], ["b/a"]),
        (["./a/../b"], ["b", "b/c"], ["a"]),
        (["../a"], [], ["a", "b"]),
        (["."], [], ["a", ".a"]),
        (["/"], [], ["a"]),
        (["!../../a"], ["a", "a/b"], ["b"]),
        (["**a/b"], ["xa/b", "x/a/b"], ["a/c"]),
        ([r"**a/\*"], ["a/*", "x/a/*"], ["xa/*", "a/b"]),
        (["*"], ["a", "a/b", ".x"], []),
        (["*/b"], ["a/b", "a/b/c"], ["b", "a/x/b"]),
        (["*.md"], ["a.md"], ["x/a.md"]),
        (["**/*.md"], ["a.md", "x/a.md", "x/y/a.md"], ["a.mdx"]),
        (["**"], ["a", "a/b"], []),
        (["a/**"], ["a/b", "a/b/c"], ["a", "ab"]),
        (["a/**/b"], ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "b"]),
        (["**/a/b"], ["a/b", "x/a/b", "a/b/c"], ["a", "xa/b"]),
        (["a**"], ["a", "ab", "a/b"], ["b"]),
        (["**a"], ["a", "ba", "x/ba"], ["ab"]),
        (["**a*"], ["a", "ab", "x/ab"], ["ba", "x/ba"]),
        (["a**b"], ["ab", "a/b", "ax/y/b"], ["axb"]),
        (["[ab]*"], ["a", "bx"], ["c"]),
        (["a\\*"], ["a*"], ["ab"]),
        (["a b "], ["a b"], ["a"]),
        (["a", "!a/b"], ["a", "a/c"], ["a/b", "a/b/c"]),
        (["!a/b", "a"], ["a", "a/b"], []),
        (["*", "!*.md", "x.md"], ["a", "x.md"], ["y.md"]),
        (["a", "!a", "a/b"], ["a/b"], ["a", "a/c"]),
        (["**/x", "!d"], ["x", "d/x"], ["d"]),  # d was not taken in again: it had never been left out
        (["d", "**/x", "!d"], ["x"], ["d", "d/x"]),
        (["*", "!d/**/x"], ["d", "d/y", "d/e"], ["d/x", "d/e/x"]),
        ([" ! a", "b"], ["b"], ["a"]),
    ],
)
def test_patterns(patterns: list[str], excluded: list[str], kept: list[str]) -> None:
    """The last pattern that matches a path or a parent of it decides."""
    ignore = IgnorePatterns(patterns)
    assert [path for path in excluded if not ignore.excludes(path)] == []
    assert [path for path in kept if ignore.excludes(path)] == []


def test_context_itself_stays() -> None:
    """Whatever the patterns are."""
    assert not IgnorePatterns(["**", "*"]).excludes("")


@pytest.mark.parametrize(
    ("patterns", "directory", "all_below"),
    [
        (["a"], "a", True),
        (["a"], "b", False),
        (["a", "!a/b"], "a", False),
        (["a", "!a/b"], "a/c", True),
        (["a", "!b/a"], "a", True),
        (["a", "!ab"], "a", True),
        (["*", "!*/x"], "a", False),
        (["*", "!*/x"], "a/b", True),
        (["*", "!**/x"], "a/b", False),
        (["!a/b", "a"], "a", True),
        (["a", "!a/b", "a"], "a", False),
        (["a", "!a/b", "a/b"], "a", False),
        (["a/x", "!a", "a"], "a", True),
    ],
)
def test_pruning(patterns: list[str], directory: str, all_below: bool) -> None:
    """A directory needs no look where no later ``!`` can match anything in it."""
    assert IgnorePatterns(patterns).excludes_all_below(directory) == all_below


def test_walker_steps() -> None:
    """A walker hands the verdict of a directory down to its names."""
    ignore = IgnorePatterns(["*", "!a/b"])
    a = ignore.below(ignore.root, "a")
    assert (a.excluded, ignore.prunes(a)) == (True, False)
    assert not ignore.below(a, "b").excluded
    assert ignore.prunes(ignore.below(a, "c"))


def test_file() -> None:
    """Comments begin in the first column; white space around patterns, a mark at the beginning, CRLF are nothing."""
    ignore = parse_ignore("\ufeff# no\n\n a \r\n  # not a comment\n!  a/b\r\n\t/c/\n")
    assert ignore.patterns == ("a", "# not a comment", "!a/b", "c")


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("a\n!\n", ".dockerignore:2:1"),
        ("!/\n", ".dockerignore:1:1"),
        ("\n  [a\n", ".dockerignore:2:3"),
        ("a\\", ".dockerignore:1:1"),
    ],
)
def test_errors(text: str, location: str) -> None:
    """The line is shown."""
    with pytest.raises(SourceError) as caught:
        parse_ignore(text)
    assert caught.value.message.startswith(f"{location}: syntax error in pattern")


def test_patterns_of_a_flag_have_no_file() -> None:
    """``COPY --exclude``."""
    with pytest.raises(BuildError):
        IgnorePatterns(["[a"])


def test_many_directories_are_no_trouble() -> None:
    """Deep paths and hostile patterns take linear time."""
    ignore = IgnorePatterns(["**/a" * 40 + "/b", "**/*a*a*a*a*b", "!**/[a]*/**/c"])
    assert not ignore.excludes("/".join(["a"] * 2000))
    assert ignore.excludes("/".join(["a"] * 2000 + ["b"]))
